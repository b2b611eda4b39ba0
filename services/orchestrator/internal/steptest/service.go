package steptest

import (
	"context"

	"google.golang.org/grpc"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

type ingest struct {
	ingestv1.UnimplementedIngestServiceServer
	*World
}

// batch is what ingest says of a batch that nothing was said of.
func batch(id string, state ingestv1.BatchState) *ingestv1.Batch {
	return &ingestv1.Batch{Id: id, State: state}
}

func (i *ingest) Stage(req *ingestv1.StageRequest, s grpc.ServerStreamingServer[ingestv1.StageResponse]) error {
	return stream(s.Context(), i.World, "Stage", req, batch(req.GetBatch(), ingestv1.BatchState_BATCH_STATE_STAGED), s.Send,
		func(p *stepv1.Progress) *ingestv1.StageResponse {
			return &ingestv1.StageResponse{Message: &ingestv1.StageResponse_Progress{Progress: p}}
		},
		func(b *ingestv1.Batch) *ingestv1.StageResponse {
			return &ingestv1.StageResponse{Message: &ingestv1.StageResponse_Result{Result: &ingestv1.StageResult{Batch: b}}}
		})
}

func (i *ingest) Publish(req *ingestv1.PublishRequest, s grpc.ServerStreamingServer[ingestv1.PublishResponse]) error {
	return stream(s.Context(), i.World, "Publish", req, batch(req.GetBatch(), ingestv1.BatchState_BATCH_STATE_PUBLISHED), s.Send,
		func(p *stepv1.Progress) *ingestv1.PublishResponse {
			return &ingestv1.PublishResponse{Message: &ingestv1.PublishResponse_Progress{Progress: p}}
		},
		func(b *ingestv1.Batch) *ingestv1.PublishResponse {
			return &ingestv1.PublishResponse{Message: &ingestv1.PublishResponse_Result{Result: &ingestv1.PublishResult{Batch: b}}}
		})
}

func (i *ingest) Plan(req *ingestv1.PlanRequest, s grpc.ServerStreamingServer[ingestv1.PlanResponse]) error {
	return stream(s.Context(), i.World, "Plan", req, &ingestv1.PlanResult{}, s.Send,
		func(p *stepv1.Progress) *ingestv1.PlanResponse {
			return &ingestv1.PlanResponse{Message: &ingestv1.PlanResponse_Progress{Progress: p}}
		},
		func(r *ingestv1.PlanResult) *ingestv1.PlanResponse {
			return &ingestv1.PlanResponse{Message: &ingestv1.PlanResponse_Result{Result: r}}
		})
}

func (i *ingest) GetBatch(ctx context.Context, req *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	b, err := unary(ctx, i.World, "GetBatch", req, batch(req.GetBatch(), ingestv1.BatchState_BATCH_STATE_STAGED))
	return &ingestv1.GetBatchResponse{Batch: b}, err
}

func (i *ingest) Discard(ctx context.Context, req *ingestv1.DiscardRequest) (*ingestv1.DiscardResponse, error) {
	return unary(ctx, i.World, "DiscardStaging", req, &ingestv1.DiscardResponse{})
}

func (i *ingest) Expand(ctx context.Context, req *ingestv1.ExpandRequest) (*ingestv1.ExpandResponse, error) {
	return unary(ctx, i.World, "ExpandLive", req, &ingestv1.ExpandResponse{})
}

func (i *ingest) CheckDataset(ctx context.Context, req *ingestv1.CheckDatasetRequest) (*ingestv1.CheckDatasetResponse, error) {
	return unary(ctx, i.World, "CheckTables", req, &ingestv1.CheckDatasetResponse{})
}

type quality struct {
	qualityv1.UnimplementedQualityServiceServer
	*World
}

func (q *quality) Validate(req *qualityv1.ValidateRequest, s grpc.ServerStreamingServer[qualityv1.ValidateResponse]) error {
	return stream(s.Context(), q.World, "Validate", req, &qualityv1.Validation{Id: req.GetValidation(), Success: true}, s.Send,
		func(p *stepv1.Progress) *qualityv1.ValidateResponse {
			return &qualityv1.ValidateResponse{Message: &qualityv1.ValidateResponse_Progress{Progress: p}}
		},
		func(v *qualityv1.Validation) *qualityv1.ValidateResponse {
			return &qualityv1.ValidateResponse{Message: &qualityv1.ValidateResponse_Result{Result: &qualityv1.ValidateResult{Validation: v}}}
		})
}

func (q *quality) GetValidation(ctx context.Context, req *qualityv1.GetValidationRequest) (*qualityv1.GetValidationResponse, error) {
	v, err := unary(ctx, q.World, "GetValidation", req, &qualityv1.Validation{Id: req.GetValidation(), Success: true})
	return &qualityv1.GetValidationResponse{Validation: v}, err
}

type snapshot struct {
	snapshotv1.UnimplementedSnapshotServiceServer
	*World
}

func (s *snapshot) Prepare(req *snapshotv1.PrepareRequest, to grpc.ServerStreamingServer[snapshotv1.PrepareResponse]) error {
	return stream(to.Context(), s.World, "Prepare", req, &snapshotv1.PrepareResult{}, to.Send,
		func(p *stepv1.Progress) *snapshotv1.PrepareResponse {
			return &snapshotv1.PrepareResponse{Message: &snapshotv1.PrepareResponse_Progress{Progress: p}}
		},
		func(r *snapshotv1.PrepareResult) *snapshotv1.PrepareResponse {
			return &snapshotv1.PrepareResponse{Message: &snapshotv1.PrepareResponse_Result{Result: r}}
		})
}

func (s *snapshot) Stamp(req *snapshotv1.StampRequest, to grpc.ServerStreamingServer[snapshotv1.StampResponse]) error {
	return stream(to.Context(), s.World, "Stamp", req, &snapshotv1.StampResult{}, to.Send,
		func(p *stepv1.Progress) *snapshotv1.StampResponse {
			return &snapshotv1.StampResponse{Message: &snapshotv1.StampResponse_Progress{Progress: p}}
		},
		func(r *snapshotv1.StampResult) *snapshotv1.StampResponse {
			return &snapshotv1.StampResponse{Message: &snapshotv1.StampResponse_Result{Result: r}}
		})
}

func (s *snapshot) Discard(ctx context.Context, req *snapshotv1.DiscardRequest) (*snapshotv1.DiscardResponse, error) {
	return unary(ctx, s.World, "DiscardPrepared", req, &snapshotv1.DiscardResponse{})
}

func (s *snapshot) Expand(ctx context.Context, req *snapshotv1.ExpandRequest) (*snapshotv1.ExpandResponse, error) {
	return unary(ctx, s.World, "ExpandHistory", req, &snapshotv1.ExpandResponse{})
}

func (s *snapshot) CheckStamped(ctx context.Context, req *snapshotv1.CheckStampedRequest) (*snapshotv1.CheckStampedResponse, error) {
	return unary(ctx, s.World, "CheckStamped", req, &snapshotv1.CheckStampedResponse{})
}

func (s *snapshot) CheckDataset(ctx context.Context, req *snapshotv1.CheckDatasetRequest) (*snapshotv1.CheckDatasetResponse, error) {
	return unary(ctx, s.World, "CheckSnapshots", req, &snapshotv1.CheckDatasetResponse{})
}

func (s *snapshot) GetBase(ctx context.Context, req *snapshotv1.GetBaseRequest) (*snapshotv1.GetBaseResponse, error) {
	return unary(ctx, s.World, "GetBase", req, &snapshotv1.GetBaseResponse{})
}

func (s *snapshot) ListSnapshots(ctx context.Context, req *snapshotv1.ListSnapshotsRequest) (*snapshotv1.ListSnapshotsResponse, error) {
	return unary(ctx, s.World, "ListSnapshots", req, &snapshotv1.ListSnapshotsResponse{})
}
