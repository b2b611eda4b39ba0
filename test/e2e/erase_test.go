package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/test/extract"
)

const asked = "ticket 4711"

// erase erases users, or says what it would take.
func (s *suite) erase(t *testing.T, mode orchestratorv1.RunMode, users ...string) *orchestratorv1.Run {
	t.Helper()
	req := &orchestratorv1.StartRunRequest{Dataset: "streamflow", Mode: mode, Reason: asked, RequestedBy: "e2e"}
	for _, u := range users {
		req.EraseKeys = append(req.EraseKeys, &stepv1.EraseKey{Values: []string{u}})
	}
	r, err := s.orchestrator.StartRun(t.Context(), req)
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

func (s *suite) erased(t *testing.T, users ...string) *orchestratorv1.Run {
	t.Helper()
	run := s.erase(t, orchestratorv1.RunMode_RUN_MODE_ERASE, users...)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, run.GetState(), "%s: %s", run.GetReason(), run.GetMessage())
	return run
}

// holding names every table of the database that holds a text, whosever it is.
func (s *suite) holding(t *testing.T, text string) []string {
	t.Helper()
	var in []string
	for _, table := range s.rows(t, `select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
		where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1`) {
		n := s.rows(t, "select count(*) from "+table+" r where strpos(r::text, $1) > 0", text)[0]
		if n != "0" {
			in = append(in, table+" "+n)
		}
	}
	return in
}

// from sums what a run lists of one kind of place.
func from(run *orchestratorv1.Run, of stepv1.ErasedFrom) (n int64) {
	for _, r := range run.GetErased() {
		if r.GetFrom() == of {
			n += r.GetRows()
		}
	}
	return n
}

func findingOf(run *orchestratorv1.Run, reason problem.Reason) *stepv1.Finding {
	for _, f := range run.GetFindings() {
		if f.GetReason() == string(reason) {
			return f
		}
	}
	return nil
}

// trained builds the declared training set of January and returns its id.
func (s *suite) trained(t *testing.T) string {
	t.Helper()
	v, err := s.orchestrator.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "streamflow"})
	require.NoError(t, err)
	stream, err := s.snapshot.BuildTrainingSet(t.Context(), &snapshotv1.BuildTrainingSetRequest{
		Dataset: "streamflow", Declaration: v.GetVersion().GetDataset(), DatasetVersion: v.GetVersion().GetVersion(), TrainingSet: "churn", Waive: []string{"LABEL_COVERAGE_LOW", "FEATURE_LIFT_HIGH"},
		AsOf: &datasetv1.AsOfDates{Dates: []string{extract.January}}, RequestedBy: "e2e",
	})
	require.NoError(t, err)
	for {
		m, err := stream.Recv()
		require.NoError(t, err)
		if r := m.GetResult(); r != nil {
			return r.GetId()
		}
	}
}

func (s *suite) verified(t *testing.T) {
	t.Helper()
	stream, err := s.snapshot.Verify(t.Context(), &snapshotv1.VerifyRequest{Dataset: "streamflow", Superseded: true})
	require.NoError(t, err)
	for {
		m, err := stream.Recv()
		if err != nil {
			require.ErrorContains(t, err, "EOF")
			return
		}
		if r := m.GetRevision(); r != nil {
			require.Equal(t, snapshotv1.RevisionState_REVISION_STATE_INTACT, r.GetState(), "%v", r)
		}
	}
}

// A user who was delivered twice, corrected, listed by findings, restatements and a
// training set is erased: no table of the database holds the key any more, history verifies
// by its new hashes, and what was built on it says what became of it.
func TestAUserIsErasedEverywhere(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Sample(t, 40)
	first, second := withStrangers(t, january, 3), withStrangers(t, february, 3)
	doubtful := extract.Copy(t, first)
	extract.Edit(t, doubtful, "labels.csv", func(lines []string) []string {
		return append(lines, lines[len(lines)-1]) // stranger-2, twice
	})
	s.run(t, extract.January, doubtful)
	s.succeed(t, extract.January, first)
	s.succeed(t, extract.February, second)
	corrected := extract.Copy(t, second)
	for i := range 3 {
		extract.SetField(t, corrected, "subscriptions.csv", 42+i, "monthly_fee", fmt.Sprint(31+i))
	}
	s.supersede(t, extract.February, corrected, orchestratorv1.RunMode_RUN_MODE_FULL)
	set := s.trained(t)
	before := s.rows(t, "select snapshot, as_of, revision, rows, content_hash from sf_snapshot.catalog order by 1, 2, 3")
	holding := s.holding(t, "stranger-2")
	require.NotEmpty(t, holding)
	one := s.rows(t, "select count(*) from public.users")[0]

	plan := s.erase(t, orchestratorv1.RunMode_RUN_MODE_ERASE_PLAN, "stranger-2")

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, plan.GetState(), plan.GetMessage())
	require.Equal(t, holding, s.holding(t, "stranger-2"), "a plan changes nothing")
	require.Equal(t, before, s.rows(t, "select snapshot, as_of, revision, rows, content_hash from sf_snapshot.catalog order by 1, 2, 3"))

	done := s.erased(t, "stranger-2")

	require.Empty(t, s.holding(t, "stranger-2"), "nowhere")
	require.NotEmpty(t, s.holding(t, "stranger-1"), "the others are there")
	require.NotEqual(t, one, s.rows(t, "select count(*) from public.users")[0])
	for _, of := range []stepv1.ErasedFrom{stepv1.ErasedFrom_ERASED_FROM_LIVE, stepv1.ErasedFrom_ERASED_FROM_REVISION, stepv1.ErasedFrom_ERASED_FROM_RESTATEMENT} {
		require.Positive(t, from(done, of), "%v", of)
		require.Equal(t, from(plan, of), from(done, of), "%v: as planned", of)
	}
	require.EqualValues(t, 6, from(done, stepv1.ErasedFrom_ERASED_FROM_LIVE), "a row of each live table")
	s.verified(t)
	require.Equal(t, s.rows(t, `select format('%s|%s|%s', snapshot, as_of, revision) from sf_snapshot.catalog order by 1`),
		s.rows(t, `select format('%s|%s|%s', snapshot, as_of, revision) from sf_snapshot.erasure e
			where rows_before = rows_after + 1 and requested_by = 'e2e' and reason = '`+asked+`' and run = '`+done.GetId()+`' order by 1`))
	sources := findingOf(done, problem.SourcesHoldKeys)
	require.NotNil(t, sources)
	for _, source := range []string{first, second, corrected} {
		require.Contains(t, sources.GetMessage(), source)
	}
	changed, err := s.snapshot.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{TrainingSet: set})
	require.NoError(t, err)
	require.Equal(t, "ERASED_SINCE", changed.GetReason())
	require.EqualValues(t, len(changed.GetDifferences()), changed.GetErasedRows())
	require.Contains(t, changed.GetDifferences()[0], "1 row was erased")
}

