package e2e

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// declaring is the built-in dataset with what becomes of erased keys.
func declaring(what datasetv1.ErasedKeys) *datasetv1.Dataset {
	d := builtin.Streamflow()
	d.ErasedKeys = what
	return d
}

// Where the dataset refuses keys that were erased, no delivery with one gets in, of whatever
// date; without them it does. Which key it was is in no table: its hash is made with a key
// that is in no database.
func TestErasedKeysAreRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, declaring(datasetv1.ErasedKeys_ERASED_KEYS_REFUSE))
	january, february := extract.Sample(t, 20)
	s.succeed(t, extract.January, withStrangers(t, january, 2))
	s.erased(t, "stranger-0")
	require.Equal(t, []string{"1|8"}, s.rows(t, "select count(*), max(length(key_id)) from sf_ingest.erased"))

	for asOf, dir := range map[string]string{extract.January: withStrangers(t, january, 2), extract.February: withStrangers(t, february, 1)} {
		run := s.run(t, asOf, dir)
		require.Equal(t, string(problem.ErasedKeysReturned), run.GetReason(), "%s: %s", asOf, run.GetMessage())
		f := findingOf(run, problem.ErasedKeysReturned)
		require.Equal(t, datasetv1.Severity_SEVERITY_CRITICAL, f.GetSeverity())
		require.EqualValues(t, 22, f.GetRows()[0].GetLine())
	}
	s.verified(t)
	s.succeed(t, extract.February, february)
}

// Where it drops them, they are left out with all that refers to them: a redelivery is what the
// erase left of its date, and a later one has no row of them.
func TestErasedKeysAreDropped(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, declaring(datasetv1.ErasedKeys_ERASED_KEYS_DROP))
	january, february := extract.Sample(t, 20)
	first := withStrangers(t, january, 3)
	s.succeed(t, extract.January, first)
	s.erased(t, "stranger-0", "stranger-2")
	before := s.state(t)

	again := s.succeed(t, extract.January, first)

	require.Equal(t, before, s.state(t), "nothing has changed")
	dropped := 0
	for _, f := range again.GetFindings() {
		if f.GetReason() == string(problem.ErasedKeysReturned) {
			require.Equal(t, datasetv1.Severity_SEVERITY_INFO, f.GetSeverity())
			require.EqualValues(t, 2, f.GetCount(), f.GetMessage())
			dropped++
		}
	}
	require.Equal(t, 6, dropped, "two rows of every table: %v", again.GetFindings())
	plan := s.runMode(t, extract.February, withStrangers(t, february, 3), orchestratorv1.RunMode_RUN_MODE_PLAN)
	require.EqualValues(t, 2, findingOf(plan, problem.ErasedKeysReturned).GetCount(), "a plan tells it")
	s.succeed(t, extract.February, withStrangers(t, february, 3))
	require.Equal(t, []string{"stranger-1"}, s.rows(t, "select user_id from public.users where user_id like 'stranger-%'"))
	for _, key := range []string{"stranger-0", "stranger-2"} {
		require.Empty(t, s.holding(t, key))
	}
	s.verified(t)
}
