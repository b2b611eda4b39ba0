package httpserver

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"
	"unicode/utf8"

	"github.com/streamflow/streamflow/platform/buildinfo"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
	"github.com/streamflow/streamflow/services/gateway/internal/request"
)

// contentPolicy lets the pages load their own style sheet and icon, and nothing else
// from anywhere: there is no script to run, so none can be smuggled in.
const contentPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// version is what answers: it stands in each answer, health's included, as over gRPC.
var version = buildinfo.Read().String()

// Chain returns a handler that gives every request an id, its body a time to arrive
// in, the answer its security headers and the version that gave it, a panic an answer,
// and the log one line. Refused, where given, is told of a request that a page of another
// site made.
func Chain(next http.Handler, log *slog.Logger, bodyTimeout time.Duration, refused func(*http.Request)) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		denyOrigin(w, r)
		if refused != nil {
			refused(r)
		}
	}))
	next = boundBody(onlyText(origin.Handler(next)), bodyTimeout)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		ctx, q := request.Begin(r)
		r = r.WithContext(ctx)
		rec := &recorder{ResponseWriter: w}
		secure(rec.Header(), q.ID)
		rec.Header().Set(buildinfo.Header, version)
		defer func() {
			broken := rescue(rec, r, recover(), log)
			logRequest(r, rec.status, q.Failure, time.Since(begun), log)
			if broken {
				panic(http.ErrAbortHandler) //nolint:forbidigo // how net/http is told to end the connection: half an answer must not look like a whole one
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// boundBody gives a request that announces a body a deadline for sending it. It also
// bounds the wait of net/http, which takes in what is left of a body before it answers.
// A request without a body has none: a stream of events must outlive it.
func boundBody(next http.Handler, limit time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit)) // only a recorder in a test has none
		}
		next.ServeHTTP(w, r)
	})
}

// onlyText refuses a path or a query that is no UTF-8: no name is, and no message to a
// service can hold it.
func onlyText(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Whoever reads the query says what is wrong where it cannot be unescaped.
		query, _ := url.QueryUnescape(r.URL.RawQuery)
		if utf8.ValidString(r.URL.Path) && utf8.ValidString(query) {
			next.ServeHTTP(w, r)
			return
		}
		problemjson.HTTP(http.StatusBadRequest, "the address holds bytes that are no UTF-8 text", "Write it as UTF-8, and escape it once.").Write(w, r)
	})
}

func secure(h http.Header, id string) {
	h.Set(request.Header, id)
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// denyOrigin answers a page of another site that tries to change something with the
// browser of somebody who can reach the gateway.
func denyOrigin(w http.ResponseWriter, r *http.Request) {
	problemjson.HTTP(http.StatusForbidden, "the request comes from a page of another origin",
		"Call the gateway from a program, or from a page that it serves.").Write(w, r)
}

// rescue answers a request whose handler panicked. It says whether the answer had begun,
// and breaks off: a handler that can only do that panics with http.ErrAbortHandler.
func rescue(w *recorder, r *http.Request, panicked any, log *slog.Logger) (broken bool) {
	switch panicked {
	case nil:
		return false
	case http.ErrAbortHandler:
		request.Failed(r.Context(), "the answer broke off")
		return true
	}
	log.ErrorContext(r.Context(), "panic", "panic", panicked, "stack", string(debug.Stack()))
	if w.status == 0 {
		problemjson.Error(w, r, fmt.Errorf("a defect in the gateway: %v", panicked))
		return false
	}
	request.Failed(r.Context(), "panic after the answer had begun")
	return true
}

func logRequest(r *http.Request, status int, failure string, took time.Duration, log *slog.Logger) {
	level := slog.LevelInfo
	switch {
	case r.URL.Path == "/livez" || r.URL.Path == "/readyz":
		level = slog.LevelDebug
	case status >= http.StatusInternalServerError:
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.Int("status", status), slog.Duration("took", took),
	}
	if failure != "" {
		attrs = append(attrs, slog.String("error", failure))
	}
	log.LogAttrs(r.Context(), level, "request", attrs...)
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader sends the status, of which the first is remembered: net/http ignores later
// ones.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write sends a part of the body; where no status was sent before, it is 200.
func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets a ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
