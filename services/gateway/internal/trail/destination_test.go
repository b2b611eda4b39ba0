package trail_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/trail"
)

// checkpoints reads those that a file has, one on each line.
func checkpoints(t *testing.T, path string) (all []*orchestratorv1.AuditCheckpoint) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for line := range strings.Lines(string(text)) {
		c := &orchestratorv1.AuditCheckpoint{}
		require.NoError(t, protojson.Unmarshal([]byte(line), c))
		all = append(all, c)
	}
	return all
}

func TestDestinations(t *testing.T) {
	t.Parallel()
	var got []string
	status := http.StatusNoContent
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.Header.Get("Content-Type")+" "+string(body))
		w.WriteHeader(status)
	}))
	defer srv.Close()
	path := filepath.Join(t.TempDir(), "checkpoints")
	var out bytes.Buffer
	all, err := trail.Destinations([]string{"stdout", path, srv.URL + "/audit"}, &out)
	require.NoError(t, err)
	for _, to := range all {
		require.NoError(t, to.Send(t.Context(), []byte("{}\n")), to)
		require.NoError(t, to.Send(t.Context(), []byte("{}\n")), to)
	}
	require.Equal(t, "{}\n{}\n", out.String())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "{}\n{}\n", string(text), "it is appended to")
	require.Equal(t, []string{"POST application/json {}\n", "POST application/json {}\n"}, got)
	status = http.StatusBadGateway
	require.ErrorContains(t, all[2].Send(t.Context(), nil), "it answers 502")
}

func TestWhatIsNoDestinationIsRefused(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "here", "ftp://x/y", "https://", "stderr"} {
		_, err := trail.Destinations([]string{name}, nil)
		require.ErrorContains(t, err, "audit-checkpoints: expected stdout, the absolute path of a file", name)
	}
	all, err := trail.Destinations([]string{"https://bot:hunter2@127.0.0.1:1/x?sig=hunter2"}, nil)
	require.NoError(t, err)
	require.Equal(t, "https://127.0.0.1:1/x", all[0].String())
	err = all[0].Send(t.Context(), nil)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2", "what lets its bearer in stays out of the log")
}

// A destination that is away gets all of it later, and keeps nobody waiting.
func TestADestinationThatIsAwayGetsItLater(t *testing.T) {
	t.Parallel()
	private, _ := key(t)
	dir := filepath.Join(t.TempDir(), "later")
	to, err := trail.Destinations([]string{filepath.Join(dir, "checkpoints")}, nil)
	require.NoError(t, err)
	b := trail.New(&keeper{}, telemetry.Discard(), trail.Config{Key: private, To: to})
	for range 3 {
		b.Refuse(t.Context(), by("ann"), "PERMISSION_DENIED")
		b.Checkpoint(t.Context())
	}
	require.NoError(t, os.Mkdir(dir, 0o700))
	b.Refuse(t.Context(), by("ann"), "PERMISSION_DENIED")
	b.Checkpoint(t.Context())
	require.Len(t, checkpoints(t, filepath.Join(dir, "checkpoints")), 4)
	require.Equal(t, []int64{1, 2, 3, 4}, ordinals(checkpoints(t, filepath.Join(dir, "checkpoints"))))
}

func ordinals(all []*orchestratorv1.AuditCheckpoint) (n []int64) {
	for _, c := range all {
		n = append(n, c.GetOrdinal())
	}
	return n
}
