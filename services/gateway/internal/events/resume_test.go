package events

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

// TestAClientThatKeepsLosingTheConnectionSeesEveryEventOnce does what an EventSource
// does: it connects again after every break, with the last id that it received.
func TestAClientThatKeepsLosingTheConnectionSeesEveryEventOnce(t *testing.T) {
	t.Parallel()
	const count, perConnection = 23, 4
	f := setup(t, count, true)
	stored := backendtest.Events("run_1", count, true)
	f.suite.OnWatch(func(_ context.Context, req *orchestratorv1.WatchRunRequest, send func(*orchestratorv1.Event) error) error {
		sent := 0
		for _, e := range stored[max(req.GetFrom(), 1)-1:] {
			if sent == perConnection {
				return problem.New(problem.ServiceUnavailable, "the orchestrator restarts")
			}
			if err := send(e); err != nil {
				return err
			}
			sent++
		}
		return nil
	})

	var seen []string
	lastID, connections := "", 0
	for {
		resp := f.get(t, "", lastID)
		connections++
		if resp.StatusCode == http.StatusNoContent {
			break
		}
		require.Equal(t, http.StatusOK, resp.StatusCode)
		body := bufio.NewReader(resp.Body)
		for {
			e, _ := next(t, body)
			if e.id == "" { // a problem, or the end
				break
			}
			seen = append(seen, e.id)
			lastID = e.id
		}
		require.NoError(t, resp.Body.Close())
		require.Less(t, connections, count, "it gets nowhere")
	}

	require.Len(t, seen, count)
	for i, id := range seen {
		require.Equal(t, strconv.Itoa(i+1), id)
	}
	require.Equal(t, 7, connections, "six with events, and one that is told 204")
}

func TestManyClientsWatchOneRun(t *testing.T) {
	t.Parallel()
	f := setup(t, 50, true)
	const clients = 20
	answers := make(chan string, clients)
	for range clients {
		go func() {
			resp, err := http.Get(f.url)
			if err != nil {
				answers <- err.Error()
				return
			}
			defer func() { _ = resp.Body.Close() }()
			b, err := io.ReadAll(resp.Body)
			if err != nil {
				answers <- err.Error()
				return
			}
			answers <- strings.ReplaceAll(string(b), ":\n\n", "") // without the comments that keep a connection
		}()
	}
	first := <-answers
	require.Contains(t, first, "id: 50\n")
	for range clients - 1 {
		require.Equal(t, first, <-answers, "every client reads the same")
	}
}

func TestFirst(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		target, lastEventID string
		want                int64
		fails               bool
	}{
		"nothing given":    {"/", "", 0, false},
		"from":             {"/?from=7", "", 7, false},
		"an empty from":    {"/?from=", "", 0, false},
		"the last id":      {"/", "7", 8, false},
		"both":             {"/?from=1", "7", 8, false},
		"62 bits":          {"/", "4611686018427387903", 4611686018427387904, false},
		"63 bits":          {"/", "4611686018427387904", 0, true},
		"a sign":           {"/?from=+1", "", 0, true},
		"a fraction":       {"/?from=1.5", "", 0, true},
		"another one's id": {"/", "abc", 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, tc.target, nil)
			r.Header.Set("Last-Event-ID", tc.lastEventID)
			got, err := first(r)
			if tc.fails {
				require.True(t, problem.Is(err, problem.InvalidRequest))
				require.NotEmpty(t, problem.FromError(err).Violations)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.want, got)
		})
	}
}

func TestEnded(t *testing.T) {
	t.Parallel()
	for state := range orchestratorv1.RunState_name {
		s := orchestratorv1.RunState(state)
		want := s == orchestratorv1.RunState_RUN_STATE_SUCCEEDED || s == orchestratorv1.RunState_RUN_STATE_FAILED ||
			s == orchestratorv1.RunState_RUN_STATE_CANCELLED
		require.Equal(t, want, ended(s), s.String())
	}
}
