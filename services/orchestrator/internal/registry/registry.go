// Package registry says what may become a version of a dataset. A version is the
// hash of its content; a name of a table or a snapshot belongs to the dataset that
// published into it first, also after a newer version gave it up: its rows and its history
// are still there, and another dataset must not write into them.
package registry

import (
	"context"
	"errors"
	"fmt"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Store keeps the versions.
type Store interface {
	Apply(ctx context.Context, a store.Application) (v *store.Version, unchanged bool, err error)
	Dataset(ctx context.Context, name string) (*store.Version, error)
	Free(ctx context.Context, dataset string, tables []relation.Relation) (shared []store.Taken, err error)
	MayHaveRows(ctx context.Context, name string) (bool, error)
	Deserted(ctx context.Context, dataset string, tables []relation.Relation) ([]store.Deserted, error)
}

// Surveyor sees what stands under the names of a dataset.
type Surveyor interface {
	Survey(ctx context.Context, d *datasetv1.Dataset, others []relation.Relation) step.Survey
	// History says what becomes of each date that is stamped, by what a dataset declares.
	History(ctx context.Context, d *datasetv1.Dataset) (*snapshotv1.PlanRetentionResponse, error)
}

// Applied is what an application came to.
type Applied struct {
	*store.Version
	// Unchanged is true where the content was the current version already.
	Unchanged bool
	// Previous is the version that was current before; empty where there was none.
	Previous string
	// Changes are the differences from it, weighed by the tables that are there.
	Changes diff.Changes
	// NextRun is what the next run alters in them.
	NextRun []*stepv1.AlteredRelation
	// Warnings say what was not checked, or of a version that is current already what
	// keeps its runs from going through.
	Warnings []string
	// Notes say what the version means for the dates that are stamped.
	Notes []string
}

// tries bounds how often an application is judged again because another version became
// current in between.
const tries = 5

// Wanted is a dataset that is to become the current version.
type Wanted struct {
	Dataset     *datasetv1.Dataset
	RequestedBy string
	// DryRun only judges it.
	DryRun bool
}

// Apply registers a dataset and makes it the current version. An older version that
// is applied again becomes the current one. Errors: DATASET_INVALID with every
// mistake, TABLE_TAKEN with every table, DATASET_REFUSED with every obstacle.
func Apply(ctx context.Context, s Store, look Surveyor, w Wanted) (*Applied, error) {
	if mistakes := dataset.Lint(w.Dataset); len(mistakes) > 0 {
		return nil, invalid(w.Dataset, mistakes)
	}
	for try := 1; ; try++ {
		applied, err := apply(ctx, s, look, w)
		var taken *store.TakenError
		switch {
		case errors.As(err, &taken):
			return nil, refused(w.Dataset, taken)
		case errors.Is(err, store.ErrMoved) && try < tries:
			continue
		}
		return applied, err
	}
}

// apply judges what is asked for beside the version that is current, and registers it
// if that is still so.
func apply(ctx context.Context, s Store, look Surveyor, w Wanted) (*Applied, error) {
	d := w.Dataset
	before, err := s.Dataset(ctx, d.GetName())
	if err != nil && !problem.Is(err, problem.DatasetNotFound) {
		return nil, err
	}
	j := &judgement{store: s, look: look, after: d, version: dataset.Hash(d)}
	application := store.Application{Content: d, Version: j.version, RequestedBy: w.RequestedBy, Tables: tables(d), DryRun: w.DryRun}
	applied := &Applied{}
	if before != nil {
		j.before, application.Before, applied.Previous = before.Content, before.Version, before.Version
		j.changes = diff.Compare(before.Content, d)
	}
	if applied.Warnings, err = j.ofItsOwn(ctx); err != nil {
		return nil, err
	}
	notes, unseen := j.older(ctx)
	applied.Notes, applied.Warnings = notes, append(applied.Warnings, unseen...)
	applied.Changes, applied.NextRun = settle(j.changes, d, j.now), nextRun(j.now)
	applied.Version, applied.Unchanged, err = s.Apply(ctx, application)
	return applied, err
}

// tables are the names that a dataset takes in its schema.
func tables(d *datasetv1.Dataset) []relation.Relation {
	all := liveTables(d)
	for _, s := range d.GetSnapshots() {
		all = append(all, relation.Relation{Schema: dataset.Schema(d), Name: s.GetName()})
	}
	if schema := d.GetReadSchema(); schema != "" {
		all = append(all, relation.Relation{Schema: schema, Name: store.Whole})
	}
	return all
}

func liveTables(d *datasetv1.Dataset) []relation.Relation {
	var all []relation.Relation
	for _, t := range d.GetTables() {
		all = append(all, relation.Relation{Schema: dataset.Schema(d), Name: t.GetName()})
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
	p := problem.New(problem.TableTaken, "expected tables that no other dataset has, found %s of another; the first: %s belongs to dataset %s. %s",
		prose.Count(int64(len(taken.Tables)), "table"), called(first.Table), first.Dataset, otherwise(d, first.Table)).
		With("dataset", d.GetName()).With("table", first.Table.String()).With("owner", first.Dataset)
	for _, t := range taken.Tables {
		p = p.Violate(called(t.Table), "belongs to dataset %s", t.Dataset)
	}
	return p
}

// otherwise says how a table is called otherwise than one that is taken.
func otherwise(d *datasetv1.Dataset, taken relation.Relation) string {
	apart := fmt.Sprintf("declare another schema, such as `schema: %s`, which then holds all tables of the dataset", d.GetName())
	if taken.Name == store.Whole || dataset.Schema(d) == d.GetName() {
		return "Declare another schema"
	}
	return fmt.Sprintf("Rename it, as %s_%s where the dataset says %s, or %s", d.GetName(), taken.Name, taken.Name, apart)
}

// called names what a dataset has claimed: a table, or a schema as a whole, for its views.
func called(r relation.Relation) string {
	if r.Name == store.Whole {
		return "schema " + r.Schema + " as a whole"
	}
	return r.String()
}
