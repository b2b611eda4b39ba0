package trainingset

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Trainer builds training sets and writes their rows. It is safe for concurrent use.
type Trainer struct{ pool *postgres.Pool }

// New returns a Trainer on a pool of the service's own role.
func New(pool *postgres.Pool) *Trainer { return &Trainer{pool: pool} }

// Order asks for a training set.
type Order struct {
	Dataset        *datasetv1.Dataset
	DatasetVersion string
	Layouts        []layout.Layout
	// Definition was linted against the dataset, and has dates.
	Definition *datasetv1.TrainingSet
	// KnownAt is the cut-off; nil for now.
	KnownAt *time.Time
	// Waive are guards whose findings are meant.
	Waive       []problem.Reason
	RequestedBy string
	// RequestID is the key under which it may be asked for again, Fingerprint what is asked.
	RequestID, Fingerprint string
	// Report is told what is being done, and how far it has come.
	Report func(phase string, done, total int)
}

// Build resolves, guards and records a training set, and returns the text of its
// manifest. Errors: SNAPSHOT_NOT_FOUND, TRAINING_SET_INVALID (no row), REQUEST_ID_REUSED,
// and the reasons of the guards.
func (t *Trainer) Build(ctx context.Context, o Order) (string, error) {
	if known, err := t.again(ctx, o); known != "" || err != nil {
		return known, err
	}
	set, err := o.resolve()
	if err != nil {
		return "", err
	}
	m := &Manifest{
		ID: ident.New(ident.Training), Dataset: o.Dataset.GetName(), DatasetVersion: o.DatasetVersion, RequestedBy: o.RequestedBy,
	}
	o.Report("resolve", 0, 0)
	joins, err := t.pin(ctx, o, set, m)
	if err != nil {
		return "", err
	}
	if err := t.judged(ctx, o, set, m, joins); err != nil {
		return "", err
	}
	return t.record(ctx, o, m, joins)
}

// again returns what was built under the request's key before.
func (t *Trainer) again(ctx context.Context, o Order) (string, error) {
	if o.RequestID == "" {
		return "", nil
	}
	known, err := store.TrainingSetOfRequest(ctx, t.pool, o.Dataset.GetName(), o.RequestID)
	if err != nil || len(known) == 0 {
		return "", err
	}
	if known[0].Fingerprint != o.Fingerprint {
		return "", problem.New(problem.RequestIDReused, "expected the same training set under the request_id %q as before, found another: %s was built under it", o.RequestID, known[0].ID)
	}
	return known[0].Manifest, nil
}

// resolve puts the definition and the dataset's tables together, and works out the dates.
func (o Order) resolve() (*Set, error) {
	calendar := o.Dataset.GetCalendar()
	dates := dataset.AsOfDatesOf(calendar, o.Definition.GetAsOf())
	labels := make([]time.Time, len(dates))
	for i, asOf := range dates {
		labels[i] = dataset.StepAsOf(calendar, asOf, dataset.Horizon(o.Definition.GetLabel()))
	}
	return resolve(o.Definition, tablesOf(o.Definition, o.Layouts), dates, labels)
}

// pin finds what the set is made of, once: no stamp is half known while the dataset's lock
// is held, and nothing after asks the clock again.
func (t *Trainer) pin(ctx context.Context, o Order, set *Set, m *Manifest) ([]Join, error) {
	var entries []store.Entry
	err := pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		now, err := store.LockKnown(ctx, tx, m.Dataset)
		if err != nil {
			return err
		}
		m.CreatedAt, m.KnownAt = now.UTC(), now.UTC()
		if o.KnownAt != nil {
			m.KnownAt = o.KnownAt.UTC()
		}
		entries, err = store.KnownUntil(ctx, tx, m.Dataset, set.snapshots(), m.KnownAt)
		return err
	})
	if err != nil {
		return nil, postgres.Problem(fmt.Errorf("resolve the training set: %w", err))
	}
	if m.KnownAt.After(m.CreatedAt) {
		return nil, problem.New(problem.TrainingSetInvalid, "known_at: expected a moment that has passed, found %s", m.KnownAt.Format(time.RFC3339)).
			Violate("known_at", "expected a moment that has passed, found %s", m.KnownAt.Format(time.RFC3339))
	}
	return set.joins(known(entries, o.Layouts), o.Dataset.GetCalendar())
}

// judged holds the set to its guards, in one state of the database.
func (t *Trainer) judged(ctx context.Context, o Order, set *Set, m *Manifest, joins []Join) error {
	found := set.declared(joins)
	var counts Counts
	err := t.reading(ctx, func(tx pgx.Tx) (err error) {
		if err := locateAll(ctx, tx, m.Dataset, joins); err != nil {
			return err
		}
		if counts, err = set.plan(ctx, tx, joins, func(done, total int) { o.Report("join", done, total) }); err != nil {
			return err
		}
		if counts.Rows == 0 {
			return problem.New(problem.TrainingSetInvalid, "expected rows, found none: no row of %s at these dates meets the conditions", set.Entities.Snapshot)
		}
		o.Report("guard", 0, 0)
		told, err := set.told(ctx, tx, joins, counts)
		if err != nil {
			return err
		}
		old, err := stale(ctx, tx, m, joins)
		found = slices.Concat(found, set.covered(counts, joins), told, old)
		return err
	})
	if err != nil {
		return err
	}
	if err := found.refusal(set.Definition.GetName(), o.Waive); err != nil {
		return err
	}
	m.Waived = append([]Waiver{}, found.waivers(o.Waive)...)
	return set.describe(m, joins, counts)
}

// record writes the set down. Of two that ask under one key at once, both get what the
// first recorded.
func (t *Trainer) record(ctx context.Context, o Order, m *Manifest, joins []Join) (string, error) {
	text, err := m.Text()
	if err != nil {
		return "", err
	}
	kept := store.TrainingSet{
		ID: m.ID, Dataset: m.Dataset, Name: m.Name, RequestID: o.RequestID, Fingerprint: o.Fingerprint,
		CreatedAt: m.CreatedAt, RequestedBy: m.RequestedBy, Manifest: text,
	}
	for _, p := range pins(joins) {
		kept.Pins = append(kept.Pins, store.TrainingPin{Snapshot: p.Snapshot, AsOf: p.AsOf, Revision: p.Revision})
	}
	added := false
	err = pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) error {
		added, err = store.AddTrainingSet(ctx, tx, kept)
		return err
	})
	if err != nil {
		return "", postgres.Problem(err)
	}
	if !added {
		return t.again(ctx, o)
	}
	return text, nil
}
