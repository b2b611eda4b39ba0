package api

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/problem"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/result"
	"github.com/streamflow/streamflow/services/quality/internal/store"
)

type validateStream = grpc.ServerStreamingServer[qualityv1.ValidateResponse]

// Validate evaluates the expectations of a batch and stores what it finds. It may be
// sent again under the same identifier: what is stored is the answer.
func (s *Server) Validate(req *qualityv1.ValidateRequest, stream validateStream) error {
	ctx := stream.Context()
	if err := checkValidate(req); err != nil {
		return err
	}
	if err := fence.Of(req.GetContext().GetFence()).Check(ctx, s.pool); err != nil {
		return err
	}
	v, err := s.stored(ctx, req)
	if errors.Is(err, store.ErrNotFound) {
		v, err = s.validate(ctx, req, stream)
	}
	if err != nil {
		return err
	}
	return stream.Send(&qualityv1.ValidateResponse{Message: &qualityv1.ValidateResponse_Result{
		Result: &qualityv1.ValidateResult{Validation: v},
	}})
}

// stored returns the validation of the request's identifier, where it is of the
// same batch.
func (s *Server) stored(ctx context.Context, req *qualityv1.ValidateRequest) (*qualityv1.Validation, error) {
	v, err := s.store.Get(ctx, req.GetValidation())
	if err != nil {
		return nil, err
	}
	if v.GetBatch() != req.GetBatch() {
		return nil, problem.New(problem.InvalidRequest,
			"validation %s is of batch %s, and this call is of batch %s: use an identifier of its own for each",
			v.GetId(), v.GetBatch(), req.GetBatch()).Violate("validation", "taken by batch %s", v.GetBatch())
	}
	return v, nil
}

func (s *Server) validate(ctx context.Context, req *qualityv1.ValidateRequest, stream validateStream) (*qualityv1.Validation, error) {
	if err := s.checkDataset(req.GetDataset()); err != nil {
		return nil, err
	}
	v := begin(req)
	plans, err := compile.Compile(dataset.CollectedAs(req.GetDataset(), req.GetAsOf()), req.GetTables())
	if err != nil {
		return nil, err
	}
	veiled := personal.Tables(req.GetDataset(), dataset.Personal(req.GetDataset())) // of all dates: one refers to another
	for _, plan := range plans {
		plan.Veiled = veiled[plan.Table.GetName()]
	}
	outcomes, err := s.evaluator.Run(ctx, plans, reporter(stream))
	if err != nil {
		return nil, err
	}
	result.Fill(v, plans, outcomes)
	v.EndedAt = timestamppb.Now()
	err = fence.Of(req.GetContext().GetFence()).Tx(ctx, s.pool, func(ctx context.Context, conn *pgx.Conn) error {
		return s.store.Insert(ctx, conn, v)
	})
	if err != nil {
		return nil, err
	}
	// Another call under the same identifier may have been first.
	return s.stored(ctx, req)
}

func begin(req *qualityv1.ValidateRequest) *qualityv1.Validation {
	return &qualityv1.Validation{
		Id: req.GetValidation(), Batch: req.GetBatch(), Run: req.GetContext().GetRun(), AsOf: req.GetAsOf(),
		Dataset: req.GetDataset().GetName(), DatasetVersion: req.GetDatasetVersion(), StartedAt: timestamppb.Now(),
	}
}

// reporter passes progress on, one message at a time. That a message cannot be sent
// means that the caller has gone, which ends the call's context, and with it the work.
func reporter(stream validateStream) func(*stepv1.Progress) {
	var one sync.Mutex
	return func(p *stepv1.Progress) {
		one.Lock()
		defer one.Unlock()
		_ = stream.Send(&qualityv1.ValidateResponse{Message: &qualityv1.ValidateResponse_Progress{Progress: p}})
	}
}
