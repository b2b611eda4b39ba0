package httpserver_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/services/gateway/internal/httpserver"
)

// bodyLimit is short, and what outlasts it does so by far.
const bodyLimit = 50 * time.Millisecond

// raw sends text as it is over a connection of its own, and returns the answer. The
// connection stays open, so that the server waits for what the text announces.
func raw(t *testing.T, h http.HandlerFunc, text string) *http.Response {
	t.Helper()
	srv := httptest.NewServer(httpserver.Chain(h, telemetry.Discard(), bodyLimit, nil))
	t.Cleanup(srv.Close)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)), "instead of for ever")
	_, err = io.WriteString(conn, text)
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err, "no answer")
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

func TestABodyThatNeverComesIsAnswered(t *testing.T) {
	t.Parallel()
	// As the handlers of grpc-gateway do.
	drain := func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body); fine(w, r) }
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		begin   string
		status  int
	}{
		"GET":                {fine, "GET /livez HTTP/1.1\r\nContent-Length: 10", 200},
		"GET, read":          {drain, "GET /v1/runs HTTP/1.1\r\nContent-Length: 10", 200},
		"GET, chunked":       {fine, "GET / HTTP/1.1\r\nTransfer-Encoding: chunked", 200},
		"POST, read":         {drain, "POST /nothing HTTP/1.1\r\nContent-Length: 10", 200},
		"DELETE, chunked":    {fine, "DELETE / HTTP/1.1\r\nTransfer-Encoding: chunked", 200},
		"POST, other origin": {fine, "POST / HTTP/1.1\r\nSec-Fetch-Site: cross-site\r\nContent-Length: 10", 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tc.status, raw(t, tc.handler, tc.begin+"\r\nHost: x\r\n\r\n").StatusCode)
		})
	}
}

func TestAStreamOutlivesTheDeadlineOfBodies(t *testing.T) {
	t.Parallel()
	stream := func(w http.ResponseWriter, r *http.Request) {
		fine(w, r)
		_ = http.NewResponseController(w).Flush()
		select {
		case <-r.Context().Done():
		case <-time.After(5 * bodyLimit):
			fine(w, r)
		}
	}

	for name, text := range map[string]string{
		"without a body": "\r\n",
		"with a body":    "Content-Length: 2\r\n\r\n{}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp := raw(t, stream, "GET /v1/runs/run_1/events HTTP/1.1\r\nHost: x\r\n"+text)
			got := make([]byte, len("finefine"))
			_, err := io.ReadFull(resp.Body, got)
			require.NoError(t, err)
			require.Equal(t, "finefine", string(got))
		})
	}
}
