package events

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
	"github.com/streamflow/streamflow/services/gateway/internal/httpserver"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
	"github.com/streamflow/streamflow/services/gateway/internal/watch"
)

type fixture struct {
	suite    *backendtest.Suite
	url      string
	stopping chan struct{}
}

// setup serves a run that has so many events, and has ended or not, with a quick
// heartbeat.
func setup(t *testing.T, count int, over bool) fixture {
	t.Helper()
	return serve(t, count, over, 20*time.Millisecond)
}

// serve serves a run with a heartbeat of its own.
func serve(t *testing.T, count int, over bool, beat time.Duration) fixture {
	t.Helper()
	f := fixture{suite: backendtest.New(t), stopping: make(chan struct{})}
	run := &orchestratorv1.Run{Id: "run_1", State: orchestratorv1.RunState_RUN_STATE_RUNNING, LastEvent: int64(count)}
	if over {
		run.State = orchestratorv1.RunState_RUN_STATE_SUCCEEDED
	}
	f.suite.Reply("OrchestratorService/GetRun", &orchestratorv1.GetRunResponse{Run: run})
	f.suite.OnWatch(backendtest.Stored(backendtest.Events("run_1", count, over)))
	h := New(f.suite.Dial(t).Orchestrator, &watch.Watches{}, f.stopping)
	h.first, h.every = beat, beat
	mux := http.NewServeMux()
	mux.Handle("GET /v1/runs/{run}/events", h)
	srv := httptest.NewServer(httpserver.Chain(mux, telemetry.Discard(), httpserver.BodyTimeout, nil))
	t.Cleanup(srv.Close)
	f.url = srv.URL + "/v1/runs/run_/events"
	return f
}

func (f fixture) get(t *testing.T, query, lastEventID string) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), backendtest.Eventually)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.url+query, nil)
	require.NoError(t, err)
	if lastEventID != "" {
		req.Header.Set("Last-Event-ID", lastEventID)
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// sse is one server-sent event, read as a browser reads it.
type sse struct{ id, event, data string }

// next reads the next event, and counts the comments before it.
func next(t *testing.T, r *bufio.Reader) (e sse, comments int) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		line = strings.TrimSuffix(line, "\n")
		name, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "" && e.data != "":
			return e, comments
		case strings.HasPrefix(line, ":"):
			comments++
		case name == "id":
			e.id = value
		case name == "event":
			e.event = value
		case name == "data":
			e.data = value
		}
	}
}

func TestARunIsStreamedToItsEnd(t *testing.T) {
	t.Parallel()
	f := setup(t, 3, true)
	resp := f.get(t, "", "")
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Equal(t, "text/event-stream", resp.Header.Get("Content-Type"))
	require.Equal(t, "no-store", resp.Header.Get("Cache-Control"))
	body := bufio.NewReader(resp.Body)

	want := backendtest.Events("run_1", 3, true)
	for i, kind := range []string{"run_queued", "step_progress", "run_ended"} {
		e, _ := next(t, body)
		require.Equal(t, want[i].GetNumber(), int64(i+1))
		require.Equal(t, kind, e.event)
		var got orchestratorv1.Event
		require.NoError(t, protojson.Unmarshal([]byte(e.data), &got))
		require.True(t, proto.Equal(want[i], &got))
		require.Equal(t, e.id, map[int]string{0: "1", 1: "2", 2: "3"}[i])
	}
	end, _ := next(t, body)
	require.Equal(t, sse{event: "end", data: "{}"}, end)
	_, err := body.ReadByte()
	require.ErrorIs(t, err, io.EOF)
}

func TestAStreamResumes(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		query, lastEventID string
		from               int64
		first              string
	}{
		"from the beginning":                {"", "", 0, "1"},
		"after the last event received":     {"", "3", 4, "4"},
		"from a number":                     {"?from=2", "", 2, "2"},
		"the header goes before the number": {"?from=2", "4", 5, "5"},
		"nothing received yet":              {"", "0", 1, "1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t, 6, true)
			e, _ := next(t, bufio.NewReader(f.get(t, tc.query, tc.lastEventID).Body))
			require.Equal(t, tc.first, e.id)
			calls := f.suite.Calls()
			watch := calls[len(calls)-1].Request.(*orchestratorv1.WatchRunRequest)
			require.Equal(t, tc.from, watch.GetFrom())
			require.Equal(t, "run_1", watch.GetRun(), "the whole identifier")
			require.Equal(t, calls[0].RequestID, calls[1].RequestID)
		})
	}
}

func TestAClientThatReceivedEverythingIsToldSo(t *testing.T) {
	t.Parallel()
	f := setup(t, 3, true)
	require.Equal(t, http.StatusNoContent, f.get(t, "", "3").StatusCode)
	require.Equal(t, http.StatusNoContent, f.get(t, "?from=4", "").StatusCode)
	require.Equal(t, http.StatusOK, f.get(t, "", "2").StatusCode)
}

