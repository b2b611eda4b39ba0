// Package registry says what may become a version of a dataset. A version is the
// hash of its content; a name of a table or a snapshot belongs to the dataset that
// declared it first, also after a newer version gave it up: its rows and its history
// are still there, and another dataset must not write into them.
package registry

import (
	"context"
	"errors"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Store keeps the versions.
type Store interface {
	Apply(ctx context.Context, a store.Application) (v *store.Version, unchanged bool, err error)
}

// Apply registers a dataset and makes it the current version. An older version that
// is applied again becomes the current one. Errors: DATASET_INVALID with every
// mistake, TABLE_TAKEN with every table.
func Apply(ctx context.Context, s Store, d *datasetv1.Dataset, requestedBy string) (*store.Version, bool, error) {
	if mistakes := dataset.Lint(d); len(mistakes) > 0 {
		return nil, false, invalid(d, mistakes)
	}
	v, unchanged, err := s.Apply(ctx, store.Application{
		Content: d, Version: dataset.Hash(d), RequestedBy: requestedBy, Tables: tables(d),
	})
	var taken *store.TakenError
	if errors.As(err, &taken) {
		return nil, false, refused(d, taken)
	}
	return v, unchanged, err
}

// tables are the names that a dataset takes in its schema.
func tables(d *datasetv1.Dataset) []relation.Relation {
	var all []relation.Relation
	for _, t := range d.GetTables() {
		all = append(all, relation.Relation{Schema: dataset.Schema(d), Name: t.GetName()})
	}
	for _, s := range d.GetSnapshots() {
		all = append(all, relation.Relation{Schema: dataset.Schema(d), Name: s.GetName()})
	}
	return all
}

func invalid(d *datasetv1.Dataset, mistakes dataset.Mistakes) error {
	p := problem.New(problem.DatasetInvalid, "dataset %q has %s; the first: %s",
		d.GetName(), prose.Count(int64(len(mistakes)), "mistake"), mistakes[0]).With("dataset", d.GetName())
	for _, m := range mistakes {
		p = p.Violate(m.Path, "%s", m.Message)
	}
	return p
}

func refused(d *datasetv1.Dataset, taken *store.TakenError) error {
	first := taken.Tables[0]
	p := problem.New(problem.TableTaken, "expected tables that no other dataset has, found %s that are taken; the first: %s belongs to dataset %s. Rename it, or declare another schema",
		prose.Count(int64(len(taken.Tables)), "table"), first.Table, first.Dataset).
		With("dataset", d.GetName()).With("table", first.Table.String()).With("owner", first.Dataset)
	for _, t := range taken.Tables {
		p = p.Violate(t.Table.String(), "belongs to dataset %s", t.Dataset)
	}
	return p
}
