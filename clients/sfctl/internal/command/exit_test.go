package command_test

import (
	"context"
	"encoding/json"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/clients/sfctl/internal/command"
	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const startLine = "run start --as-of 2024-01-31 --source /data/month_000"

func TestAFailedRunEndsWithTheCodeOfItsReason(t *testing.T) {
	t.Parallel()
	for reason, code := range map[problem.Reason]int{
		problem.ExpectationsFailed: 3, problem.RowsRejected: 3, problem.FileMissing: 3, problem.AsOfMismatch: 3,
		problem.SourceNotFound: 5, problem.SnapshotDiffers: 6, problem.LiveTableDiffers: 6, problem.SourceNotAllowed: 7,
		problem.DatabaseUnavailable: 8, problem.Internal: 1, "A_REASON_OF_A_NEWER_SERVICE": 1,
	} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			g := holding(t, failed(string(reason)))

			start := sfctl(at(g), strings.Fields(startLine)...)
			watch := sfctl(at(g), "run", "watch", "run_01")
			get := sfctl(at(g), "run", "get", "run_01")

			require.Equal(t, code, start.code, start.err)
			require.Equal(t, code, watch.code)
			require.Zero(t, get.code, "reading how it went is no failure")
		})
	}
}

func TestAFailedRunSaysWhyOnStderr(t *testing.T) {
	t.Parallel()
	g := holding(t, failed("EXPECTATIONS_FAILED"))

	r := sfctl(at(g), append(strings.Fields(startLine), "-q")...)

	golden.Equal(t, "run-failed", "--- stdout\n"+r.out+"--- stderr\n"+r.err)
	get := sfctl(at(g), "run", "get", "run_01")
	require.Contains(t, get.out, `users.csv:12 key 7590-VHVEG user_gender = "X"`, "there the findings are the result")
	require.Empty(t, get.err)
}

func TestAFailedRunAsJSON(t *testing.T) {
	t.Parallel()
	g := holding(t, failed("EXPECTATIONS_FAILED"))

	r := sfctl(at(g), append(strings.Fields(startLine), "-q", "-o", "json")...)

	require.Equal(t, 3, r.code)
	var result struct{ Run struct{ Findings []any } }
	require.NoError(t, json.Unmarshal([]byte(r.out), &result))
	require.Len(t, result.Run.Findings, 1)
	var said struct {
		Reason, Message string
		Exit            int
		Violations      []any
	}
	require.NoError(t, json.Unmarshal([]byte(r.err), &said))
	require.Equal(t, "EXPECTATIONS_FAILED", said.Reason)
	require.Equal(t, 3, said.Exit)
	require.NotNil(t, said.Violations)
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	run := succeeded()
	run.Findings = []*stepv1.Finding{finding(datasetv1.Severity_SEVERITY_WARNING)}
	g := holding(t, run)

	lenient := sfctl(at(g), strings.Fields(startLine)...)
	strict := sfctl(at(g), append(strings.Fields(startLine), "--fail-on", "warning")...)
	clean := sfctl(at(holding(t, succeeded())), append(strings.Fields(startLine), "--fail-on", "warning")...)
	wrong := sfctl(at(g), append(strings.Fields(startLine), "--fail-on", "error")...)

	require.Zero(t, lenient.code)
	require.Contains(t, lenient.err, "1 row has another user_gender")
	require.Equal(t, 4, strict.code)
	require.Contains(t, strict.err, "run run_01hq7d succeeded with 1 warning")
	require.Zero(t, clean.code)
	require.Equal(t, 2, wrong.code)
}

func TestACancelledRun(t *testing.T) {
	t.Parallel()
	run := succeeded()
	run.State = orchestratorv1.RunState_RUN_STATE_CANCELLED
	g := holding(t, run)

	r := sfctl(at(g), "run", "watch", "run_01")

	require.Equal(t, 130, r.code)
	require.Contains(t, r.err, "was cancelled before it published")
}

