package command_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// waiting are the commands that end as their run does.
var waiting = []string{startLine, "plan --as-of 2024-01-31 --source /data", "run watch run_01", "run watch --last"}

func TestEveryReasonEndsAWaitWithItsCode(t *testing.T) {
	t.Parallel()
	for _, line := range waiting {
		for _, reason := range []problem.Reason{
			problem.ExpectationsFailed, problem.RowsRejected, problem.FileMissing, problem.SourceNotFound, problem.SourceNotAllowed,
			problem.SnapshotDiffers, problem.DeparturesOverLimit, problem.StaleExtract, problem.DatabaseUnavailable, problem.Internal,
		} {
			t.Run(line+" "+string(reason), func(t *testing.T) {
				t.Parallel()
				g := holding(t, failed(string(reason)))

				words := sfctl(at(g), strings.Fields(line)...)
				object := sfctl(at(g), append(strings.Fields(line), "-o", "json", "-q")...)

				require.Equal(t, problem.Lookup(reason).Exit, words.code, words.err)
				require.Equal(t, words.code, object.code)
				require.Contains(t, words.out, "Run run_01hq7d failed")
				require.Contains(t, words.err, "run run_01hq7d failed with "+string(reason)+": 1 finding above")
				require.Contains(t, words.err, "1 row has another user_gender", "its findings are shown")
				var run struct {
					Run struct{ State, Reason string }
				}
				require.NoError(t, json.Unmarshal([]byte(object.out), &run), "the run is the result, however it ended")
				require.Equal(t, "failed", run.Run.State)
				require.Equal(t, string(reason), run.Run.Reason)
				var failure told
				require.NoError(t, json.Unmarshal([]byte(object.err), &failure), object.err)
				require.Equal(t, string(reason), failure.Reason)
				require.Equal(t, object.code, failure.Exit)
			})
		}
	}
}

func TestWarningsFailOnlyWhereTheyAreToldTo(t *testing.T) {
	t.Parallel()
	for _, line := range waiting {
		for severity, code := range map[datasetv1.Severity]int{
			datasetv1.Severity_SEVERITY_WARNING: 4, datasetv1.Severity_SEVERITY_INFO: 0,
		} {
			run := succeeded()
			run.Findings = []*stepv1.Finding{finding(severity), finding(severity)}
			g := holding(t, run)

			easy := sfctl(at(g), strings.Fields(line)...)
			strict := sfctl(at(g), append(strings.Fields(line), "--fail-on", "warning")...)

			require.Zero(t, easy.code, "%s: %s", line, easy.err)
			require.Equal(t, code, strict.code, "%s: %s", line, strict.err)
			if code != 0 {
				require.Contains(t, strict.err, "succeeded with 2 warnings, and --fail-on warning was given", line)
			}
			require.Equal(t, easy.out, strict.out, "the result is the same")
		}
	}
}

func TestEveryStateHasItsWordAndEnd(t *testing.T) {
	t.Parallel()
	for state, code := range map[orchestratorv1.RunState]int{
		orchestratorv1.RunState_RUN_STATE_SUCCEEDED: 0, orchestratorv1.RunState_RUN_STATE_CANCELLED: 130, orchestratorv1.RunState_RUN_STATE_RUNNING: 1,
	} {
		for _, line := range waiting {
			run := succeeded()
			run.State = state
			r := sfctl(at(holding(t, run)), strings.Fields(line)...)
			require.Equal(t, code, r.code, "%s of a run that is %s: %s", line, state, r.err)
		}
		run := succeeded()
		run.State = state
		got := sfctl(at(holding(t, run)), "run", "get", "run_01")
		require.Zero(t, got.code, "to read how a run went is no failure, whatever it came to")
		require.Contains(t, got.out, "Run run_01hq7d "+strings.ToLower(strings.TrimPrefix(state.String(), "RUN_STATE_")))
	}
}

// Of a date that differs since erased keys came back, the last word is not to supersede it.
func TestTheAdviceOfADateThatDiffersIsTheRuns(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"table", "json"} {
		run := failed(string(problem.SnapshotDiffers))
		run.Findings = []*stepv1.Finding{
			{Reason: "ERASED_KEYS_RETURNED", Severity: datasetv1.Severity_SEVERITY_WARNING, Message: "1 row with such a key", Action: "Have the row removed."},
			{Reason: "SNAPSHOT_DIFFERS", Severity: datasetv1.Severity_SEVERITY_CRITICAL, Message: "1 row differs", Action: "Leave the rows out."},
		}
		g := holding(t, run)

		r := sfctl(at(g), append(strings.Fields(startLine), "-o", format)...)

		require.Equal(t, problem.ExitConflict, r.code)
		require.Contains(t, r.err, "Leave the rows out.")
		require.NotContains(t, r.err, "supersede")
	}
}
