// Package telemetry is how a service speaks of itself: structured logs that carry
// the request and the run they belong to.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// Formats of the log.
const (
	FormatJSON = "json"
	FormatText = "text"
)

// NewLogger returns a logger for a service that writes to w, as JSON (one object a
// line, for machines) or as text. Records get the attributes that With put into
// their context. An empty service leaves the attribute out, for a program that runs
// several.
func NewLogger(w io.Writer, format, level, service string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q: want debug, info, warn or error", level)
	}
	opts := &slog.HandlerOptions{Level: l}
	var h slog.Handler
	switch format {
	case FormatJSON:
		h = slog.NewJSONHandler(w, opts)
	case FormatText:
		h = slog.NewTextHandler(w, opts)
	default:
		return nil, fmt.Errorf("log format %q: want %s or %s", format, FormatJSON, FormatText)
	}
	log := slog.New(contextHandler{h})
	if service == "" {
		return log, nil
	}
	return log.With("service", service), nil
}

// Discard returns a logger that writes nothing.
func Discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

type attrsKey struct{}

// With returns a context whose log records carry the attributes.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	old, _ := ctx.Value(attrsKey{}).([]slog.Attr)
	return context.WithValue(ctx, attrsKey{}, append(old[:len(old):len(old)], attrs...))
}

type contextHandler struct{ slog.Handler }

// Handle writes the record with the attributes that With put into ctx.
func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	if attrs, ok := ctx.Value(attrsKey{}).([]slog.Attr); ok {
		r.AddAttrs(attrs...)
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler that writes attrs too, and still those of the context.
func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup returns a handler whose attributes, also those of the context, stand in the
// named group.
func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}
