package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// guests is a small dataset with a history.
func guests(t *testing.T) *datasetv1.Dataset {
	t.Helper()
	d, mistakes := dataset.Read("guests.yaml", []byte(`
name: hotel
calendar: {period: month_end}
tables:
  - name: guests
    key: [id]
    columns: [{name: id, type: text}, {name: city, type: text}, {name: nights, type: integer}]
snapshots: [{name: guests_snapshots, from: guests}]
`))
	require.NoError(t, mistakes.Err())
	return d
}

func (s *suite) hotel(t *testing.T, content string) *orchestratorv1.Run {
	t.Helper()
	return s.guestsOf(t, "hotel", content)
}

func (s *suite) guestsOf(t *testing.T, name, content string) *orchestratorv1.Run {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "guests.csv"), []byte(content), 0o600))
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: name, AsOf: "2024-01-31", Source: dir, RequestedBy: "e2e",
	})
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

func (s *suite) refusedAtApply(t *testing.T, d *datasetv1.Dataset) *problem.Error {
	t.Helper()
	_, err := s.orchestrator.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: "e2e"})
	require.True(t, problem.Is(err, problem.DatasetRefused), "%v", err)
	return problem.FromError(err)
}

// The way of a dataset from its first version to its end, over all services.
func TestTheLifeOfADataset(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, guests(t))
	r := s.hotel(t, "id,city,nights\na,Oslo,1\nb,Rome,2\n")
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())

	// A column more is no obstacle: the next run adds it.
	wider := guests(t)
	wider.Tables[0].Columns = append(wider.Tables[0].Columns, &datasetv1.Column{Name: "mail", Type: "text", Optional: true})
	s.apply(t, wider)
	r = s.hotel(t, "id,city,nights,mail\na,Oslo,1,a@b\nb,Rome,2,\n")
	require.Equal(t, []string{"a|a@b"}, s.rows(t, "select id, mail from guests where mail is not null"), r.GetMessage())

	// A column is dropped, and rows have values in it.
	narrower := guests(t)
	narrower.Tables[0].Columns = append(narrower.Tables[0].Columns[:1:1], wider.Tables[0].Columns[2:]...)
	p := s.refusedAtApply(t, narrower)
	require.Len(t, p.Violations, 1)
	require.Equal(t, "table guests, column city", p.Violations[0].Subject)
	require.Contains(t, p.Violations[0].Description, `alter table "public"."guests" drop column "city"`)
	require.Contains(t, p.Violations[0].Description, "or declare other names for what is taken from it (guests_snapshots), whose history begins anew, and drop it yourself from the live table")
	require.Equal(t, 1, strings.Count(p.Violations[0].Description, "drop column"), "nobody is told to drop what was stamped")

	// Another key, another schema.
	rekeyed := guests(t)
	rekeyed.Tables[0].Columns = wider.Tables[0].Columns
	rekeyed.Tables[0].Key = []string{"id", "city"}
	p = s.refusedAtApply(t, rekeyed)
	require.Equal(t, "table guests, key", p.Violations[0].Subject)
	require.Contains(t, p.Violations[0].Description, "(id) → (id, city): rows that are there were told apart by the other key")
	moved := guests(t)
	moved.Tables[0].Columns, moved.Schema = wider.Tables[0].Columns, "elsewhere"
	p = s.refusedAtApply(t, moved)
	require.Equal(t, "dataset", p.Violations[0].Subject)
	require.Contains(t, p.Violations[0].Description, "schema public → elsewhere")
	current, err := s.orchestrator.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "hotel"})
	require.NoError(t, err)
	require.Equal(t, dataset.Hash(wider), current.GetVersion().GetVersion(), "what is refused changes nothing")

	// What was said, done by hand, lets the version through, and its runs.
	s.rows(t, `alter table "public"."guests" drop column "city"`)
	narrower.Snapshots[0].Name = "lean_snapshots"
	s.apply(t, narrower)
	diff, err := s.orchestrator.DiffDataset(t.Context(), &orchestratorv1.DiffDatasetRequest{Dataset: "hotel"})
	require.NoError(t, err)
	require.Len(t, diff.GetChanges(), 3, "the column, a snapshot more and one less")
	require.Equal(t, "city", diff.GetChanges()[0].GetName())
	require.Equal(t, orchestratorv1.ChangeClass_CHANGE_CLASS_METADATA, diff.GetChanges()[0].GetClass(), "it is done")

	// It has rows, and is kept until they may stay behind.
	_, err = s.orchestrator.DeleteDataset(t.Context(), &orchestratorv1.DeleteDatasetRequest{Dataset: "hotel", RequestedBy: "e2e"})
	require.True(t, problem.Is(err, problem.DatasetInUse), "%v", err)
	require.ErrorContains(t, err, "public.guests holds live rows; public.guests_snapshots holds history")
	_, err = s.orchestrator.DeleteDataset(t.Context(), &orchestratorv1.DeleteDatasetRequest{Dataset: "hotel", KeepTables: true, RequestedBy: "e2e"})
	require.NoError(t, err)
	require.Equal(t, []string{"2|2"}, s.rows(t, "select (select count(*) from guests), (select count(*) from guests_snapshots)"))

	// An heir may have the live table, and not the history.
	heir := guests(t)
	heir.Name, heir.Tables[0].Columns = "heir", narrower.Tables[0].Columns
	p = s.refusedAtApply(t, heir)
	require.Len(t, p.Violations, 1)
	require.Contains(t, p.Violations[0].Description, "is a table of dataset hotel (stamped as_of 2024-01-31 to 2024-01-31), which was deleted and left its tables")
	require.Contains(t, p.Violations[0].Description, "take other names, or apply dataset hotel again, which goes on with them")
	heir.Snapshots[0].Name = "heirs_snapshots"
	s.apply(t, heir)
	require.Equal(t, []string{"0|0"}, s.rows(t, "select (select count(*) from sf_ingest.table_owner), (select count(*) from sf_snapshot.table_owner)"),
		"what the dataset published into first is nobody's by now")
	r = s.guestsOf(t, "heir", "id,nights,mail\na,3,\nb,2,\n")
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), r.GetMessage())
	require.Equal(t, []string{"guests|heir"}, s.rows(t, "select table_name, dataset from sf_ingest.table_owner"))
}

