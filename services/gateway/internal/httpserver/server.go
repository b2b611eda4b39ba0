// Package httpserver is the life cycle of the gateway's HTTP port: what every request
// goes through, and a stop that lets requests finish.
package httpserver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// BodyTimeout is how long a client may take to send a body.
const BodyTimeout = 30 * time.Second

// Limits of the server. What sends a stream sets deadlines of its own.
const (
	headerTimeout = 10 * time.Second
	writeTimeout  = 90 * time.Second // more than a call may take
	idleTimeout   = 2 * time.Minute
	stopTimeout   = 10 * time.Second
	maxHeader     = 64 << 10
)

// Config says what to serve, and where.
type Config struct {
	// Listen is the address.
	Listen string
	// TLS, where given, is how TLS is spoken.
	TLS *tls.Config
	// Handler answers, behind the chain that every request goes through.
	Handler http.Handler
	// Listening, where given, is told the address that was bound.
	Listening func(net.Addr)
	// Refused, where given, is told of a request that a page of another site made.
	Refused func(*http.Request)
	// Stopping, where given, is called when a stop begins, so that streams end.
	Stopping func()
	Log      *slog.Logger
}

// Serve answers requests until ctx ends; those that are under way may finish within
// ten seconds.
func Serve(ctx context.Context, cfg Config) error {
	var lc net.ListenConfig
	lis, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("http: listen on %s: %w", cfg.Listen, err)
	}
	if cfg.Listening != nil {
		cfg.Listening(lis.Addr())
	}
	cfg.Log.Info("listening", "http", lis.Addr().String(), "tls", cfg.TLS != nil)
	if cfg.TLS != nil {
		lis = tls.NewListener(lis, cfg.TLS)
	}
	srv := &http.Server{
		Handler:           Chain(cfg.Handler, cfg.Log, BodyTimeout, cfg.Refused),
		ReadHeaderTimeout: headerTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelWarn),
	}
	if cfg.Stopping != nil {
		srv.RegisterOnShutdown(cfg.Stopping)
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(lis) }()
	select {
	case err := <-failed:
		return fmt.Errorf("http: serve: %w", err)
	case <-ctx.Done():
	}
	return stop(ctx, srv, failed)
}

func stop(ctx context.Context, srv *http.Server, failed <-chan error) error {
	// The context that ended is what began the stop; the stop has time of its own.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		_ = srv.Close() // what did not finish in time is cut off
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("http: serve: %w", err)
	}
	return nil
}