func TestAQuietStreamIsKeptAlive(t *testing.T) {
	t.Parallel()
	f := setup(t, 2, false)
	late := make(chan struct{})
	stored := backendtest.Events("run_1", 3, false)
	f.suite.OnWatch(func(_ context.Context, _ *orchestratorv1.WatchRunRequest, send func(*orchestratorv1.Event) error) error {
		<-late
		return send(stored[2])
	})
	resp := f.get(t, "", "2")
	body := bufio.NewReader(resp.Body)
	line, err := body.ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "retry: 2000\n", line)
	time.Sleep(100 * time.Millisecond) // several intervals of the handler under test
	close(late)
	e, comments := next(t, body)
	require.Equal(t, "3", e.id)
	require.GreaterOrEqual(t, comments, 2)
}

func TestAnErrorBeforeTheFirstEventIsAProblem(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		prepare            func(*backendtest.Suite)
		query, lastEventID string
		want               problem.Reason
	}{
		"no such run": {
			func(s *backendtest.Suite) { s.Fail("OrchestratorService/GetRun", backendtest.NoRun("run_")) },
			"", "", problem.RunNotFound,
		},
		"the stream fails": {
			func(s *backendtest.Suite) {
				s.OnWatch(func(context.Context, *orchestratorv1.WatchRunRequest, func(*orchestratorv1.Event) error) error {
					return problem.New(problem.DatabaseUnavailable, "away")
				})
			}, "", "", problem.DatabaseUnavailable,
		},
		"the orchestrator is away": {func(s *backendtest.Suite) { s.Stop("orchestrator") }, "", "", problem.ServiceUnavailable},
		"a number that is none":    {nil, "?from=x", "", problem.InvalidRequest},
		"a negative number":        {nil, "?from=-1", "", problem.InvalidRequest},
		"an id that is none":       {nil, "", "x", problem.InvalidRequest},
		"the largest number":       {nil, "", "9223372036854775807", problem.InvalidRequest},
		"an unknown parameter":     {nil, "?form=1", "", problem.InvalidRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, 2, false, time.Minute) // a heartbeat would begin the stream
			if tc.prepare != nil {
				tc.prepare(f.suite)
			}
			resp := f.get(t, tc.query, tc.lastEventID)
			require.Equal(t, problemjson.MediaType, resp.Header.Get("Content-Type"))
			require.Equal(t, problem.Lookup(tc.want).HTTP, resp.StatusCode)
			var d problemjson.Document
			require.NoError(t, json.NewDecoder(resp.Body).Decode(&d))
			require.Equal(t, tc.want, d.Reason)
		})
	}
}

func TestAStreamThatBreaksOffSaysWhy(t *testing.T) {
	t.Parallel()
	f := setup(t, 2, false)
	f.suite.OnWatch(func(_ context.Context, _ *orchestratorv1.WatchRunRequest, send func(*orchestratorv1.Event) error) error {
		if err := send(backendtest.Events("run_1", 2, false)[0]); err != nil {
			return err
		}
		return problem.New(problem.DatabaseUnavailable, "PostgreSQL went away")
	})
	body := bufio.NewReader(f.get(t, "", "").Body)
	first, _ := next(t, body)
	require.Equal(t, "1", first.id)
	last, _ := next(t, body)
	require.Equal(t, "problem", last.event)
	require.Empty(t, last.id, "so that the client resumes after the last event")
	var d problemjson.Document
	require.NoError(t, json.Unmarshal([]byte(last.data), &d))
	require.Equal(t, problem.DatabaseUnavailable, d.Reason)
	_, err := body.ReadByte()
	require.ErrorIs(t, err, io.EOF)
}

func TestAStopEndsTheStreams(t *testing.T) {
	t.Parallel()
	f := setup(t, 1, false)
	body := bufio.NewReader(f.get(t, "", "").Body)
	first, _ := next(t, body)
	require.Equal(t, "1", first.id)
	close(f.stopping)
	_, err := io.ReadAll(body)
	require.NoError(t, err)
}

func TestAClientThatGoesAwayEndsTheWatch(t *testing.T) {
	t.Parallel()
	f := setup(t, 1, false)
	gone := make(chan struct{})
	f.suite.OnWatch(func(ctx context.Context, _ *orchestratorv1.WatchRunRequest, send func(*orchestratorv1.Event) error) error {
		defer close(gone)
		if err := send(backendtest.Events("run_1", 1, false)[0]); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	})
	resp := f.get(t, "", "")
	_, _ = next(t, bufio.NewReader(resp.Body))

	require.NoError(t, resp.Body.Close())

	select {
	case <-gone:
	case <-time.After(backendtest.Eventually):
		require.Fail(t, "the orchestrator still watches")
	}
}