// What a deletion that keeps tables says of them is so: another dataset goes on with the
// live table, under other names for its snapshots, and the deleted one, once the name is free
// again, with all of it.
func TestTablesThatADeletionKept(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const rows = "id,city,nights\na,Oslo,1\nb,Rome,2\n"
	s.apply(t, guests(t))
	requireSucceeded(t, s.hotel(t, rows))
	remove := func(name string) {
		_, err := s.orchestrator.DeleteDataset(t.Context(), &orchestratorv1.DeleteDatasetRequest{Dataset: name, KeepTables: true, RequestedBy: "e2e"})
		require.NoError(t, err)
	}

	remove("hotel")
	heir := guests(t)
	heir.Name, heir.Snapshots[0].Name = "heir", "heirs_snapshots"
	s.apply(t, heir)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "guests.csv"), []byte("id,city,nights\na,Oslo,1\nb,Bern,3\n"), 0o600))
	started, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "heir", AsOf: "2024-01-31", Source: dir, RequestedBy: "e2e"})
	require.NoError(t, err)
	requireSucceeded(t, s.wait(t, started.GetRun().GetId()))
	require.Equal(t, []string{"2|2|2"}, s.rows(t, "select (select count(*) from guests), (select count(*) from heirs_snapshots), (select count(*) from guests_snapshots)"))

	remove("heir")
	s.apply(t, guests(t))
	again := s.hotel(t, rows)
	requireSucceeded(t, again)
	require.Equal(t, []string{"b|Rome|b|Rome"}, s.rows(t, "select g.id, g.city, s.id, s.city from guests g join guests_snapshots s using (id) where g.id = 'b'"), "live is what the dataset delivered again")
}

func TestASchemaThatIsMissingIsSaidAtApply(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := guests(t)
	d.Schema = "annex"

	p := s.refusedAtApply(t, d)

	require.Len(t, p.Violations, 2)
	require.Contains(t, p.Violations[0].Description, "start `sfctl dev` with --data-schema annex")
	require.Contains(t, p.Violations[1].Description, "start `sfctl dev` with --data-schema annex")
}

// A list of a dataset that is not there is no empty list, whichever service lists.
func TestListsOfADatasetThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, guests(t))
	for dataset, want := range map[string]problem.Reason{"hotel": "", "hotle": problem.DatasetNotFound} {
		_, runs := s.orchestrator.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{Dataset: dataset})
		_, versions := s.orchestrator.ListDatasetVersions(t.Context(), &orchestratorv1.ListDatasetVersionsRequest{Dataset: dataset})
		_, batches := s.ingest.ListBatches(t.Context(), &ingestv1.ListBatchesRequest{Dataset: dataset})
		_, validations := s.quality.ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: dataset})
		_, snapshots := s.snapshot.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: dataset})
		for name, err := range map[string]error{"runs": runs, "versions": versions, "batches": batches, "validations": validations, "snapshots": snapshots} {
			if want == "" {
				require.NoError(t, err, name)
				continue
			}
			require.True(t, problem.Is(err, want), "%s: %v", name, err)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.HTTPAddr()+"/v1/datasets/hotle/batches", nil)
	require.NoError(t, err)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	require.Equal(t, http.StatusNotFound, resp.StatusCode)
}
