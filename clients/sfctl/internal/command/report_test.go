package command_test

import (
	"context"
	"errors"
	"io"
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
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestBatchReports(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*ingestv1.Batch){
		"batch-rejected": func(b *ingestv1.Batch) {
			b.State, b.PublishedAt = ingestv1.BatchState_BATCH_STATE_REJECTED, nil
			b.Counts[0] = &stepv1.TableCounts{Table: "users", Rows: 7042, Rejected: 1, Bytes: 4096}
			b.Findings = []*stepv1.Finding{{
				Reason: "ROWS_REJECTED", Severity: datasetv1.Severity_SEVERITY_CRITICAL, Table: "users", Column: "signup_date", Count: 1,
				Message: "1 value is no date", Expected: "YYYY-MM-DD", Found: "31/01/2024", Action: "Correct the row.",
				Rows: []*stepv1.RowLocation{{File: "users.csv", Line: 9, Column: "signup_date", Value: "31/01/2024"}},
			}}
		},
		"batch-same": func(b *ingestv1.Batch) {
			b.SameAs, b.State, b.PublishedAt = "bat_00", ingestv1.BatchState_BATCH_STATE_STAGED, nil
		},
		"batch-staging": func(b *ingestv1.Batch) {
			b.State, b.PublishedAt = ingestv1.BatchState_BATCH_STATE_STAGING, nil
			b.Counts, b.Files = nil, nil
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := holding(t)
			change(g.Batches[0])

			r := sfctl(at(g), "batch", "get", "bat_01")

			require.Zero(t, r.code, r.err)
			golden.Equal(t, name, r.out)
		})
	}
}

func TestRunListShowsEveryKindOfRun(t *testing.T) {
	t.Parallel()
	queued := &orchestratorv1.Run{Id: "run_04", Dataset: "streamflow", AsOf: "2024-04-30", CreatedAt: after(59 * time.Minute),
		Mode: orchestratorv1.RunMode_RUN_MODE_FULL, State: orchestratorv1.RunState_RUN_STATE_QUEUED}
	running := &orchestratorv1.Run{Id: "run_03", Dataset: "another_dataset", AsOf: "2024-03-31", CreatedAt: after(50 * time.Minute), StartedAt: after(51 * time.Minute),
		Mode: orchestratorv1.RunMode_RUN_MODE_PLAN, State: orchestratorv1.RunState_RUN_STATE_RUNNING}
	odd := &orchestratorv1.Run{Id: "run_02", Dataset: "streamflow", State: orchestratorv1.RunState(77)}
	g := holding(t, queued, running, odd, failed("ROWS_REJECTED"), succeeded())

	r := sfctl(at(g), "run", "list")

	require.Zero(t, r.code)
	golden.Equal(t, "run-list-all", r.out)
}

func TestCancelling(t *testing.T) {
	t.Parallel()
	const queued, running, ended = orchestratorv1.RunState_RUN_STATE_QUEUED, orchestratorv1.RunState_RUN_STATE_RUNNING, orchestratorv1.RunState_RUN_STATE_CANCELLED
	for name, tt := range map[string]struct {
		before, after orchestratorv1.RunState
		done          int
		said          string
	}{
		"a queued run":  {queued, ended, 0, "run_01hq7d: cancelled\n"},
		"a running one": {running, running, 2, "run_01hq7d: cancel requested (running)\n"},
		"one that has published": {running, running, 3,
			"run_01hq7d: is not cancelled: it has published, and only goes forward from there; once it is stamped, `sfctl snapshot rollback` takes it back\n"},
		"one that was cancelled":    {ended, ended, 2, "run_01hq7d: was cancelled already\n"},
		"one that is being stopped": {running, ended, 2, "run_01hq7d: cancelled\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run := succeeded()
			run.State = tt.before
			for _, s := range run.Steps[tt.done:] {
				s.State = orchestratorv1.StepState_STEP_STATE_PENDING
			}
			g := holding(t, run)
			g.Cancelled = tt.after

			r := sfctl(at(g), "run", "cancel", "run_01")

			require.Zero(t, r.code, r.err)
			require.Equal(t, tt.said, r.out)
		})
	}
}

func TestAnUnchangedDatasetIsSaidToBe(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Unchanged, g.NextRun = true, nil

	r := sfctl(at(g), "dataset", "apply", "testdata/small.yaml")

	require.Equal(t, "small version 3f2a9c1d0b7e unchanged: it was current already\n", r.out)
	sent := gatewaytest.Requests[*orchestratorv1.ApplyDatasetRequest](g)
	require.Equal(t, "small", sent[0].GetDataset().GetName())
	require.Equal(t, "ana@desk", sent[0].GetRequestedBy())
}

func TestAStartWithoutAnAnswerCanBeSentAgain(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Err: status.Error(codes.DeadlineExceeded, "too late")})

	r := sfctl(at(g), append(strings.Fields(startLine), "--request-id", "mine")...)

	require.Equal(t, 8, r.code)
	require.Contains(t, r.err, "asking again with --request-id mine cannot start a second one")
}

func TestTheReportDoesWithoutTheValidation(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())
	g.Validation = nil

	r := sfctl(at(g), "run", "get", "run_01")

	require.Zero(t, r.code, r.err)
	require.NotContains(t, r.out, "Quality:")
	require.Contains(t, r.out, "14 of 14 expectations held", "the step's own summary")
}

func TestWatchEndsAsTheRunDidWhateverItsAge(t *testing.T) {
	t.Parallel()
	for state, code := range map[orchestratorv1.RunState]int{
		orchestratorv1.RunState_RUN_STATE_SUCCEEDED: 0,
		orchestratorv1.RunState_RUN_STATE_CANCELLED: 130,
		orchestratorv1.RunState_RUN_STATE_RUNNING:   1, // its last event says that it ended: a defect
	} {
		run := succeeded()
		run.State = state
		r := sfctl(at(holding(t, run)), "run", "watch", "run_01", "-q")
		require.Equal(t, code, r.code, state)
	}
}

func TestAListThatBreaksInTheMiddleIsNoShortList(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())
	g.Err = problem.New(problem.DatabaseUnavailable, "PostgreSQL is starting up")
	for _, noun := range []string{"run", "batch", "snapshot", "dataset"} {
		r := sfctl(at(g), noun, "list", "-o", "json")
		require.Equal(t, 8, r.code)
		require.Empty(t, r.out)
		require.Contains(t, r.err, `"reason": "DATABASE_UNAVAILABLE"`)
	}
}

// full is a disk that is.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestAResultThatCannotBeWrittenIsAFailure(t *testing.T) {
	t.Parallel()
	for name, line := range commands {
		for _, format := range []string{"table", "json", "yaml"} {
			t.Run(name+" "+format, func(t *testing.T) {
				t.Parallel()
				g := holding(t, succeeded())

				code := sfctlTo(full{}, at(g), append(strings.Fields(line), "-o", format)...)

				require.Equal(t, 1, code)
			})
		}
	}
}

// sfctlTo runs a command line whose results go to w.
func sfctlTo(w io.Writer, env map[string]string, args ...string) int {
	return command.Run(context.Background(), command.Process{
		Args: args, In: strings.NewReader(""), Out: w, Err: io.Discard,
		Env:   func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		Width: func() int { return 80 }, Now: time.Now, User: "ana@desk",
	})
}
