package command_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
)

// folder makes a folder that PostgreSQL's own user may enter, which those of
// testing.T are not.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sf-command-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// TestDev is what the README promises: the suite, two months of sample data, and what
// can be asked afterwards.
func TestDev(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	out, w := io.Pipe()
	var stderr bytes.Buffer
	code, dir, data := make(chan int, 1), folder(t), t.TempDir()
	go func() {
		code <- command.Run(ctx, command.Process{
			Args: []string{"dev", "--data", dir, "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--source-root", data, "-o", "json"},
			Env:  func(name string) (string, bool) { return "marts", name == "SF_DATA_SCHEMAS" },
			Out:  w, Err: &stderr, Width: func() int { return 80 }, Now: time.Now, User: "ana@desk",
		})
		_ = w.Close()
	}()
	var place struct {
		Server, Page, Data, Psql, Login string
		TokenFile                       string `json:"token_file"`
		Port                            int    `json:"postgres_port"`
		Version                         string `json:"postgres_version"`
	}
	require.NoError(t, json.NewDecoder(out).Decode(&place))
	env := map[string]string{"SFCTL_SERVER": place.Server}
	refused := sfctl(env, "run", "list")
	require.Equal(t, 7, refused.code, "nobody comes in without a token")
	require.Contains(t, refused.err, "expected a token, found none")
	env["SF_TOKEN_FILE"] = place.TokenFile

	require.Zero(t, sfctl(env, "sample", "--dir", data, "--users", "200", "-q").code)
	january := sfctl(env, "run", "start", "--as-of", "2024-01-31", "--source", filepath.Join(data, "month_000"))
	plan := sfctl(env, "plan", "--as-of", "2024-02-29", "--source", filepath.Join(data, "month_001"))
	february := sfctl(env, "run", "start", "--as-of", "2024-02-29", "--source", filepath.Join(data, "month_001"))
	again := sfctl(env, "run", "start", "--as-of", "2024-02-29", "--source", filepath.Join(data, "month_001"))
	wrongMonth := sfctl(env, "run", "start", "--as-of", "2024-03-31", "--source", filepath.Join(data, "month_001"))
	runs := sfctl(env, "run", "list", "-o", "json")
	snapshots := sfctl(env, "snapshot", "list", "--snapshot", "users_snapshots")

	require.Zero(t, january.code, january.err)
	require.Contains(t, january.out, "expectations held (val_")
	require.Zero(t, plan.code, plan.err)
	require.Contains(t, plan.out, "churn_label")
	require.Contains(t, plan.out, "nothing was published or stamped")
	require.Zero(t, february.code, february.err)
	require.Regexp(t, `users +200 +0 +0 +200 +0  same file as 2024-01-31`, february.out)
	require.Zero(t, again.code, again.err)
	require.Contains(t, again.out, "Note: unchanged:")
	require.Equal(t, 3, wrongMonth.code)
	require.Contains(t, wrongMonth.err, "AS_OF_MISMATCH")
	require.Equal(t, 5, strings.Count(runs.out, `"dataset_version"`))
	require.Equal(t, 3, strings.Count(snapshots.out, "\n"))
	require.Contains(t, place.Psql, "-p "+itoa(place.Port)+" -U postgres streamflow")
	require.NotEmpty(t, place.Version)
	require.True(t, strings.HasPrefix(place.Page, "http://127.0.0.1:"))
	require.Regexp(t, `^http://sf-[a-z2-7]{10}\.localhost:[0-9]+/login\?token=sfl_[a-z2-7]{59}$`, place.Login)
	who := sfctl(env, "auth", "status")
	require.Contains(t, who.out, "role      admin\n  datasets  all datasets\n")

	interrupt()
	require.Zero(t, <-code, "Ctrl-C is how it is stopped, and no failure")
	require.Contains(t, stderr.String(), "Stopped. The data is in "+place.Data)
}

func TestDevSaysWhatToDoWhereAnAddressIsTaken(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = taken.Close() }()

	data := folder(t)

	r := sfctl(nil, "dev", "--data", data, "--listen", taken.Addr().String(), "--http-listen", "127.0.0.1:0")

	require.Equal(t, 8, r.code, r.err)
	require.Contains(t, r.err, "choose other addresses with --listen and --http-listen")
	require.NoDirExists(t, filepath.Join(data, "postgres"), "it is found before PostgreSQL is set up")
}

func TestDevRefusesAnAddressThatCannotBeListenedAt(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"nonsense", "127.0.0.1:99999", "192.0.2.1:7100"} {
		data := folder(t)

		r := sfctl(nil, "dev", "--data", data, "--listen", "127.0.0.1:0", "--http-listen", address)

		require.Equal(t, 2, r.code, r.err)
		require.Contains(t, r.err, "give --listen and --http-listen addresses of this machine")
		require.NoDirExists(t, filepath.Join(data, "postgres"))
	}
}

func TestDevNeedsPostgreSQL(t *testing.T) {
	t.Parallel()
	r := sfctl(nil, "dev", "--data", folder(t), "--postgres-bin", t.TempDir(),
		"--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "-o", "json")

	require.Equal(t, 8, r.code, r.err)
	require.Contains(t, r.err, "POSTGRES_NOT_STARTED")
}
