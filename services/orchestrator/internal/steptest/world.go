// Package steptest stands for ingest, quality and snapshot in tests of what calls them:
// over real connections, with the rules of the contract kept, each call answered as the
// test says.
package steptest

import (
	"context"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Script runs when a call has come, n counting those of the method from 1. Its error is
// the call's answer.
type Script func(ctx context.Context, n int, req proto.Message) error

// World answers for the three services. A method that nothing is said of answers with
// an empty result; both Discards and Expands are told apart by their service's name.
type World struct {
	// Addr is where all three are.
	Addr string

	mu       sync.Mutex
	calls    []Call
	scripts  map[string]Script
	answers  map[string]proto.Message
	progress map[string][]*stepv1.Progress
	cut      map[string]bool
}

// Call is one call that came.
type Call struct {
	Method  string
	Request proto.Message
}

// New starts a world, which ends with the test.
func New(t testing.TB) *World {
	t.Helper()
	w := &World{
		scripts: map[string]Script{}, answers: map[string]proto.Message{},
		progress: map[string][]*stepv1.Progress{}, cut: map[string]bool{},
	}
	srv, err := grpcserver.New(telemetry.Discard())
	require.NoError(t, err)
	ingestv1.RegisterIngestServiceServer(srv, &ingest{World: w})
	qualityv1.RegisterQualityServiceServer(srv, &quality{World: w})
	snapshotv1.RegisterSnapshotServiceServer(srv, &snapshot{World: w})
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Server.Serve(lis)
	}()
	t.Cleanup(func() { srv.Stop(); <-ended })
	w.Addr = lis.Addr().String()
	return w
}

// On sets the script of a method.
func (w *World) On(method string, s Script) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scripts[method] = s
}

// Fails answers the first n calls of a method with an error.
func (w *World) Fails(method string, n int, err error) {
	w.On(method, func(_ context.Context, call int, _ proto.Message) error {
		if call <= n {
			return err
		}
		return nil
	})
}

// Hangs holds every call of a method until its context ends or the returned function is
// called, and tells of each that it holds.
func (w *World) Hangs(method string) (held <-chan int, release func()) {
	got, open := make(chan int, 100), make(chan struct{})
	w.On(method, func(ctx context.Context, n int, _ proto.Message) error {
		got <- n
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-open:
			return nil
		}
	})
	return got, sync.OnceFunc(func() { close(open) })
}

// Answers sets the result of a method: a Batch for Stage, Publish and GetBatch, a
// Validation for Validate and GetValidation, the result or the response elsewhere.
func (w *World) Answers(method string, result proto.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[method] = result
}

// Tells sends progress before the result of a step.
func (w *World) Tells(method string, all ...*stepv1.Progress) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.progress[method] = all
}

// Cuts ends a step's stream without a result, and without an error.
func (w *World) Cuts(method string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut[method] = true
}

// Calls are those that came, of the methods, or of all where none is named.
func (w *World) Calls(methods ...string) []Call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.calls), func(c Call) bool {
		return len(methods) > 0 && !slices.Contains(methods, c.Method)
	})
}

// Methods are the names of the calls that came, in order.
func (w *World) Methods() []string {
	var names []string
	for _, c := range w.Calls() {
		names = append(names, c.Method)
	}
	return names
}

// Requests are the requests of a method, in order.
func Requests[T proto.Message](t testing.TB, w *World, method string) []T {
	t.Helper()
	var all []T
	for _, c := range w.Calls(method) {
		req, ok := c.Request.(T)
		require.True(t, ok, "%s got %T", method, c.Request)
		all = append(all, req)
	}
	return all
}

// enter notes a call and plays its script.
func (w *World) enter(ctx context.Context, method string, req proto.Message) error {
	w.mu.Lock()
	w.calls = append(w.calls, Call{Method: method, Request: req})
	n := 0
	for _, c := range w.calls {
		if c.Method == method {
			n++
		}
	}
	script := w.scripts[method]
	w.mu.Unlock()
	if script == nil {
		return nil
	}
	return script(ctx, n, req)
}

// answer is what was set for a method, or what is usual.
func answer[T proto.Message](w *World, method string, usual T) T {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a, ok := w.answers[method].(T); ok {
		return proto.CloneOf(a)
	}
	return usual
}

// stream answers a step: progress, then the result, each wrapped in its message.
func stream[T proto.Message, M any](ctx context.Context, w *World, method string, req proto.Message, usual T,
	send func(*M) error, progress func(*stepv1.Progress) *M, result func(T) *M,
) error {
	w.mu.Lock()
	told, cut := w.progress[method], w.cut[method]
	w.mu.Unlock()
	for _, p := range told {
		if err := send(progress(p)); err != nil {
			return err
		}
	}
	if err := w.enter(ctx, method, req); err != nil || cut {
		return err
	}
	return send(result(answer(w, method, usual)))
}

// unary answers a call.
func unary[T proto.Message](ctx context.Context, w *World, method string, req proto.Message, usual T) (T, error) {
	if err := w.enter(ctx, method, req); err != nil {
		var none T
		return none, err
	}
	return answer(w, method, usual), nil
}

// Shop declares two tables of a dataset, each with a snapshot.
func Shop(name string) *datasetv1.Dataset {
	table := func(suffix string) *datasetv1.Table {
		return &datasetv1.Table{Name: name + "_" + suffix, Key: []string{"id"}, Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}}
	}
	return &datasetv1.Dataset{
		Name: name, Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{table("users"), table("orders")},
		Snapshots: []*datasetv1.Snapshot{
			{Name: name + "_users_snapshots", From: name + "_users"}, {Name: name + "_orders_snapshots", From: name + "_orders"},
		},
	}
}