func TestWrongUsage(t *testing.T) {
	t.Parallel()
	for line, said := range map[string]string{
		"rnu":                                      "did you mean run?",
		"run stard":                                "did you mean start?",
		"run frobnicate":                           "it has cancel, get, list, start, watch",
		"run get":                                  "RUN is missing",
		"run get a b":                              `unexpected argument "b" after RUN`,
		"run list extra":                           `unexpected argument "extra"`,
		"run start --as-of 2024-01-31":             `"source" not set`,
		"run list --state done":                    `state "done": want queued, running, succeeded, failed, cancelled`,
		"run list --limit many":                    `--limit "many": want a whole number`,
		"run list --limit -1":                      "--limit -1: want 0, for all, or more",
		"run list --as-of 31/01/2024":              `--as-of "31/01/2024": want YYYY-MM-DD, such as 2024-01-31`,
		"batch list --as-of 2024-1-31":             `--as-of "2024-1-31": want YYYY-MM-DD`,
		"snapshot get january":                     `AS_OF "january": want YYYY-MM-DD`,
		"run list --as-of 2024-02-30":              `--as-of: 2024-02-30 is no such day: February 2024 has 29 days; the closest is 2024-02-29`,
		"run start --as-of 2024-2-30 --source /d":  `--as-of "2024-2-30": want YYYY-MM-DD`,
		"plan --as-of 2024-01-31 --source=":        "--source is empty",
		"run start --as-of 2024-01-31 --source=":   "--source is empty",
		startLine + " --timeout -1s":               "--timeout -1s: want a duration of more than 0",
		startLine + " --timeout soon":              `--timeout "soon": want a duration, such as 10m`,
		startLine + " --fail-on error":             `--fail-on "error": want warning`,
		"run watch run_1 --timeout -1s":            "--timeout -1s",
		"run get non":                              "give at least 4 characters of it",
		"run watch bat_01":                         "ids of a run begin with run_",
		"run cancel 01h":                           "too short for a part of an id",
		"batch get run_01":                         "ids of a batch begin with bat_",
		"run list --server http://127.0.0.1:8080/": "drop http://; want host:port of the gateway's gRPC port, such as 127.0.0.1:7100 (this one: 127.0.0.1:8080)",
		"run list --server localhost:":             `server "localhost:": its port is missing`,
		"run list --server localhost:99999":        `"99999" is no port; want a number from 1 to 65535`,
		"run list --server localhost:0":            `"0" is no port`,
		"run list --server gateway:http":           `"http" is no port`,
		"run list --server ::1:7100":               "is no address; want host:port",
		"run list --server https://gateway":        "want https://host:port",
		"run list --serverr x:1":                   "unknown flag: --serverr: did you mean --server?",
		"run list --statee failed":                 "did you mean --state?",
		"batch list --asof 2024-01-31":             "did you mean --as-of?",
		"snapshot list --quite":                    "did you mean --quiet?",
		"dev --data testdata/small.yaml":           "is a file: give a folder, which is made where it is missing",
		"dev --source-root /there/is/no/such":      "--root /there/is/no/such: there is no such folder",
		"dev --data-schema=":                       "--data-schema is empty",
		"run list -o xml":                          `output format "xml": want table, wide, json, jsonl, yaml, name`,
		startLine + " --wait --detach":             "[detach wait] were all set",
		"batch get":                                "BATCH is missing",
		"snapshot get":                             "AS_OF is missing",
		"dataset lint":                             "FILE is missing",
		"dataset lint /there/is/no/such":           "read the dataset: open /there/is/no/such",
		"dataset lint testdata/broken.yaml":        "testdata/broken.yaml:6:5:",
		"sample":                                   `"dir" not set`,
		"sample --dir /tmp --months 0":             "1 or more",
		"sample --dir /tmp --start 2024-01-30":     "month end",
		"sample --dir /tmp --start monday":         "--start",
		"--frobnicate":                             "unknown flag: --frobnicate",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			// Nothing answers there: wrong usage is found before anything is called.
			r := sfctl(map[string]string{"SFCTL_SERVER": "127.0.0.1:1"}, strings.Fields(line)...)

			require.Equal(t, 2, r.code, r.err)
			require.Contains(t, r.err, said)
			require.Empty(t, r.out)
		})
	}
}

func TestWrongUsageIsToldInTheFormatThatWasAskedFor(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"run list --bogus -o json", "run list --limit x --output=json", "-o json run list --bogus", "run get -ojson", "run list --bogus -h -o json"} {
		r := sfctl(nil, strings.Fields(line)...)

		require.Equal(t, 2, r.code)
		require.True(t, json.Valid([]byte(r.err)), "%s: %s", line, r.err)
	}
}

func TestWhatIsNoTextIsNotSent(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())

	byFlag := sfctl(at(g), "run", "start", "--as-of", "2024-01-31", "--source", "/data/Jos\xe9", "--detach")
	byName := sfctl(map[string]string{"SFCTL_SERVER": g.Address(), "SFCTL_USER": "Jos\xe9"}, strings.Fields(startLine)...)

	for _, r := range []result{byFlag, byName} {
		require.Equal(t, 2, r.code, r.err)
		require.Contains(t, r.err, "is not valid UTF-8 text")
	}
}

func TestNothingIsStartedForAWrongFlag(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())
	for _, flag := range []string{"--timeout=-1s", "--fail-on=error"} {
		require.Equal(t, 2, sfctl(at(g), append(strings.Fields(startLine), flag)...).code)
	}
	require.Empty(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g))
}

func TestTheEndOfAFailedRunIsShort(t *testing.T) {
	t.Parallel()
	run := failed("EXPECTATIONS_FAILED")
	g := holding(t, run)

	explained := sfctl(at(g), append(strings.Fields(startLine), "-q")...)
	get := sfctl(at(g), "run", "get", "run_01")
	object := sfctl(at(g), append(strings.Fields(startLine), "-q", "-o", "json")...)
	run.Findings = nil
	bare := sfctl(at(g), append(strings.Fields(startLine), "-q")...)

	require.Contains(t, explained.err, "sfctl: run run_01hq7d failed with EXPECTATIONS_FAILED: 1 finding above\n")
	require.NotContains(t, explained.out+explained.err+get.out, run.GetMessage(), "the finding says it")
	require.Contains(t, object.err, run.GetMessage(), "no finding stands beside it")
	require.Contains(t, bare.err, "failed with EXPECTATIONS_FAILED: "+run.GetMessage())
}