// Nothing is left to do the second time, and a key that is nowhere is said by its place.
func TestAKeyIsErasedTwiceAndAnotherIsNowhere(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Sample(t, 20)
	s.succeed(t, extract.January, withStrangers(t, january, 2))
	s.erased(t, "stranger-1")

	again := s.erased(t, "stranger-0", "stranger-1", "nobody")

	f := findingOf(again, problem.KeysNotFound)
	require.NotNil(t, f)
	require.EqualValues(t, 2, f.GetCount())
	require.Contains(t, f.GetMessage(), "number 2, number 3")
	require.NotContains(t, again.String(), "nobody")
	require.Empty(t, s.holding(t, "nobody"))
	require.EqualValues(t, 6, from(again, stepv1.ErasedFrom_ERASED_FROM_LIVE))
	s.verified(t)
}

// The same files again hold a key that was erased: they are not called unchanged, a warning
// names the line, and history is not changed in silence.
func TestAnErasedKeyComesBack(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Sample(t, 20)
	january = withStrangers(t, january, 1)
	s.succeed(t, extract.January, january)
	s.erased(t, "stranger-0")

	same := s.run(t, extract.January, january)

	require.Equal(t, "SNAPSHOT_DIFFERS", same.GetReason(), same.GetMessage())
	require.Equal(t, string(problem.ErasedKeysReturned), same.GetFindings()[0].GetReason(), "said first")
	require.NotContains(t, same.String(), "stranger-0")
	differs := findingOf(same, problem.SnapshotDiffers)
	require.Contains(t, differs.GetMessage(), "rows that were erased have come back")
	require.NotContains(t, differs.GetAction()+same.GetMessage(), "supersede")
	f := findingOf(same, problem.ErasedKeysReturned)
	require.NotNil(t, f, "%v", same.GetFindings())
	require.EqualValues(t, 22, f.GetRows()[0].GetLine())
	require.Empty(t, f.GetRows()[0].GetKey())
	s.verified(t)
	s.succeed(t, extract.February, february)
	require.Nil(t, findingOf(s.run(t, extract.February, february), problem.ErasedKeysReturned))
}

// Over REST, with the keys in the body; the page tells what went.
func TestErasingOverREST(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, _ := extract.Sample(t, 20)
	s.succeed(t, extract.January, withStrangers(t, january, 1))
	url := "http://" + s.HTTPAddr() + "/v1/datasets/streamflow/runs"
	headers := map[string]string{"Content-Type": "application/json"}

	refused := s.http(t, http.MethodPost, url, `{"mode": "erase", "erase_keys": [{"values": ["a", "b"]}], "reason": "r", "requested_by": "me"}`, headers)
	require.Equal(t, 202, refused.code, refused.body)
	no := s.http(t, http.MethodPost, url, `{"mode": "erase", "erase_keys": [{"values": ["stranger-0"]}], "requested_by": "me"}`, headers)
	require.Equal(t, 400, no.code)
	require.Contains(t, no.body, "reason")
	started := s.http(t, http.MethodPost, url, `{"mode": "erase", "erase_table": "users", "erase_keys": [{"values": ["stranger-0"]}], "reason": "r", "requested_by": "me"}`, headers)
	require.Equal(t, 202, started.code, started.body)
	require.NotContains(t, started.body, "stranger-0", "the keys are not shown")
	_, after, found := strings.Cut(started.body, `"run_`)
	require.True(t, found, started.body)
	id, _, _ := strings.Cut("run_"+after, `"`)
	run := s.wait(t, id)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, run.GetState(), run.GetMessage())
	page := s.http(t, http.MethodGet, "http://"+s.HTTPAddr()+"/runs/"+id, "", nil)
	require.Contains(t, page.body, "users_snapshots")
	require.Equal(t, 200, s.http(t, http.MethodGet, "http://"+s.HTTPAddr()+"/datasets/streamflow", "", nil).code)
	require.Equal(t, 200, s.http(t, http.MethodGet, "http://"+s.HTTPAddr()+"/runs", "", nil).code)
}
