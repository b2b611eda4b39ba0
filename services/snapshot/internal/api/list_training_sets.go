package api

import (
	"context"
	"strings"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/postgres"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// ListTrainingSets returns the training sets that were built of a dataset, newest first.
func (s *Server) ListTrainingSets(ctx context.Context, req *snapshotv1.ListTrainingSetsRequest) (*snapshotv1.ListTrainingSetsResponse, error) {
	after, err := page.Key(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if after != "" && !strings.HasPrefix(after, ident.Training+"_") {
		return nil, page.Refuse(req.GetPageToken())
	}
	size := page.Size(req.GetPageSize())
	sets, err := store.ListTrainingSets(ctx, s.pool, req.GetDataset(), req.GetTrainingSet(), after, size+1)
	if err != nil {
		return nil, postgres.Problem(err)
	}
	sets, next := page.Cut(sets, size, trainingID)
	messages, err := s.trainingMessages(ctx, sets...)
	if err != nil {
		return nil, err
	}
	messages, next = page.Fit(messages, sets, next, trainingID)
	return &snapshotv1.ListTrainingSetsResponse{TrainingSets: messages, NextPageToken: next}, nil
}

func trainingID(t store.TrainingSet) string { return t.ID }
