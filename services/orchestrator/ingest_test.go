package orchestrator_test

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// ingest answers for the ingest service.
type ingest struct {
	ingestv1.UnimplementedIngestServiceServer
	*world
}

func (i *ingest) Stage(req *ingestv1.StageRequest, stream grpc.ServerStreamingServer[ingestv1.StageResponse]) error {
	c := of("Stage", req.GetContext())
	c.Batch, c.AsOf, c.Force = req.GetBatch(), req.GetAsOf(), req.GetForce()
	progress := &stepv1.Progress{Table: req.GetDataset().GetTables()[0].GetName(), Phase: "copy", BytesDone: 50, BytesTotal: 100}
	if err := stream.Send(&ingestv1.StageResponse{Message: &ingestv1.StageResponse_Progress{Progress: progress}}); err != nil {
		return err
	}
	if stop, err := i.enter(stream.Context(), c); stop {
		return err
	}
	b := &ingestv1.Batch{
		Id: req.GetBatch(), Dataset: c.Dataset, AsOf: req.GetAsOf(), Source: req.GetSource(),
		DatasetVersion: req.GetDatasetVersion(), State: ingestv1.BatchState_BATCH_STATE_STAGED,
	}
	for _, t := range req.GetDataset().GetTables() {
		b.Counts = append(b.Counts, &stepv1.TableCounts{Table: t.GetName(), Rows: 7043, Bytes: 100})
		b.Tables = append(b.Tables, &stepv1.DeliveredTable{
			Table: t.GetName(), HasHeader: true, Header: []string{"id"},
			Candidate: &stepv1.Candidate{Table: t.GetName(), Rows: 7043, Relation: &stepv1.Relation{Schema: "sf_staging", Name: t.GetName()}},
		})
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.staged = append(i.staged, proto.CloneOf(req))
	if i.delivers != nil {
		i.delivers(b)
	}
	if req.GetForce() {
		b.SameAs = ""
	}
	i.batches[b.GetId()] = b
	return stream.Send(&ingestv1.StageResponse{Message: &ingestv1.StageResponse_Result{
		Result: &ingestv1.StageResult{Batch: proto.CloneOf(b)},
	}})
}

func (i *ingest) Publish(req *ingestv1.PublishRequest, stream grpc.ServerStreamingServer[ingestv1.PublishResponse]) error {
	c := of("Publish", req.GetContext())
	c.Batch = req.GetBatch()
	stop, err := i.enter(stream.Context(), c)
	if stop {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	b := i.batches[req.GetBatch()]
	if b.GetState() == ingestv1.BatchState_BATCH_STATE_DISCARDED {
		return problem.New(problem.BatchRejected, "batch %s is discarded", b.GetId())
	}
	r := &ingestv1.PublishResult{AlreadyPublished: b.GetState() == ingestv1.BatchState_BATCH_STATE_PUBLISHED}
	b.State = ingestv1.BatchState_BATCH_STATE_PUBLISHED
	if i.backfills {
		b.State = ingestv1.BatchState_BATCH_STATE_BACKFILLED
	}
	for _, count := range b.GetCounts() {
		count.Inserted = count.GetRows()
	}
	if err != nil {
		return err // the answer is lost, the work is done
	}
	r.Batch = proto.CloneOf(b)
	return stream.Send(&ingestv1.PublishResponse{Message: &ingestv1.PublishResponse_Result{Result: r}})
}

func (i *ingest) Plan(req *ingestv1.PlanRequest, stream grpc.ServerStreamingServer[ingestv1.PlanResponse]) error {
	c := of("Plan", req.GetContext())
	c.Batch = req.GetBatch()
	if stop, err := i.enter(stream.Context(), c); stop {
		return err
	}
	r := &ingestv1.PlanResult{}
	for _, t := range req.GetDataset().GetTables() {
		r.Counts = append(r.Counts, &stepv1.TableCounts{Table: t.GetName(), Rows: 7043, Inserted: 43, Updated: 1000, Unchanged: 6000})
	}
	return stream.Send(&ingestv1.PlanResponse{Message: &ingestv1.PlanResponse_Result{Result: r}})
}

func (i *ingest) Discard(ctx context.Context, req *ingestv1.DiscardRequest) (*ingestv1.DiscardResponse, error) {
	c := of("DiscardStaging", req.GetContext())
	c.Batch = req.GetBatch()
	if stop, err := i.enter(ctx, c); stop {
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	b := i.batches[req.GetBatch()]
	if s := b.GetState(); b != nil && s != ingestv1.BatchState_BATCH_STATE_PUBLISHED && s != ingestv1.BatchState_BATCH_STATE_BACKFILLED {
		b.State = ingestv1.BatchState_BATCH_STATE_DISCARDED
	}
	return &ingestv1.DiscardResponse{}, nil
}

func (i *ingest) GetBatch(ctx context.Context, req *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	if stop, err := i.enter(ctx, call{Method: "GetBatch", Batch: req.GetBatch()}); stop {
		return nil, err
	}
	b := i.batch(req.GetBatch())
	if b == nil {
		return nil, problem.New(problem.BatchNotFound, "no batch %s", req.GetBatch())
	}
	return &ingestv1.GetBatchResponse{Batch: b}, nil
}

// holds lets the world hold a batch that was staged before, and nothing else.
func (w *world) holds(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batches = map[string]*ingestv1.Batch{id: {
		Id: id, State: ingestv1.BatchState_BATCH_STATE_STAGED,
		Tables: []*stepv1.DeliveredTable{{
			Table: "shop_users", HasHeader: true,
			Candidate: &stepv1.Candidate{Table: "shop_users", Rows: 7043, Relation: &stepv1.Relation{Schema: "sf_staging", Name: "c"}},
		}},
	}}
}

func (i *ingest) Expand(ctx context.Context, req *ingestv1.ExpandRequest) (*ingestv1.ExpandResponse, error) {
	c := of("ExpandLive", req.GetContext())
	c.Rewrite, c.LookOnly = req.GetRewrite(), req.GetLookOnly()
	if stop, err := i.enter(ctx, c); stop {
		return nil, err
	}
	return &ingestv1.ExpandResponse{Altered: i.grows["live"]}, nil
}
