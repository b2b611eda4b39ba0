package step

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// surveyLimit bounds the wait for a service that does not answer: somebody waits for
// what is found.
const surveyLimit = 15 * time.Second

// Survey is what stands under the names of a dataset, as far as it could be seen.
type Survey struct {
	// Tables and Snapshots are the dataset's, in its order, then those that only
	// earlier versions declared; none of those that could not be seen.
	Tables, Snapshots []*stepv1.RelationCheck
	// Unseen are the errors of the services that could not say.
	Unseen []error
}

// Survey asks ingest and snapshot, both at once, what stands under the names of a
// dataset. others are tables of its earlier versions.
func (s *Services) Survey(ctx context.Context, d *datasetv1.Dataset, others []relation.Relation) Survey {
	ctx, cancel := context.WithTimeout(ctx, surveyLimit)
	defer cancel()
	var found Survey
	var tables, snapshots error
	var both sync.WaitGroup
	both.Go(func() {
		req := &ingestv1.CheckDatasetRequest{Dataset: d}
		for _, r := range others {
			req.Others = append(req.Others, r.Proto())
		}
		var resp *ingestv1.CheckDatasetResponse
		resp, tables = s.ingest.CheckDataset(ctx, req)
		found.Tables = resp.GetTables()
	})
	both.Go(func() {
		var resp *snapshotv1.CheckDatasetResponse
		resp, snapshots = s.snapshot.CheckDataset(ctx, &snapshotv1.CheckDatasetRequest{Dataset: d})
		found.Snapshots = resp.GetSnapshots()
	})
	both.Wait()
	if tables != nil {
		found.Unseen = append(found.Unseen, fmt.Errorf("look at the live tables: %w", tables))
	}
	if snapshots != nil {
		found.Unseen = append(found.Unseen, fmt.Errorf("look at the snapshots: %w", snapshots))
	}
	return found
}

// History asks snapshot what becomes of each date that is stamped, by what a dataset
// declares; nothing of a snapshot service that is of a version without retention.
func (s *Services) History(ctx context.Context, d *datasetv1.Dataset) (*snapshotv1.PlanRetentionResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, surveyLimit)
	defer cancel()
	plan, err := s.snapshot.PlanRetention(ctx, &snapshotv1.PlanRetentionRequest{Dataset: d.GetName(), Declaration: d, DatasetVersion: dataset.Hash(d)})
	return plan, unlessOlder(err)
}

// All are the tables, then the snapshots.
func (s Survey) All() []*stepv1.RelationCheck {
	return append(append([]*stepv1.RelationCheck(nil), s.Tables...), s.Snapshots...)
}
