package console

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// listed is how many rows a list shows on one page.
const listed = 100

// list serves a list: ask returns its table for a page token. Params are what it can be asked
// for besides a page.
func (c *Console) list(heading string, ask func(ctx context.Context, r *http.Request, token string) (table, error), params ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := onlyKnown(r, append(slices.Clone(params), "page_token")); err != nil {
			c.problem(w, r, err)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
		defer cancel()
		t, err := ask(ctx, r, r.URL.Query().Get("page_token"))
		if err != nil {
			c.problem(w, r, err)
			return
		}
		dataset := r.PathValue("dataset")
		title := heading
		if dataset != "" {
			title += " of " + dataset
		}
		t.ID = "list"
		view := sheet{page: page{Title: title}, Heading: heading, Tables: []table{t}, JSON: "/v1" + r.URL.Path}
		if dataset != "" {
			view.Facts = []fact{{"Dataset", datasetLink(dataset)}}
		}
		if len(t.Filters) > 0 {
			allowForm(w.Header())
		}
		c.render(w, r, http.StatusOK, sheetPage, view)
	}
}

// onlyKnown refuses a parameter that a list does not have: all that there is would be shown
// for a part of it.
func onlyKnown(r *http.Request, known []string) error {
	for _, name := range slices.Sorted(maps.Keys(r.URL.Query())) {
		if !slices.Contains(known, name) {
			last := len(known) - 1
			has := strings.TrimPrefix(strings.Join(known[:last], ", ")+" and "+known[last], " and ")
			return problem.New(problem.InvalidRequest, "%s has no parameter %s; it has %s", r.URL.Path, name, has)
		}
	}
	return nil
}

func (c *Console) runList(ctx context.Context, r *http.Request, token string) (table, error) {
	resp, err := c.services.Orchestrator.ListRuns(ctx, &orchestratorv1.ListRunsRequest{
		Dataset: r.URL.Query().Get("dataset"), PageSize: listed, PageToken: token,
	})
	t := table{
		Head:  heads("Run", "State", "Dataset", "as_of", "Mode", "Changes", "Queued", "#Took"),
		Empty: "No runs yet: sfctl run start --as-of DATE --source DIR", Next: pageOf(r, resp.GetNextPageToken()),
	}
	for _, run := range resp.GetRuns() {
		t.Rows = append(t.Rows, []entry{
			runLink(run.GetId()), marked(outcome(run), runKind(run)), datasetLink(run.GetDataset()), words(run.GetAsOf()),
			words(label(run.GetMode())), words(changes(run)), moment(run.GetCreatedAt()), figure(took(run.GetStartedAt(), run.GetEndedAt())),
		})
	}
	return t, err
}

// outcome is the state of a run, and why where it failed.
func outcome(r *orchestratorv1.Run) string {
	if r.GetReason() != "" {
		return failure(r)
	}
	return label(r.GetState())
}

func (c *Console) datasetList(ctx context.Context, r *http.Request, token string) (table, error) {
	resp, err := c.services.Orchestrator.ListDatasets(ctx, &orchestratorv1.ListDatasetsRequest{PageSize: listed, PageToken: token})
	t := table{
		Head:  heads("Dataset", "Description", "#Tables", "#Snapshots", "Version", "Registered", "By"),
		Empty: "No dataset is registered yet: sfctl dataset apply FILE", Next: pageOf(r, resp.GetNextPageToken()),
	}
	for _, v := range resp.GetVersions() {
		d := v.GetDataset()
		t.Rows = append(t.Rows, []entry{
			datasetLink(d.GetName()), words(d.GetDescription()), figure(prose.Number(int64(v.GetTables()))),
			figure(prose.Number(int64(v.GetSnapshots()))), code(short(v.GetVersion())), moment(v.GetCreatedAt()), words(v.GetRequestedBy()),
		})
	}
	return t, err
}

func (c *Console) batchList(ctx context.Context, r *http.Request, token string) (table, error) {
	resp, err := c.services.Ingest.ListBatches(ctx, &ingestv1.ListBatchesRequest{Dataset: r.PathValue("dataset"), PageSize: listed, PageToken: token})
	t := table{
		Head:  heads("Batch", "State", "as_of", "#Files", "#Rows", "Run", "Made"),
		Empty: "No batches yet.", Next: pageOf(r, resp.GetNextPageToken()),
	}
	for _, b := range resp.GetBatches() {
		rows := int64(0)
		for _, n := range b.GetCounts() {
			rows += n.GetRows()
		}
		t.Rows = append(t.Rows, []entry{
			batchLink(b.GetId()), marked(batchState(b), batchKind(b)), words(b.GetAsOf()), figure(prose.Number(int64(len(b.GetFiles())))),
			figure(prose.Number(rows)), runLink(b.GetRun()), moment(b.GetCreatedAt()),
		})
	}
	return t, err
}

