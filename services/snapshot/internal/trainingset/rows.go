package trainingset

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset/calendar"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/entityfile"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// EntityRows are rows that somebody brings, as they came.
type EntityRows struct{ Name, CSV string }

// read judges rows that somebody brought, and makes the set one of them: its dates are the
// periods that their moments lie in. Errors: ENTITY_ROWS_INVALID, TRAINING_SET_INVALID.
func (s *Set) read(rows EntityRows, c *datasetv1.Calendar) (*entityfile.File, error) {
	given := &Given{Name: rows.Name}
	if err := s.give(given); err != nil {
		return nil, invalidSet("%s", err)
	}
	file, err := entityfile.Read(rows.Name, rows.CSV, s.shape(calendar.Of(c).Floor))
	if err != nil {
		return nil, err
	}
	for _, period := range file.Periods {
		s.Dates, given.first = append(s.Dates, period.AsOf), append(given.first, period.First)
	}
	split := s.Definition.GetSplit()
	if parts := len(split.GetParts()); split.GetBy() == datasetv1.SplitBy_SPLIT_BY_TIME && len(s.Dates) < parts {
		return nil, invalidSet("expected entity rows of at least as many periods as parts to divide by time, found %d periods and %d parts", len(s.Dates), parts)
	}
	return file, nil
}

func invalidSet(format string, args ...any) error {
	return problem.New(problem.TrainingSetInvalid, format, args...)
}

// serialization is PostgreSQL's code of a transaction that saw a state which another one
// has changed: here, of a set that was recorded under the same key meanwhile.
const serialization = "40001"

// buildOf judges and records a set of rows that somebody brought, in the transaction that
// keeps them: nothing is left of them where the set is refused.
func (t *Trainer) buildOf(ctx context.Context, o Order, set *Set, m *Manifest, joins []Join, rows *entityfile.File) (string, error) {
	var text string
	added := false
	o.Report("keep", 0, int(rows.Rows))
	err := t.trying(ctx, func(tx pgx.Tx) error {
		hash, err := keep(ctx, tx, m.ID, m.Dataset, rows)
		if err != nil {
			return err
		}
		set.Given.Hash, set.Given.Rows, set.Given.place = hash, rows.Rows, m.ID
		if err := set.judged(ctx, tx, o, m, joins); err != nil {
			return err
		}
		if text, added, err = o.add(ctx, tx, m, joins); err != nil || !added {
			return err
		}
		// This transaction sees what was before; another one keeps retention off meanwhile.
		return t.whileThere(ctx, m.Dataset, joins, func() error { return tx.Commit(ctx) })
	})
	switch {
	case postgres.Code(err) == serialization || err == nil && !added:
		return t.againOr(ctx, o, err)
	case err != nil:
		return "", err
	}
	return text, nil
}

// againOr returns what another request recorded under the same key, otherwise the error.
func (t *Trainer) againOr(ctx context.Context, o Order, err error) (string, error) {
	text, failed := t.again(ctx, o)
	if text == "" && failed == nil {
		failed = err
	}
	return text, failed
}

// keep writes rows down under the identifier of a set, returns the hash of their content,
// and refuses entities that stand twice at a moment: their values decide, not how they are
// written.
func keep(ctx context.Context, tx pgx.Tx, id, dataset string, file *entityfile.File) (hash string, err error) {
	shape := file.Shape()
	if err := store.AddEntities(ctx, tx, id, shape.Columns(), file.Each); err != nil {
		return "", err
	}
	twice, err := store.EntitiesTwice(ctx, tx, id, len(shape.Key))
	if err != nil {
		return "", err
	}
	if err := file.Twice(twice); err != nil {
		return "", err
	}
	if hash, err = store.HashEntities(ctx, tx, id); err != nil {
		return "", err
	}
	return hash, store.AddEntitySet(ctx, tx, store.EntitySet{TrainingSet: id, Dataset: dataset, Name: file.Name(), Hash: hash, Rows: file.Rows})
}

// of is the transaction in which the rows of a set are made: where it has to hold rows that
// are brought, it may write, and leaves nothing.
func (t *Trainer) of(r *Recipe) func(context.Context, func(pgx.Tx) error) error {
	if r.brought != nil {
		return t.trying
	}
	return t.reading
}

// Bring takes the entity rows of a manifest from somebody instead of from those that are
// kept; they are held to its hash. Errors: ENTITY_ROWS_INVALID, TRAINING_SET_INVALID.
func (r *Recipe) Bring(rows EntityRows) error {
	if r.Set.Given == nil {
		return invalidSet("expected no entity rows beside a manifest whose entities are of snapshot %s, found some", r.Set.Entities.Snapshot)
	}
	var err error
	r.brought, err = entityfile.Read(rows.Name, rows.CSV, r.Set.shape(r.newest))
	return err
}

// newest is the newest of the set's dates until a day; the zero time where none is. Rows of
// the manifest are each of one of them.
func (r *Recipe) newest(day time.Time) time.Time {
	var newest time.Time
	for _, asOf := range r.Set.Dates {
		if !asOf.After(day) {
			newest = asOf
		}
	}
	return newest
}

// locateRows finds the entity rows of a set, or keeps those that were brought for as long
// as the transaction lasts. Errors: TRAINING_SET_CHANGED, ERASED_SINCE, ENTITY_ROWS_INVALID.
func (r *Recipe) locateRows(ctx context.Context, tx pgx.Tx) error {
	wrong, err := r.findRows(ctx, tx)
	if err == nil && wrong != nil {
		err = changed([]difference{*wrong})
	}
	return err
}

// findRows says what is wrong with the entity rows, nil where nothing is.
func (r *Recipe) findRows(ctx context.Context, tx pgx.Tx) (*difference, error) {
	given := r.Set.Given
	if given == nil {
		return nil, nil //nolint:nilnil // there are none
	}
	if r.brought != nil {
		given.place = ident.New(ident.Training)
		found, err := keep(ctx, tx, given.place, r.Manifest.Dataset, r.brought)
		if err != nil || found == given.Hash {
			return nil, err
		}
		return otherEntities("expected " + given.Hash + ", found " + found + " in " + r.brought.Name()), nil
	}
	return r.keptRows(ctx, tx)
}

// keptRows says what is wrong with the entity rows that are kept here, nil where nothing is.
func (r *Recipe) keptRows(ctx context.Context, q postgres.Querier) (*difference, error) {
	given := r.Set.Given
	place, err := store.EntitySetOf(ctx, q, r.Manifest.Dataset, given.Hash, r.Manifest.ID)
	if err != nil {
		return nil, err
	}
	if place == "" {
		return otherEntities("expected those of " + given.Name + ", " + given.Hash + ", to be kept here, found none: give them beside the manifest"), nil
	}
	given.place = place
	erased, err := store.ErasedOfEntities(ctx, q, place)
	if err != nil || len(erased) == 0 {
		return nil, err
	}
	return erasedEntities(given, erased), nil
}

func otherEntities(says string) *difference {
	return &difference{snapshot: "entity_rows", says: "entity rows: " + says}
}

// tamperedRows says of entity rows that are kept whether they are other ones.
func (r *Recipe) tamperedRows(ctx context.Context, tx pgx.Tx) (*difference, error) {
	wrong, err := r.findRows(ctx, tx)
	given := r.Set.Given
	if wrong != nil || given == nil || err != nil {
		return wrong, err
	}
	found, err := store.HashEntities(ctx, tx, given.place)
	if err != nil || found == given.Hash {
		return nil, err
	}
	return otherEntities("expected " + given.Hash + ", found " + found), nil
}
