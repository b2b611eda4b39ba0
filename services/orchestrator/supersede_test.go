package orchestrator_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const wrongFees = "the fees were those of December"

// correcting asks for a run that corrects its as_of.
func correcting() *orchestratorv1.StartRunRequest {
	req := ask()
	req.Supersede, req.Reason = true, wrongFees
	return req
}

// restates is what the world says that superseding changes.
var restates = &stepv1.RestatedSnapshot{
	Snapshot: "shop_users_snapshots", Revision: 2, Supersedes: 1, Rows: 7043, Added: 1, Removed: 2, Changed: 3,
	Columns: []*stepv1.ColumnCount{{Column: "fee", Updated: 3}},
	First:   []*stepv1.RestatedRow{{Key: []string{"u1"}, Change: stepv1.RowChange_ROW_CHANGE_ADDED}},
}

func TestARunThatSupersedesSaysWhyToEveryService(t *testing.T) {
	t.Parallel()
	s := setup(t)
	name := s.firstSnapshot(t)
	one := &stepv1.RestatedSnapshot{Snapshot: name, Revision: 2, Supersedes: 1, Rows: 7043, Added: 1, Removed: 2, Changed: 3}
	s.restates[name] = one
	req := correcting()
	req.Reason = "  " + wrongFees + " "

	r := s.did(t, req)

	requireState(t, r, succeeded)
	require.True(t, r.GetSupersede())
	require.Equal(t, wrongFees, r.GetSupersedeReason())
	require.Len(t, r.GetRestated(), 1)
	require.Equal(t, one.String(), r.GetRestated()[0].String())
	require.Contains(t, summaryOf(r, orchestratorv1.StepKind_STEP_KIND_VALIDATE), "; "+name+" revision 2: 1 added, 2 removed, 3 changed")
	require.Contains(t, summaryOf(r, orchestratorv1.StepKind_STEP_KIND_STAMP), "; "+name+" revision 2: 1 added, 2 removed, 3 changed")
	for _, method := range []string{"Stage", "Validate", "Prepare", "Publish", "Stamp"} {
		made := s.made(method)
		require.Len(t, made, 1, method)
		require.True(t, made[0].Supersede, method)
		require.Equal(t, wrongFees, made[0].Reason, method)
	}
	require.Equal(t, "queued for "+asker+", to supersede what is stamped: "+wrongFees, s.events(t, r.GetId())[0].GetMessage())
	for _, st := range r.GetSteps() {
		for _, c := range st.GetCounts() {
			if c.GetTable() == name {
				require.Equal(t, []int64{1, 3, 2}, []int64{c.GetInserted(), c.GetUpdated(), c.GetDeleted()})
			}
		}
	}
}

func (s *suite) firstSnapshot(t *testing.T) string {
	t.Helper()
	got, err := s.client.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: ask().GetDataset()})
	require.NoError(t, err)
	return got.GetVersion().GetDataset().GetSnapshots()[0].GetName()
}

func summaryOf(r *orchestratorv1.Run, kind orchestratorv1.StepKind) string {
	for _, st := range r.GetSteps() {
		if st.GetKind() == kind {
			return st.GetSummary()
		}
	}
	return ""
}

// A plan says what a run would change, and stamps nothing.
func TestAPlanSaysWhatHistoryWouldBecome(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.restates[s.firstSnapshot(t)] = restates
	req := correcting()
	req.Mode = orchestratorv1.RunMode_RUN_MODE_PLAN

	r := s.did(t, req)

	requireState(t, r, succeeded)
	require.Equal(t, restates.String(), r.GetRestated()[0].String())
	require.Empty(t, s.made("Stamp"))
	require.Len(t, s.made("DiscardPrepared"), 1)
	listed, err := s.client.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{Dataset: req.GetDataset()})
	require.NoError(t, err)
	require.True(t, listed.GetRuns()[0].GetSupersede())
	require.Empty(t, listed.GetRuns()[0].GetRestated(), "a list leaves out what is long")
}

