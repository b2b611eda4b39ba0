package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
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

// readmit takes users back from the erased ones.
func (s *suite) readmit(t *testing.T, reason string, users ...string) (*ingestv1.ReadmitKeysResponse, error) {
	t.Helper()
	req := &ingestv1.ReadmitKeysRequest{Dataset: "streamflow", Table: "users", Reason: reason, RequestedBy: "e2e"}
	for _, u := range users {
		req.Keys = append(req.Keys, &stepv1.EraseKey{Values: []string{u}})
	}
	return s.ingest.ReadmitKeys(t.Context(), req)
}

// Somebody who was erased and comes back is let in by name of the key alone: others stay out,
// and neither the tables nor the audit log say who it was.
func TestAnErasedKeyIsLetInAgain(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, declaring(datasetv1.ErasedKeys_ERASED_KEYS_REFUSE))
	january, february := extract.Sample(t, 20)
	s.succeed(t, extract.January, withStrangers(t, january, 3))
	s.erased(t, "stranger-0", "stranger-1")
	back := withStrangers(t, february, 1)
	require.Equal(t, string(problem.ErasedKeysReturned), s.run(t, extract.February, back).GetReason())

	_, err := s.readmit(t, "stranger-0 signed up", "stranger-0")
	require.True(t, problem.Is(err, problem.InvalidRequest), "a reason that names somebody: %v", err)
	_, err = s.db.Exec(t.Context(), "update sf_ingest.erased set key_id = 'x' || key_id")
	require.NoError(t, err)
	_, err = s.readmit(t, asked, "stranger-0")
	require.True(t, problem.Is(err, problem.PersonalKeyMissing), "%v", err)
	_, err = s.db.Exec(t.Context(), "update sf_ingest.erased set key_id = substr(key_id, 2)")
	require.NoError(t, err)
	bin := buildSfctl(t)
	out, code := s.sfctl(t, bin, "dataset", "readmit", "--table", "users", "--key", "stranger-404", "--key", "stranger-0", "--reason", asked)
	require.Zero(t, code, out)
	require.Equal(t, "1 key of users may be delivered again; 1 key not among the erased ones: number 1\n", out)
	again, err := s.readmit(t, asked, "stranger-0")
	require.NoError(t, err)
	require.Zero(t, again.GetReadmitted(), "it is done once")

	require.Equal(t, string(problem.ErasedKeysReturned), s.run(t, extract.February, withStrangers(t, february, 2)).GetReason(), "the other stays out")
	s.succeed(t, extract.February, back)
	require.Equal(t, []string{"stranger-0", "stranger-2"}, s.rows(t, "select user_id from public.users where user_id like 'stranger-%' order by 1"))
	require.Equal(t, []string{"users|1|e2e|" + asked}, s.rows(t, "select table_name, keys, requested_by, reason from sf_ingest.readmission"))
	for _, table := range s.holding(t, "stranger-0") {
		require.True(t, slices.ContainsFunc(dataTables, func(name string) bool { return strings.HasPrefix(table, name) }), "%s names it", table)
	}
	log, code := s.sfctl(t, bin, "audit", "list", "--what", "ReadmitKeys", "-o", "wide")
	require.Zero(t, code, log)
	require.Contains(t, log, "table=users keys=2")
	require.NotContains(t, log, "stranger")
}
