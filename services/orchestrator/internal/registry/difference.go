package registry

import (
	"context"

	"github.com/streamflow/streamflow/dataset/diff"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Library keeps the versions that can be compared.
type Library interface {
	Dataset(ctx context.Context, name string) (*store.Version, error)
	DatasetVersion(ctx context.Context, name, prefix string) (*store.Version, error)
	Before(ctx context.Context, name string, v *store.Version) (*store.Version, error)
}

// Difference is what differs between two versions.
type Difference struct {
	// From and To are the versions; From is empty where To is the first.
	From, To string
	Changes  diff.Changes
	// NextRun is what the next run alters in the tables that are there, where To is the
	// current version; the changes are then weighed by those tables.
	NextRun []*stepv1.AlteredRelation
	// Warnings say what could not be looked at.
	Warnings []string
}

// Compare compares two versions of a dataset, each named by a beginning of it. Without
// to, it is the current one; without from, the one that was current before to. Errors:
// DATASET_NOT_FOUND, AMBIGUOUS_ID.
func Compare(ctx context.Context, s Library, look Surveyor, name, from, to string) (*Difference, error) {
	newer, err := s.Dataset(ctx, name)
	if to != "" {
		newer, err = s.DatasetVersion(ctx, name, to)
	}
	if err != nil {
		return nil, err
	}
	var older *store.Version
	if from == "" {
		older, err = s.Before(ctx, name, newer)
	} else {
		older, err = s.DatasetVersion(ctx, name, from)
	}
	if err != nil {
		return nil, err
	}
	d := &Difference{To: newer.Version}
	var before *datasetv1.Dataset
	if older != nil {
		d.From, before = older.Version, older.Content
	}
	d.Changes = diff.Compare(before, newer.Content)
	if newer.Current {
		now := look.Survey(ctx, newer.Content, nil)
		d.Changes, d.NextRun, d.Warnings = settle(d.Changes, newer.Content, now), nextRun(now), unseen(now)
	}
	return d, nil
}
