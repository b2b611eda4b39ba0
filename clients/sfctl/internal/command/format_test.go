package command_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
)

func TestNamesAreOneALine(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"run list":              "run_01hq7d\nrun_01hq7d\n",
		"run get --last":        "run_01hq7d\n",
		"batch list":            "bat_01\n",
		"snapshot list":         "users_snapshots/2024-01-31\n",
		"dataset list":          "small\n",
		"validation list":       "val_01\n",
		startLine:               "run_01hq7d\n",
		startLine + " --detach": "run_01hq7d\n",
	} {
		r := sfctl(at(holding(t, succeeded(), succeeded())), append(strings.Fields(line), "-o", "name", "-q")...)
		require.Zero(t, r.code, r.err)
		require.Equal(t, want, r.out, line)
		require.Empty(t, r.err)
	}
}

func TestWideTablesShowMore(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, noun := range []string{"run", "batch", "snapshot", "validation"} {
		r := sfctl(at(holding(t, succeeded())), noun, "list", "-o", "wide")
		require.Zero(t, r.code, r.err)
		all.WriteString(r.out)
	}
	golden.Equal(t, "wide", all.String())
}

func TestJSONLinesAreOneLinePerItem(t *testing.T) {
	t.Parallel()
	r := sfctl(at(holding(t, succeeded(), failed("ROWS_REJECTED"))), "run", "list", "-o", "jsonl")

	require.Zero(t, r.code)
	lines := strings.Split(strings.TrimSpace(r.out), "\n")
	require.Len(t, lines, 2)
	var second struct{ State, Reason string }
	require.NoError(t, json.Unmarshal([]byte(lines[1]), &second))
	require.Equal(t, "failed", second.State, "as --state takes it")
	require.Equal(t, "ROWS_REJECTED", second.Reason)
}

func TestTheRunIsNamedBeforeItsProgress(t *testing.T) {
	t.Parallel()
	waiting := succeeded()
	waiting.WaitsFor = "run_00earlier"
	r := sfctl(at(holding(t, waiting)), strings.Fields(startLine)...)

	require.Zero(t, r.code)
	require.True(t, strings.HasPrefix(r.err, "Run run_01hq7d\nIt waits for run_00earlier of the same dataset.\n"), r.err)
}

func TestTheVersionIsAFlagToo(t *testing.T) {
	t.Parallel()
	flag, verb := sfctl(nil, "--version"), sfctl(nil, "version", "--client")

	require.Zero(t, flag.code)
	require.Equal(t, verb.out, flag.out)
	require.Regexp(t, `^sfctl \S+ \(`, flag.out)
}

func TestTyposOfFlagsGetASuggestion(t *testing.T) {
	t.Parallel()
	r := sfctl(nil, "run", "start", "--sorce", "/data")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, `unknown flag: --sorce: did you mean --source?`)

	global := sfctl(nil, "run", "list", "--outpt", "json")
	require.Contains(t, global.err, `did you mean --output?`)
}

func TestAServerWithoutAPortIsSaidToLackIt(t *testing.T) {
	t.Parallel()
	r := sfctl(nil, "run", "list", "--server", "foo")
	require.Equal(t, 2, r.code)
	require.Contains(t, r.err, `server "foo": its port is missing; want host:port`)
}
