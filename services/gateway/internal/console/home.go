package console

import (
	"context"
	"net/http"

	"golang.org/x/sync/errgroup"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/access"
)

// What the first page asks for. It is an overview: the REST interface pages through
// the rest, and the page says where it stops.
const (
	maxDatasets    = 100
	maxRuns        = 20
	maxBoardRuns   = 500
	maxBatches     = 500
	maxValidations = 500
	maxSnapshots   = 1000
	// boardsAtOnce is of how many datasets the services are asked at once, four calls
	// each; what they hold of one is dropped as soon as its board is made.
	boardsAtOnce = 2
)

type homeView struct {
	page
	Troubles []trouble
	Boards   []board
	Runs     []*orchestratorv1.Run
}

func (c *Console) home(w http.ResponseWriter, r *http.Request) {
	look := func() overview { return c.look(r.Context()) }
	if who := access.From(r.Context()); who != nil && !who.All {
		// What they see is theirs alone, and not what the others share.
		made := look()
		c.render(w, r, made.status, homePage, made.view)
		return
	}
	made := c.overview.get(look)
	c.render(w, r, made.status, homePage, made.view)
}

// overview is the first page, as it is shown.
type overview struct {
	view   homeView
	status int
}

// look asks the services for what the first page shows. Others wait for it as well, so
// that it goes on where the one that asked first has gone.
func (c *Console) look(ctx context.Context) overview {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), pageTimeout)
	defer cancel()
	var t troubles
	view := homeView{page: page{Title: "as_of board and runs"}}
	versions, runs := c.registry(ctx, &t)
	view.Runs = runs
	view.Boards = c.boards(ctx, versions, &t)
	view.Troubles = t.list()
	return overview{view, t.status()}
}

// registry asks the orchestrator for the datasets and the newest runs.
func (c *Console) registry(ctx context.Context, t *troubles) ([]*orchestratorv1.DatasetVersion, []*orchestratorv1.Run) {
	datasets, err := c.services.Orchestrator.ListDatasets(ctx, &orchestratorv1.ListDatasetsRequest{PageSize: maxDatasets})
	if t.note("orchestrator", err) {
		return nil, nil
	}
	runs, err := c.services.Orchestrator.ListRuns(ctx, &orchestratorv1.ListRunsRequest{PageSize: maxRuns})
	t.note("orchestrator", err)
	return datasets.GetVersions(), runs.GetRuns()
}

// boards asks the services for what they hold of each dataset.
func (c *Console) boards(ctx context.Context, versions []*orchestratorv1.DatasetVersion, t *troubles) []board {
	boards := make([]board, len(versions))
	var g errgroup.Group
	g.SetLimit(boardsAtOnce)
	for i, v := range versions {
		g.Go(func() error { boards[i] = newBoard(c.held(ctx, v, t)); return nil })
	}
	_ = g.Wait() // the calls note their own troubles
	return boards
}

// held asks the services for what they hold of one dataset.
func (c *Console) held(ctx context.Context, v *orchestratorv1.DatasetVersion, t *troubles) holding {
	h := holding{dataset: v}
	name := v.GetDataset().GetName()
	var g errgroup.Group
	for _, ask := range []func(context.Context, string, *holding, *troubles){c.runs, c.batches, c.validations, c.snapshots} {
		g.Go(func() error { ask(ctx, name, &h, t); return nil })
	}
	_ = g.Wait()
	return h
}

// runs asks for the runs of a dataset: the newest ones of all datasets, which the page
// lists, may hold none of it. Without them a board goes by what the others hold.
func (c *Console) runs(ctx context.Context, dataset string, h *holding, t *troubles) {
	resp, err := c.services.Orchestrator.ListRuns(ctx, &orchestratorv1.ListRunsRequest{Dataset: dataset, PageSize: maxBoardRuns})
	t.note("orchestrator", err)
	h.runs = resp.GetRuns()
}

func (c *Console) batches(ctx context.Context, dataset string, h *holding, t *troubles) {
	resp, err := c.services.Ingest.ListBatches(ctx, &ingestv1.ListBatchesRequest{Dataset: dataset, PageSize: maxBatches})
	h.noBatches = t.note("ingest", err)
	h.batches, h.moreBatches = resp.GetBatches(), resp.GetNextPageToken() != ""
}

func (c *Console) validations(ctx context.Context, dataset string, h *holding, t *troubles) {
	resp, err := c.services.Quality.ListValidations(ctx, &qualityv1.ListValidationsRequest{Dataset: dataset, PageSize: maxValidations})
	h.noValidations = t.note("quality", err)
	h.validations = resp.GetValidations()
}

func (c *Console) snapshots(ctx context.Context, dataset string, h *holding, t *troubles) {
	resp, err := c.services.Snapshot.ListSnapshots(ctx, &snapshotv1.ListSnapshotsRequest{Dataset: dataset, PageSize: maxSnapshots})
	h.noSnapshots = t.note("snapshot", err)
	h.snapshots, h.moreSnapshots = resp.GetSnapshots(), resp.GetNextPageToken() != ""
}