func TestWhySupersedingChangesNothingIsSaid(t *testing.T) {
	t.Parallel()
	s := setup(t)

	first := s.did(t, correcting())
	again := s.did(t, correcting())

	require.Contains(t, summaryOf(first, orchestratorv1.StepKind_STEP_KIND_VALIDATE), "; nothing is superseded: nothing was stamped as of 2024-01-31 before")
	require.Contains(t, summaryOf(again, orchestratorv1.StepKind_STEP_KIND_VALIDATE), "; nothing is superseded: history holds this content already")
	require.Empty(t, again.GetRestated())
}

func TestACorrectionNeedsAReasonAndAReasonACorrection(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for name, tc := range map[string]struct {
		supersede bool
		reason    string
	}{
		"no reason": {true, ""}, "blanks": {true, " \t\n"}, "nothing that is seen": {true, "\u200b\u2060"}, "not asked for": {false, "because"},
		"NUL": {true, "a\x00b"}, "too long": {true, strings.Repeat("x", 1001)},
	} {
		req := ask()
		req.Supersede, req.Reason = tc.supersede, tc.reason
		_, err := s.client.StartRun(t.Context(), req)
		requireReason(t, err, problem.InvalidRequest)
		require.ErrorContains(t, err, "reason", name)
	}
	require.Empty(t, s.db.Rows(t, "select id from sf_orchestrator.run"))
}

// What is kept must not be lost: another reason is another run.
func TestAnotherReasonIsAnotherRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, _, release := hanging()
	s.on("Stage", hang)
	t.Cleanup(func() { close(release) })
	other := correcting()
	other.Reason = "something else"

	ids := map[string]bool{s.start(t, ask()): true, s.start(t, correcting()): true, s.start(t, other): true}

	require.Len(t, ids, 3)
	joined, err := s.client.StartRun(t.Context(), correcting())
	require.NoError(t, err)
	require.True(t, joined.GetAlreadyRunning())
}

// A correction is compared with what it supersedes, not with the month before.
func TestACorrectionIsComparedWithItsOwnAsOf(t *testing.T) {
	t.Parallel()
	s := setup(t)
	name := s.firstSnapshot(t)
	s.catalog = []*snapshotv1.Snapshot{
		{Dataset: ask().GetDataset(), Snapshot: name, AsOf: "2024-01-31", Rows: 5, Table: &stepv1.Relation{Schema: "public", Name: name}},
		{Dataset: ask().GetDataset(), Snapshot: name, AsOf: "2023-12-31", Rows: 4, Table: &stepv1.Relation{Schema: "public", Name: name}},
	}

	s.did(t, correcting())
	s.did(t, ask())

	require.Len(t, s.staged, 2)
	require.Equal(t, "2024-01-31", s.staged[0].GetEarlier()[0].GetAsOf())
	require.EqualValues(t, 5, s.staged[0].GetEarlier()[0].GetRows())
	require.Equal(t, "2023-12-31", s.staged[1].GetEarlier()[0].GetAsOf())
}

// A stamp that failed for good after its publish leaves history behind: the same files
// again are not unchanged then.
func TestTheSameFilesAreStampedWhereHistoryIsBehind(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.did(t, ask())
	s.on("Stamp", func(_ context.Context, n int) (bool, error) {
		if n == 2 {
			return false, problem.New(problem.SnapshotTableDiffers, "a table was changed")
		}
		return false, nil
	})
	second := s.did(t, correcting())
	requireState(t, second, failed)
	s.delivers = func(b *ingestv1.Batch) {
		if b.GetRun() != second.GetId() && len(s.staged) == 3 {
			b.SameAs, b.Origin, b.Tables = second.GetBatch(), second.GetBatch(), nil
		}
	}

	third := s.did(t, correcting())

	requireState(t, third, succeeded)
	require.False(t, third.GetUnchanged())
	require.Contains(t, third.GetSteps()[0].GetSummary(), "staged again although the files are known, since history lacks them")
	require.NotEqual(t, first.GetBatch(), s.stampedFrom[ask().GetDataset()+" 2024-01-31"])
	require.Equal(t, third.GetBatch(), s.stampedFrom[ask().GetDataset()+" 2024-01-31"])
}
