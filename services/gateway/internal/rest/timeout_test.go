package rest_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

const bodyLimit = 50 * time.Millisecond

// raw sends text as it is over a connection of its own, and returns the answer. The
// connection stays open, so that the server waits for what the text announces.
func raw(t *testing.T, srv *httptest.Server, text string) answer {
	t.Helper()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)), "instead of for ever")
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err, "no answer")
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func TestABodyThatNeverComesIsAnswered(t *testing.T) {
	t.Parallel()
	suite, srv := setupWithin(t, bodyLimit)
	suite.Reply("OrchestratorService/ListRuns", &orchestratorv1.ListRunsResponse{})
	for head, status := range map[string]int{
		"POST /v1/datasets/x/runs HTTP/1.1\r\nContent-Length: 10":         http.StatusBadRequest,
		"POST /v1/datasets/x/runs HTTP/1.1\r\nTransfer-Encoding: chunked": http.StatusBadRequest,
		"GET /v1/runs HTTP/1.1\r\nContent-Length: 10":                     http.StatusOK, // the body matters to nobody
	} {
		t.Run(head, func(t *testing.T) {
			t.Parallel()
			got := raw(t, srv, head+"\r\nHost: x\r\nContent-Type: application/json\r\n\r\n")
			require.Equal(t, status, got.status, got.body)
		})
	}
}

func TestACallOutlivesTheDeadlineOfItsBody(t *testing.T) {
	t.Parallel()
	suite, srv := setupWithin(t, bodyLimit)
	suite.On("OrchestratorService/StartRun", func(ctx context.Context, _ proto.Message) (proto.Message, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(5 * bodyLimit):
			return &orchestratorv1.StartRunResponse{}, nil
		}
	})

	body := `{"as_of": "2024-01-31", "source": "/a", "requested_by": "me"}`
	got := raw(t, srv, fmt.Sprintf(
		"POST /v1/datasets/x/runs HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))

	require.Equal(t, http.StatusAccepted, got.status, got.body)
}
