package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const rollbackLine = "snapshot rollback --as-of 2024-01-31 --reason wrong"

// rolledBack is a run that made revision 1 current again, in history alone.
func rolledBack() *orchestratorv1.Run {
	run := succeeded()
	run.Mode, run.Source, run.SupersedeReason, run.ToRevision, run.RevisionOf = orchestratorv1.RunMode_RUN_MODE_ROLLBACK, "", "it was\x1b[2J right", 1, "users_snapshots"
	run.Backfill = true
	run.Steps[0].Kind, run.Steps[0].Summary = orchestratorv1.StepKind_STEP_KIND_RESTORE, "7,043 rows of 1 table, as known at 2024-02-01T00:00:00Z: users_snapshots revision 1"
	run.Steps[2].Counts, run.Steps[2].Summary = nil, "live was left as it is: the snapshots do not carry every column of the live tables: users without mail"
	run.Restated = []*stepv1.RestatedSnapshot{{Snapshot: "users_snapshots", Revision: 3, Supersedes: 2, Restores: 1, Rows: 7043, Added: 1, Removed: 2}}
	return run
}

func TestRollbackIsReported(t *testing.T) {
	t.Parallel()
	g := holding(t, rolledBack())
	g.Snapshots = append(g.Snapshots, &snapshotv1.Snapshot{Dataset: "streamflow", Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 3, Restores: 1, Reason: "it was right"})

	r := sfctl(at(g), append(strings.Fields(rollbackLine), "--to-revision", "1", "--snapshot", "users_snapshots", "--accept", "rollback-mixed")...)
	revisions := sfctl(at(g), "snapshot", "revisions")

	require.Zero(t, r.code, r.err)
	golden.Equal(t, "snapshot-rollback", "--- stdout\n"+r.out+"--- stderr\n"+r.err+"--- revisions\n"+revisions.out)
	req := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)[0]
	require.Equal(t, orchestratorv1.RunMode_RUN_MODE_ROLLBACK, req.GetMode())
	require.EqualValues(t, 1, req.GetToRevision())
	require.Equal(t, "users_snapshots", req.GetRevisionOf())
	require.Equal(t, "wrong", req.GetReason())
	require.Equal(t, string(problem.RollbackMixed), req.GetAccept()[0].GetReason())
	require.Empty(t, req.GetSource())
	require.NotEmpty(t, req.GetRequestId())
}

func TestRollbackIsToldWhatAndWhy(t *testing.T) {
	t.Parallel()
	for line, said := range map[string]string{
		"snapshot rollback --reason x": "as-of", "snapshot rollback --as-of 2024-01-31": "reason", rollbackLine + " --to-revision 0": "1 or more",
		rollbackLine + " --snapshot users_snapshots": "--to-revision", rollbackLine + " --fail-on error": "--fail-on", rollbackLine + " --accept STALE_EXTRACT": "what can is ROLLBACK_MIXED", "snapshot rollback --as-of january --reason x": "--as-of",
	} {
		g := holding(t, rolledBack())

		r := sfctl(at(g), strings.Fields(line)...)

		require.Equal(t, problem.ExitUsage, r.code, line)
		require.Contains(t, r.err, said, line)
		require.Empty(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g))
	}
}

func TestRollbackCompletesWhatThereIs(t *testing.T) {
	t.Parallel()
	g := holding(t, rolledBack())
	g.Snapshots = append(g.Snapshots, &snapshotv1.Snapshot{Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 2}, &snapshotv1.Snapshot{Snapshot: "words", AsOf: "2024-01-31", Revision: 2})

	numbers := sfctl(at(g), "__complete", "snapshot", "rollback", "--as-of", "2024-01-31", "--to-revision", "")
	names := sfctl(at(g), "__complete", "snapshot", "rollback", "--as-of", "2024-01-31", "--snapshot", "")
	dates := sfctl(at(g), "__complete", "snapshot", "rollback", "--as-of", "")

	require.True(t, strings.HasPrefix(numbers.out, "2\n1\n:"), numbers.out)
	require.True(t, strings.HasPrefix(names.out, "users_snapshots\nwords\n:"), names.out)
	require.True(t, strings.HasPrefix(dates.out, "2024-01-31\n:"), dates.out)
}