func TestDatasetMistakes(t *testing.T) {
	t.Parallel()
	g := holding(t)

	lint := sfctl(nil, "dataset", "lint", "testdata/broken.yaml")
	apply := sfctl(at(g), "dataset", "apply", "testdata/broken.yaml")
	stdin := sfctlIn(context.Background(), command.Process{In: strings.NewReader("name: [")}, nil, "dataset", "lint", "-")

	golden.Equal(t, "dataset-broken", lint.err)
	require.Equal(t, lint, apply, "apply finds the same mistakes, before it asks the service")
	require.Empty(t, gatewaytest.Requests[*orchestratorv1.ApplyDatasetRequest](g))
	require.Equal(t, 2, stdin.code)
	require.Contains(t, stdin.err, "stdin:1:")
}

func TestNothingAnswers(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := lis.Addr().String()
	require.NoError(t, lis.Close())
	for _, line := range append([]string{startLine, "plan --as-of 2024-01-31 --source /d"},
		"run list", "run get run_1", "run watch run_1", "run cancel run_1", "batch list", "batch get bat_1",
		"snapshot list", "snapshot get 2024-01-31", "dataset list", "dataset get small", "dataset apply testdata/small.yaml") {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			r := sfctl(nil, append(strings.Fields(line), "--server", address)...)

			require.Equal(t, 8, r.code)
			require.Contains(t, r.err, "nothing answers at "+address)
			require.Contains(t, r.err, "Is it running? Start the suite on this machine with: sfctl dev.")
		})
	}
}

func TestServiceErrorsKeepTheirWords(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Err: problem.New(problem.AsOfOffCalendar, "2024-01-30 is no month end; the closest is 2024-01-31").
		Violate("as_of", "expected the last day of a month")})

	words := sfctl(at(g), strings.Fields(startLine)...)
	object := sfctl(at(g), append(strings.Fields(startLine), "-o", "json")...)

	require.Equal(t, 2, words.code)
	require.Contains(t, words.err, "sfctl: 2024-01-30 is no month end; the closest is 2024-01-31\n  as_of: expected the last day of a month\n")
	require.JSONEq(t, `{"reason": "AS_OF_OFF_CALENDAR", "message": "2024-01-30 is no month end; the closest is 2024-01-31",
		"action": "Use the date that the error proposes: a date of the dataset's calendar, which `+"`"+`sfctl dataset get NAME`+"`"+` shows, and not after today.", "exit": 2,
		"violations": [{"subject": "as_of", "description": "expected the last day of a month"}]}`, object.err)
}

func TestLeavingARun(t *testing.T) {
	t.Parallel()
	hanging := func(t *testing.T) *gatewaytest.Gateway {
		t.Helper()
		g := holding(t, succeeded())
		g.Lock()
		defer g.Unlock()
		g.Events, g.Hang = g.Events[:2], true
		return g
	}
	t.Run("Ctrl-C", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(context.Background())
		g := hanging(t)
		onceWatched(t, g, cancel)

		r := sfctlIn(ctx, command.Process{}, at(g), strings.Fields(startLine)...)

		require.Equal(t, 130, r.code)
		require.Contains(t, r.err, "sfctl run watch run_01hq7d — stop it: sfctl run cancel run_01hq7d")
		require.Empty(t, r.out)
	})
	t.Run("--server", func(t *testing.T) {
		t.Parallel()
		server := hanging(t).Address()

		r := sfctl(nil, append(strings.Fields(startLine), "--timeout", "200ms", "--server", server)...)

		require.Contains(t, r.err, "sfctl run watch run_01hq7d --server "+server)
	})
	t.Run("--timeout", func(t *testing.T) {
		t.Parallel()

		r := sfctl(at(hanging(t)), append(strings.Fields(startLine), "--timeout", "200ms")...)

		require.Equal(t, 8, r.code)
		require.Contains(t, r.err, "run run_01hq7d has not ended within --timeout")
		require.Contains(t, r.err, "The run goes on.")
	})
	t.Run("the gateway is gone for good", func(t *testing.T) {
		t.Parallel()
		g := holding(t, succeeded())
		g.Events, g.Cut, g.CutErr = g.Events[:3], 2, status.Error(codes.Unavailable, "closing")
		onceWatched(t, g, g.Stop)

		r := sfctlIn(context.Background(), command.Process{Patience: 500 * time.Millisecond}, at(g), strings.Fields(startLine)...)

		require.Equal(t, 8, r.code)
		require.Contains(t, r.err, "lost the connection to "+g.Address())
		require.Contains(t, r.err, "sfctl run watch run_01hq7d")
	})
}
