package command_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// asSfctl is the variable that makes the test binary sfctl itself.
const asSfctl = "SF_COMMAND_TEST_SFCTL"

func TestMain(m *testing.M) {
	if os.Getenv(asSfctl) != "" {
		os.Exit(command.Main())
	}
	os.Exit(m.Run())
}

// process prepares sfctl as a process of its own, a user of the gateway.
func process(g *gatewaytest.Gateway, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asSfctl+"=1", "SFCTL_SERVER="+g.Address())
	return cmd
}

func TestTheProcessExitsWithTheCode(t *testing.T) {
	t.Parallel()
	for line, code := range map[string]int{"run list": 0, "run get run_nope": 5, "run frobnicate": 2, "run watch run_01": 3} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			cmd := process(holding(t, failed("EXPECTATIONS_FAILED")), strings.Fields(line)...)

			err := cmd.Run()

			require.Equal(t, code, cmd.ProcessState.ExitCode(), err)
		})
	}
}

func TestTheProcessSaysWhoAsks(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())
	host, err := os.Hostname()
	require.NoError(t, err)

	require.NoError(t, process(g, strings.Fields(startLine)...).Run())

	sent := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)
	require.Regexp(t, `^.+@`+host+`$`, sent[0].GetRequestedBy())
}

func TestOutputThatIsPipedHasNoControlSequences(t *testing.T) {
	t.Parallel()
	var out, err bytes.Buffer
	cmd := process(holding(t, succeeded()), strings.Fields(startLine)...)
	cmd.Stdout, cmd.Stderr = &out, &err

	require.NoError(t, cmd.Run())

	require.NotContains(t, out.String()+err.String(), "\x1b")
	require.Contains(t, out.String(), "Run run_01hq7d succeeded in 1.64s")
	require.Contains(t, err.String(), "stage done: 7,043 rows of 1 table")
}

// TestCtrlC keeps the promise that Ctrl-C leaves the run going and says how to come
// back to it.
func TestCtrlC(t *testing.T) {
	t.Parallel()
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			g := holding(t, succeeded())
			g.Lock()
			g.Events, g.Hang = g.Events[:2], true
			g.Unlock()
			cmd := process(g, strings.Fields(startLine)...)
			stderr, err := cmd.StderrPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			lines := bufio.NewReader(stderr)
			_, err = lines.ReadString('\n') // it follows the run
			require.NoError(t, err)

			require.NoError(t, cmd.Process.Signal(signal))
			rest, err := io.ReadAll(lines)
			require.NoError(t, err)
			_ = cmd.Wait()

			require.Equal(t, 130, cmd.ProcessState.ExitCode())
			require.Contains(t, string(rest), "sfctl: detached from run_01hq7d")
			require.Contains(t, string(rest), "sfctl run cancel run_01hq7d")
			require.Empty(t, gatewaytest.Requests[*orchestratorv1.CancelRunRequest](g))
		})
	}
}

// TestAReaderThatLeaves is `sfctl run list | head -1`: no word on stderr, no panic.
func TestAReaderThatLeaves(t *testing.T) {
	t.Parallel()
	var runs []*orchestratorv1.Run
	for range 3000 {
		runs = append(runs, succeeded())
	}
	cmd := process(holding(t, runs...), "run", "list", "--limit", "0", "-o", "json")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())

	_, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.NoError(t, out.Close())
	_ = cmd.Wait()

	require.Empty(t, stderr.String())
}
