package faults

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/cluster"
)

// The first line of a log is what one looks for in an incident: which version was this?
// Every daemon says it as it begins to listen, before its database is there, in the words
// of its `version`.
func TestEveryDaemonLogsItsVersionWhenItStarts(t *testing.T) {
	t.Parallel()
	for _, service := range cluster.Services {
		t.Run(service, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(ground.Bin, service+"d")
			version, err := exec.CommandContext(t.Context(), program, "version").Output()
			require.NoError(t, err)
			said, is := strings.CutPrefix(strings.TrimSpace(string(version)), service+"d ")
			require.True(t, is, "%s", version)
			require.NotEmpty(t, said)

			cmd := exec.CommandContext(t.Context(), program) // killed when the test ends
			cmd.Env = []string{"SF_LISTEN=127.0.0.1:0", "SF_HTTP_LISTEN=127.0.0.1:0", "SF_SOURCE_ROOTS=" + ground.Data, "SF_AUTH=none"}
			if service != cluster.Gateway {
				cmd.Env = append(cmd.Env, "SF_DATABASE_URL=postgres://sf_"+service+":x@127.0.0.1:1/nowhere")
			}
			log, err := cmd.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
			require.Equal(t, said, listening(t, log, service))
		})
	}
}

// listening reads a log up to the line that says where the service listens, and returns
// the version in it.
func listening(t *testing.T, log io.Reader, service string) string {
	t.Helper()
	var all []string
	for lines := bufio.NewScanner(log); lines.Scan(); {
		all = append(all, lines.Text())
		var line struct{ Msg, Service, Address, Version string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line), lines.Text())
		if line.Msg == "listening" && line.Address != "" { // and not the gateway's second, of HTTP
			require.Equal(t, service, line.Service)
			return line.Version
		}
	}
	require.Fail(t, "it does not say that it listens", strings.Join(all, "\n"))
	return ""
}