func (c *Console) validationList(ctx context.Context, r *http.Request, token string) (table, error) {
	resp, err := c.services.Quality.ListValidations(ctx, &qualityv1.ListValidationsRequest{Dataset: r.PathValue("dataset"), PageSize: listed, PageToken: token})
	t := table{
		Head:  heads("Validation", "Result", "as_of", "#Held", "#Failed", "#Skipped", "Batch", "Ended"),
		Empty: "No validations yet.", Next: pageOf(r, resp.GetNextPageToken()),
	}
	for _, v := range resp.GetValidations() {
		s := v.GetStatistics()
		t.Rows = append(t.Rows, []entry{
			validationLink(v.GetId()), marked(passed(v)), words(v.GetAsOf()), figure(fmt.Sprint(s.GetSuccessfulExpectations())),
			figure(fmt.Sprint(s.GetUnsuccessfulExpectations())), figure(fmt.Sprint(s.GetSkippedExpectations())), batchLink(v.GetBatch()), moment(v.GetEndedAt()),
		})
	}
	return t, err
}

func (c *Console) revisionList(ctx context.Context, r *http.Request, token string) (table, error) {
	resp, err := c.services.Snapshot.ListRevisions(ctx, &snapshotv1.ListRevisionsRequest{Dataset: r.PathValue("dataset"), PageSize: listed, PageToken: token})
	t := table{
		Head:  heads("Snapshot", "as_of", "#Revision", "#Rows", "Known at", "Superseded at", "Why", "Changed", "Run", "Rows are in"),
		Empty: "No snapshots yet.", Next: pageOf(r, resp.GetNextPageToken()),
	}
	for _, s := range resp.GetRevisions() {
		t.Rows = append(t.Rows, []entry{
			words(s.GetSnapshot()), snapshotLink(s.GetDataset(), s.GetAsOf()), figure(fmt.Sprint(s.GetRevision())), figure(prose.Number(s.GetRows())),
			moment(s.GetKnownAt()), moment(s.GetSupersededAt()), words(why(s)), changedIn(s), runLink(s.GetRun()), rowsIn(s),
		})
	}
	t.mark(resp.GetRevisions(), snapshotMarks)
	return t, err
}

func (c *Console) restatementList(ctx context.Context, r *http.Request, token string) (table, error) {
	resp, err := c.services.Snapshot.ListRestatements(ctx, &snapshotv1.ListRestatementsRequest{Dataset: r.PathValue("dataset"), PageSize: listed, PageToken: token})
	t := table{
		Head:  heads("as_of", "Corrected at", "Why", "Asked for by", "Run", "Snapshot", "#Revision", "#Added", "#Removed", "#Changed", "Training sets on the one before", "Extracts laid over it"),
		Empty: "Nothing was corrected.", Next: pageOf(r, resp.GetNextPageToken()),
	}
	for _, one := range resp.GetRestatements() {
		for _, s := range one.GetSnapshots() {
			t.Rows = append(t.Rows, []entry{
				snapshotLink(one.GetDataset(), one.GetAsOf()), moment(one.GetKnownAt()), words(one.GetReason()), words(one.GetRequestedBy()), runLink(one.GetRun()),
				words(s.GetSnapshot()), figure(revision(s)), figure(prose.Number(s.GetAdded())), figure(prose.Number(s.GetRemoved())), figure(prose.Number(s.GetChanged())),
				words(builtOn(one, s.GetSnapshot())), words(joined(one.GetLaidOver())),
			})
		}
	}
	return t, err
}

// builtOn names the training sets that hold the superseded revision of a snapshot, and
// says where there are more than a restatement names.
func builtOn(r *snapshotv1.Restatement, snapshot string) string {
	var ids []string
	for _, b := range r.GetBuiltOn() {
		if slices.Contains(b.GetSnapshots(), snapshot) {
			ids = append(ids, b.GetTrainingSet())
		}
	}
	if more := r.GetBuiltOnCount() - int64(len(r.GetBuiltOn())); more > 0 {
		ids = append(ids, fmt.Sprintf("and others: %s in all", prose.Number(r.GetBuiltOnCount())))
	}
	return strings.Join(ids, ", ")
}

func (c *Console) snapshotList(ctx context.Context, r *http.Request, token string) (table, error) {
	resp, err := c.services.Snapshot.ListSnapshots(ctx, &snapshotv1.ListSnapshotsRequest{Dataset: r.PathValue("dataset"), PageSize: listed, PageToken: token})
	var held map[string]string
	if len(resp.GetSnapshots()) > 0 {
		held = c.dueAndKept(ctx, r.PathValue("dataset"))
	}
	t := snapshotTable(resp.GetSnapshots(), held)
	t.Empty, t.Next = "No snapshots yet.", pageOf(r, resp.GetNextPageToken())
	return t, err
}
