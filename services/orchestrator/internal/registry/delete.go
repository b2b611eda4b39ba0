package registry

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Shelf keeps the versions of the datasets that may be deleted.
type Shelf interface {
	Dataset(ctx context.Context, name string) (*store.Version, error)
	Versions(ctx context.Context, name string) ([]*store.Version, error)
	LastRun(ctx context.Context, name string) (string, error)
	MayHaveRows(ctx context.Context, name string) (bool, error)
	Delete(ctx context.Context, d store.Deletion) ([]relation.Relation, error)
}

// Order asks for a dataset to be deleted.
type Order struct {
	Dataset string
	// KeepTables is true where it shall go although it has history or live rows.
	KeepTables  bool
	RequestedBy string
}

// Deleted is what a deletion came to.
type Deleted struct {
	// Version was current; empty where the dataset was deleted before.
	Version string
	// Freed are the tables that no dataset owns any more.
	Freed []relation.Relation
	// NeverPublished is true where no run of it came to publishing.
	NeverPublished bool
}

// Delete takes a dataset out of the registry, and frees the names of its tables. It
// drops none. Errors: DATASET_NOT_FOUND, DATASET_IN_USE.
func Delete(ctx context.Context, s Shelf, look Surveyor, o Order) (*Deleted, error) {
	for try := 1; ; try++ {
		deleted, err := remove(ctx, s, look, o)
		var busy *store.BusyError
		switch {
		case errors.As(err, &busy):
			return nil, problem.New(problem.DatasetInUse,
				"dataset %s was not deleted: run %s has not ended; wait for it, or cancel it with `sfctl run cancel %s`", o.Dataset, busy.Run, busy.Run).
				With("dataset", o.Dataset).With("run", busy.Run)
		case errors.Is(err, store.ErrMoved) && try < tries:
			continue
		}
		return deleted, err
	}
}

func remove(ctx context.Context, s Shelf, look Surveyor, o Order) (*Deleted, error) {
	v, err := s.Dataset(ctx, o.Dataset)
	if problem.Is(err, problem.DatasetNotFound) {
		return gone(ctx, s, o.Dataset, err)
	}
	if err != nil {
		return nil, err
	}
	last, err := s.LastRun(ctx, o.Dataset)
	if err != nil {
		return nil, err
	}
	if !o.KeepTables {
		if err := empty(ctx, s, look, v); err != nil {
			return nil, err
		}
	}
	published, err := s.MayHaveRows(ctx, o.Dataset)
	if err != nil {
		return nil, err
	}
	freed, err := s.Delete(ctx, store.Deletion{
		Dataset: o.Dataset, Version: v.Version, LastRun: last, KeepTables: o.KeepTables, RequestedBy: o.RequestedBy,
	})
	return &Deleted{Version: v.Version, Freed: freed, NeverPublished: !published}, err
}

// gone answers for a dataset that is not registered: one that once was has been deleted.
func gone(ctx context.Context, s Shelf, name string, notFound error) (*Deleted, error) {
	versions, err := s.Versions(ctx, name)
	if err != nil {
		return nil, err
	}
	if len(versions) == 0 {
		return nil, notFound
	}
	return &Deleted{}, nil
}

// empty refuses where a table of any version holds rows or history.
func empty(ctx context.Context, s Shelf, look Surveyor, v *store.Version) error {
	versions, err := s.Versions(ctx, v.Content.GetName())
	if err != nil {
		return err
	}
	found := look.Survey(ctx, v.Content, earlier(v, versions))
	if len(found.Unseen) > 0 {
		return problem.Wrap(found.Unseen[0], problem.ServiceUnavailable,
			"dataset %s was not deleted: whether it has live rows or history could not be seen: %s; try again, or delete it with --keep-tables (keep_tables)",
			v.Content.GetName(), problem.FromError(found.Unseen[0]).Message).With("dataset", v.Content.GetName())
	}
	p := problem.New(problem.DatasetInUse, "").With("dataset", v.Content.GetName())
	for _, c := range found.Tables {
		if c.GetHasRows() {
			_ = p.Violate(relation.Of(c.GetRelation()).String(), "holds live rows")
		}
	}
	for _, c := range found.Snapshots {
		if c.GetHasRows() {
			_ = p.Violate(relation.Of(c.GetRelation()).String(), "holds history")
		}
	}
	if len(p.Violations) == 0 {
		return nil
	}
	said := make([]string, len(p.Violations))
	for i, v := range p.Violations {
		said[i] = v.Subject + " " + v.Description
	}
	p.Message = "dataset " + v.Content.GetName() + " was not deleted: " + strings.Join(said, "; ") + "; with --keep-tables (keep_tables) the dataset goes and they stay"
	return p
}

// earlier are the live tables of other versions that the current one does not declare.
func earlier(current *store.Version, versions []*store.Version) []relation.Relation {
	known := liveTables(current.Content)
	var others []relation.Relation
	for _, v := range versions {
		for _, t := range liveTables(v.Content) {
			if !slices.Contains(known, t) {
				known, others = append(known, t), append(others, t)
			}
		}
	}
	return others
}
