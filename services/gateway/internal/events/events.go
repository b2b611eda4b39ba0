// Package events serves the events of a run as server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html): numbered, so that
// a client that lost the connection goes on after the last event that it received.
package events

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
	"github.com/streamflow/streamflow/services/gateway/internal/watch"
)

// Intervals of the comments that keep a connection: proxies close one that is silent
// for 30 to 60 seconds. The first comes early, so that a client whose run is quiet
// learns that it is connected.
const (
	firstBeat = 500 * time.Millisecond
	beatEvery = 15 * time.Second
)

// Handler serves GET /v1/runs/{run}/events.
type Handler struct {
	orchestrator orchestratorv1.OrchestratorServiceClient
	watches      *watch.Watches
	// stopping ends the streams, which would otherwise hold up a stop of the gateway.
	stopping <-chan struct{}
	first    time.Duration
	every    time.Duration
}

// New returns a handler whose streams end once stopping is closed.
func New(orchestrator orchestratorv1.OrchestratorServiceClient, watches *watch.Watches, stopping <-chan struct{}) *Handler {
	return &Handler{orchestrator: orchestrator, watches: watches, stopping: stopping, first: firstBeat, every: beatEvery}
}

// ServeHTTP streams from the number that the request asks for until the run has ended.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	from, err := first(r)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	got, err := h.orchestrator.GetRun(ctx, &orchestratorv1.GetRunRequest{Run: r.PathValue("run")})
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	run := got.GetRun()
	if ended(run.GetState()) && from > run.GetLastEvent() {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	leave, err := h.watches.Enter(r.RemoteAddr)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	defer leave()
	stream, err := h.orchestrator.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: run.GetId(), From: from})
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	received := make(chan received)
	go receive(ctx, stream, received)
	defer func() {
		cancel()
		for range received { // until the goroutine has ended
		}
	}()
	h.pass(newWriter(w, r), received)
}

// pass writes what is received until the stream or the client ends.
func (h *Handler) pass(out *writer, in <-chan received) {
	beat := time.NewTimer(h.first)
	defer beat.Stop()
	for {
		select {
		case <-h.stopping:
			return
		case <-out.request.Context().Done():
			return
		case <-beat.C:
			if out.comment() != nil {
				return
			}
			beat.Reset(h.every)
		case got, open := <-in:
			if !open || h.write(out, got) != nil {
				return
			}
			beat.Reset(h.every)
		}
	}
}

var errEnded = errors.New("the stream has ended")

func (h *Handler) write(out *writer, got received) error {
	switch {
	case errors.Is(got.err, io.EOF):
		return out.end()
	case got.err != nil:
		out.problem(got.err)
		return errEnded
	default:
		return out.event(got.event)
	}
}

// received is one event, or why there are no more.
type received struct {
	event *orchestratorv1.Event
	err   error
}

type stream interface {
	Recv() (*orchestratorv1.WatchRunResponse, error)
}

func receive(ctx context.Context, s stream, out chan<- received) {
	defer close(out)
	for {
		resp, err := s.Recv()
		select {
		case out <- received{resp.GetEvent(), err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

func ended(s orchestratorv1.RunState) bool {
	switch s {
	case orchestratorv1.RunState_RUN_STATE_SUCCEEDED, orchestratorv1.RunState_RUN_STATE_FAILED,
		orchestratorv1.RunState_RUN_STATE_CANCELLED:
		return true
	default:
		return false
	}
}

func invalid(name, value string) error {
	return problem.New(problem.InvalidRequest, "%s is %q: want the number of an event, 0 or more", name, value).
		Violate(name, "expected a whole number of 0 or more, found %q", value)
}
