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
	"github.com/streamflow/streamflow/services/snapshot/internal/entityfile"
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
	// Rows are those of the caller's own, instead of a snapshot's; then the definition has
	// no dates and no conditions. Nil where there are none.
	Rows *EntityRows
	// Waive are guards whose findings are meant.
	Waive       []problem.Reason
	RequestedBy string
	// RequestID is the key under which it may be asked for again, Fingerprint what is asked.
	RequestID, Fingerprint string
	// Report is told what is being done, and how far it has come.
	Report func(phase string, done, total int)
}

// Build resolves, guards and records a training set, and returns the text of its
// manifest. Errors: SNAPSHOT_NOT_FOUND, RETAINED_NO_LONGER, TRAINING_SET_INVALID (no row), REQUEST_ID_REUSED,
// ENTITY_ROWS_INVALID, and the reasons of the guards.
func (t *Trainer) Build(ctx context.Context, o Order) (string, error) {
	if known, err := t.again(ctx, o); known != "" || err != nil {
		return known, err
	}
	set, rows, err := o.resolve()
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
	if rows != nil {
		return t.buildOf(ctx, o, set, m, joins, rows)
	}
	err = t.reading(ctx, func(tx pgx.Tx) error { return set.judged(ctx, tx, o, m, joins) })
	if err != nil {
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

// resolve puts the definition and the dataset's tables together, and works out the dates:
// those of the definition, or of the rows that somebody brought, which it returns.
func (o Order) resolve() (*Set, *entityfile.File, error) {
	calendar := o.Dataset.GetCalendar()
	set, err := resolve(o.Definition, tablesOf(o.Definition, o.Layouts), dataset.AsOfDatesOf(calendar, o.Definition.GetAsOf()), nil)
	if err != nil {
		return nil, nil, err
	}
	var rows *entityfile.File
	if o.Rows != nil {
		if rows, err = set.read(*o.Rows, calendar); err != nil {
			return nil, nil, err
		}
	}
	for _, asOf := range set.Dates {
		set.LabelDates = append(set.LabelDates, dataset.StepAsOf(calendar, asOf, dataset.Horizon(o.Definition.GetLabel())))
	}
	return set, rows, nil
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

// judged holds the set to its guards, in the state that a transaction sees, and describes it.
func (s *Set) judged(ctx context.Context, tx pgx.Tx, o Order, m *Manifest, joins []Join) error {
	found := s.declared(joins)
	if err := locateAll(ctx, tx, m.Dataset, joins); err != nil {
		return err
	}
	counts, err := s.plan(ctx, tx, joins, func(done, total int) { o.Report("join", done, total) })
	if err != nil {
		return err
	}
	if counts.Rows == 0 {
		return problem.New(problem.TrainingSetInvalid, "expected rows, found none: no row of %s at these dates meets the conditions", s.Entities.Snapshot)
	}
	o.Report("guard", 0, 0)
	told, err := s.told(ctx, tx, joins, counts)
	if err != nil {
		return err
	}
	old, err := stale(ctx, tx, m, joins)
	if err != nil {
		return err
	}
	two, err := mixed(ctx, tx, m, joins)
	if err != nil {
		return err
	}
	found = slices.Concat(found, s.covered(counts, joins), told, two, old, s.cut(joins))
	if err := found.refusal(s.Definition.GetName(), o.Waive); err != nil {
		return err
	}
	m.Waived = append([]Waiver{}, found.waivers(o.Waive)...)
	return s.describe(m, joins, counts)
}

// record writes the set down. Of two that ask under one key at once, both get what the
// first recorded.
func (t *Trainer) record(ctx context.Context, o Order, m *Manifest, joins []Join) (string, error) {
	var text string
	added := false
	err := pgx.BeginFunc(ctx, t.pool, func(tx pgx.Tx) (err error) {
		if err := stillThere(ctx, tx, m.Dataset, joins); err != nil {
			return err
		}
		text, added, err = o.add(ctx, tx, m, joins)
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

// add writes the set down in a transaction, unless its request has one already.
func (o Order) add(ctx context.Context, tx pgx.Tx, m *Manifest, joins []Join) (text string, added bool, err error) {
	if text, err = m.Text(); err != nil {
		return "", false, err
	}
	kept := store.TrainingSet{
		ID: m.ID, Dataset: m.Dataset, Name: m.Name, RequestID: o.RequestID, Fingerprint: o.Fingerprint,
		CreatedAt: m.CreatedAt, RequestedBy: m.RequestedBy, Manifest: text,
	}
	if days := int(o.Definition.GetKeepFor()); days > 0 {
		until := m.CreatedAt.AddDate(0, 0, days)
		kept.KeptUntil = &until
	}
	for _, p := range pins(joins) {
		kept.Pins = append(kept.Pins, store.TrainingPin{Snapshot: p.Snapshot, AsOf: p.AsOf, Revision: p.Revision})
	}
	added, err = store.AddTrainingSet(ctx, tx, kept)
	return text, added, err
}
