package stage

import (
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/progress"
)

// Request says what to stage.
type Request struct {
	// Batch to make; the key under which the call may come again.
	Batch       string
	Run         string
	RequestedBy string
	Fence       fence.Fence
	// Dataset holds the tables to stage; Partial says that these are not all.
	Dataset *declared.Dataset
	Partial bool
	// Later are the tables that are collected only of later dates: no file is asked for.
	Later []*declared.Table
	// Version of the dataset.
	Version string
	// AsOf is the date that the files describe, YYYY-MM-DD.
	AsOf   string
	Source string
	// Force stages even where the files are those last published.
	Force bool
	// Earlier is the nearest earlier snapshot of each table that has one.
	Earlier []Earlier
	// Bases are what tables with an incremental extract are laid over, where there is
	// something.
	Bases []*stepv1.Base
	// Accepted is what somebody accepts for this run, of what guards find.
	Accepted []*stepv1.Acceptance
	// Supersede says that the delivery corrects its as_of.
	Supersede bool
	// Plan says that nothing of the batch will ever be published.
	Plan   bool
	Report progress.Func
}

// Earlier is a table as it was stamped for an earlier as_of.
type Earlier struct {
	Table string
	// AsOf of the rows, YYYY-MM-DD, and how many there are.
	AsOf     string
	Rows     int64
	Relation relation.Relation
}

// batch makes the record that staging begins with.
func (r Request) batch() *ingestv1.Batch {
	return &ingestv1.Batch{
		Id: r.Batch, Dataset: r.Dataset.Name, DatasetVersion: r.Version, AsOf: r.AsOf, Run: r.Run,
		Source: r.Source, RequestedBy: r.RequestedBy, State: ingestv1.BatchState_BATCH_STATE_STAGING, Plan: r.Plan,
	}
}
