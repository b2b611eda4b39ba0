package orchestrator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestTheSameFilesAgainChangeNothing(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		req  *orchestratorv1.StartRunRequest
		want []string
	}{
		"full": {ask(), []string{"STAGE SUCCEEDED 1", "VALIDATE SKIPPED 0", "PUBLISH SUCCEEDED 1", "STAMP SKIPPED 0"}},
		"plan": {plan(), []string{"STAGE SUCCEEDED 1", "VALIDATE SKIPPED 0", "PLAN SKIPPED 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			first := s.did(t, ask())
			s.delivers = func(b *ingestv1.Batch) { b.SameAs, b.Tables = first.GetBatch(), nil }

			r := s.did(t, tc.req)

			requireState(t, r, succeeded)
			require.True(t, r.GetUnchanged())
			require.Equal(t, tc.want, steps(r))
			require.Equal(t, "unchanged: the files are those of batch "+first.GetBatch()+"; rows edited by hand are looked for with --restage", r.GetSteps()[0].GetSummary())
			require.Equal(t, []bool{name == "plan"}, []bool{s.made("CheckStamped")[1].LookOnly}, "a plan changes nothing")
			require.Len(t, s.made("Validate", "Prepare", "Stamp"), 3, "those of the first run")
			require.Empty(t, s.made("DiscardPrepared"))
		})
	}
}

// What quality found in the files does not vanish because they are delivered again,
// however often.
func TestTheSameFilesAgainKeepTheirWarnings(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.finds(warning(problem.ExpectationsFailed, "odd"))
	last := s.did(t, ask())
	validation := last.GetValidation()
	for _, req := range []*orchestratorv1.StartRunRequest{ask(), ask(), plan()} {
		sameAs := last.GetBatch()
		s.delivers = func(b *ingestv1.Batch) {
			b.SameAs, b.Tables = sameAs, nil
			b.Findings = []*stepv1.Finding{warning(problem.StaleExtract, "stale")}
		}

		last = s.did(t, req)

		requireState(t, last, succeeded)
		require.True(t, last.GetUnchanged())
		require.Equal(t, []string{"stale", "odd"}, messages(last))
		require.Equal(t, validation, last.GetValidation())
	}
	require.Len(t, s.made("Validate"), 1)
}

func TestTheSameFilesAgainGoOnWithoutAValidation(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.finds(warning(problem.ExpectationsFailed, "odd"))
	first := s.did(t, ask())
	sameAs := first.GetBatch()
	s.delivers = func(b *ingestv1.Batch) { b.SameAs, b.Tables = sameAs, nil }
	s.forgets(first.GetValidation())
	forgotten := s.did(t, ask())
	sameAs = "bat_of_nobody"
	unknown := s.did(t, ask())

	for _, r := range []*orchestratorv1.Run{forgotten, unknown} {
		requireState(t, r, succeeded)
		require.True(t, r.GetUnchanged())
		require.Empty(t, r.GetValidation())
		require.Empty(t, messages(r))
	}
}

func TestAnUnchangedRunWaitsForQuality(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.finds(warning(problem.ExpectationsFailed, "odd"))
	first := s.did(t, ask())
	s.delivers = func(b *ingestv1.Batch) { b.SameAs, b.Tables = first.GetBatch(), nil }
	s.on("GetValidation", failing(1, away()))

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, []string{"odd"}, messages(r))
	require.Equal(t, "STAGE SUCCEEDED 2", steps(r)[0])
}

func TestTheSameFilesAreStagedAgainWhereAStampIsMissing(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.did(t, ask())
	s.delivers = func(b *ingestv1.Batch) { b.SameAs = first.GetBatch() }
	s.stamped["shop 2024-01-31"] = []string{"shop_users_snapshots"}

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.False(t, r.GetUnchanged())
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 1", "PUBLISH SUCCEEDED 1", "STAMP SUCCEEDED 1"}, steps(r))
	stages := s.made("Stage")
	require.Len(t, stages, 3)
	require.Equal(t, []bool{false, false, true}, []bool{stages[0].Force, stages[1].Force, stages[2].Force})
	require.Len(t, s.stamped["shop 2024-01-31"], 2)
}

func TestHistoryThatIsAttachedAgainIsSaid(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.did(t, ask())
	s.delivers = func(b *ingestv1.Batch) { b.SameAs, b.Tables = first.GetBatch(), nil }
	s.found["shop_users_snapshots"] = "its partition was detached, and is attached again"

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.True(t, r.GetUnchanged())
	require.Equal(t, "unchanged: the files are those of batch "+first.GetBatch()+"; rows edited by hand are looked for with --restage; shop_users_snapshots: its partition was detached, and is attached again",
		r.GetSteps()[0].GetSummary())
}

func TestHistoryThatIsGoneIsStagedForAndSaid(t *testing.T) {
	t.Parallel()
	for _, req := range []*orchestratorv1.StartRunRequest{ask(), plan()} {
		s := setup(t)
		first := s.did(t, ask())
		s.delivers = func(b *ingestv1.Batch) { b.SameAs = first.GetBatch() }
		s.stamped["shop 2024-01-31"] = nil
		s.found["shop_users_snapshots"] = "its partition is gone"

		r := s.did(t, req)

		requireState(t, r, succeeded)
		require.False(t, r.GetUnchanged())
		require.Contains(t, r.GetSteps()[0].GetSummary(), "; staged again although the files are known, since history lacks them: shop_users_snapshots: its partition is gone")
		require.True(t, s.made("Stage")[2].Force)
	}
}

func TestARestageStagesAndVerifiesWhateverTheFilesAre(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.did(t, ask())
	req := ask()
	req.Restage = true

	r := s.did(t, req)

	requireState(t, r, succeeded)
	require.NotEqual(t, first.GetId(), r.GetId())
	require.True(t, r.GetRestage())
	require.True(t, s.made("Stage")[1].Force)
	require.Equal(t, []bool{false, true}, []bool{s.made("Prepare")[0].Verify, s.made("Prepare")[1].Verify})
	require.Len(t, s.made("CheckStamped"), 2, "once by each publish, and not to tell whether anything is to do")
}
