// Package verify holds history to the catalog: it reads the rows of revisions again, and
// says of each whether they are those that were stamped. It changes nothing.
//
// Every revision is read once, in a transaction of its own that sees one state, so that a
// verification that takes hours keeps nobody's dead rows for hours, and a correction that
// comes meanwhile is no mistake: the revision is looked for where it is by then.
package verify

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Order says what is to be verified.
type Order struct {
	Dataset string
	// Snapshot and AsOf, YYYY-MM-DD, keep one of each; empty, all.
	Snapshot, AsOf string
	// Superseded looks at superseded revisions as well.
	Superseded bool
	// Reading is told of each revision before it is read.
	Reading func(store.Entry)
	// Found takes what was found, one revision after the other, newest as_of first, then
	// the stray partitions. No transaction is open meanwhile.
	Found func(Finding) error
	// Dropped is told of each revision that is not read, since retention dropped its rows.
	Dropped func()
}

// Verifier verifies. It is safe for concurrent use.
type Verifier struct{ pool *postgres.Pool }

// New returns a Verifier on a pool of the service's own role.
func New(pool *postgres.Pool) *Verifier { return &Verifier{pool: pool} }

// Verify looks at every revision that is asked for and was not dropped. Errors:
// SNAPSHOT_NOT_FOUND where there is none, RETAINED_NO_LONGER where one date is asked for and
// it was dropped, and what Found returns.
func (v *Verifier) Verify(ctx context.Context, o Order) error {
	keys, err := store.RevisionKeys(ctx, v.pool, o.Dataset, o.Snapshot, o.AsOf, o.Superseded)
	if err != nil {
		return err
	}
	if len(keys) == 0 {
		return nothing(o)
	}
	for _, k := range keys {
		if k.Dropped {
			if o.AsOf != "" {
				return store.Retained(ctx, v.pool, o.Dataset, k.AsOf)
			}
			o.Dropped()
			continue
		}
		f, err := v.revision(ctx, o, k)
		switch {
		case err != nil:
		case f.State == Dropped:
			o.Dropped()
		default:
			err = o.Found(f)
		}
		if err != nil {
			return err
		}
	}
	if o.AsOf != "" {
		return nil
	}
	return v.strays(ctx, o)
}

// Current reads the rows of one entry, once, and says what became of them.
func (v *Verifier) Current(ctx context.Context, e store.Entry) (Finding, error) {
	return v.revision(ctx, Order{Dataset: e.Dataset, Reading: func(store.Entry) {}}, store.RevisionKey{Snapshot: e.Snapshot, AsOf: e.AsOf, Revision: e.Revision})
}

func nothing(o Order) error {
	what := "dataset " + o.Dataset
	if o.Snapshot != "" {
		what = "snapshot " + o.Snapshot + " of " + what
	}
	if o.AsOf != "" {
		what += " as of " + o.AsOf
	}
	return problem.New(problem.SnapshotNotFound, "nothing is stamped of %s", what).
		With("dataset", o.Dataset).With("as_of", o.AsOf)
}

// revision reads one revision. What is wrong with the table itself is what was found, and
// no error.
func (v *Verifier) revision(ctx context.Context, o Order, k store.RevisionKey) (Finding, error) {
	var f Finding
	err := pgx.BeginTxFunc(ctx, v.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		e, ok, err := store.Revision(ctx, tx, o.Dataset, k)
		if err == nil && !ok {
			err = fmt.Errorf("expected revision %d of %s in the catalog, found none", k.Revision, k.Snapshot)
		}
		if err != nil {
			return err
		}
		f = Finding{Entry: e}
		if e.DroppedAt != nil {
			f.State = Dropped // since it was listed
			return nil
		}
		o.Reading(e)
		return f.look(ctx, tx)
	})
	if says, about := unreadable(err); about {
		f.State, f.Rows, f.Hash = Tampered, nil, ""
		f.Found = fmt.Sprintf("%s cannot be read: %s", f.Entry.Relation, says)
		err = nil
	}
	if err == nil && f.State.Wrong() {
		f.Erased, err = store.EraseRunsSince(ctx, v.pool, o.Dataset, f.Entry.KnownAt)
	}
	f.advise()
	return f, postgres.Problem(err)
}

// look finds where the rows are, and reads them.
func (f *Finding) look(ctx context.Context, tx pgx.Tx) error {
	e := f.Entry
	want := e.Table
	if e.SupersededAt != nil {
		kept, err := store.IsKept(ctx, tx, e)
		if err != nil {
			return err
		}
		if !kept {
			f.State, f.Found = NotKept, "its rows were lost before it was superseded, and are kept nowhere"
			return nil
		}
		want = keptOf(e)
	}
	present, parent, err := store.Lying(ctx, tx, e.Relation)
	if err != nil {
		return err
	}
	if !present {
		f.State, f.Found = Missing, fmt.Sprintf("its table %s is gone", e.Relation)
		return nil
	}
	sum, missing, err := read(ctx, tx, e)
	if err != nil {
		return err
	}
	f.judge(sum, missing, parent, want)
	if want == e.Table && parent != want && parent.Schema == want.Schema {
		stands, _, err := store.Lying(ctx, tx, want)
		if err != nil {
			return err
		}
		if !stands {
			f.renamed = parent
		}
	}
	return nil
}

// read counts and hashes what a table holds, in one reading, by the columns that the
// revision was stamped with.
func read(ctx context.Context, tx pgx.Tx, e store.Entry) (sum digest.Sum, missing []string, err error) {
	columns, missing, err := digest.Columns(ctx, tx, e.Relation, e.Columns)
	if err != nil || len(missing) > 0 {
		return sum, missing, err
	}
	if _, err := tx.Exec(ctx, digest.Settings); err != nil {
		return sum, nil, fmt.Errorf("settings of the hash: %w", err)
	}
	sum, err = digest.Of(ctx, tx.Conn(), e.Relation, columns)
	return sum, nil, err
}
