// Package grow alters tables so that they take what a dataset declares by now: columns
// that are new or called otherwise, types that are wider, NULL where a file may lack a
// column. Each table is altered in a short fenced transaction of its own, which tries to
// have its lock for a moment and comes again; what is done and then not needed does no
// harm. What a service's tables look like, and how they differ, is the service's to say.
package grow

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Table is one that may have to grow.
type Table struct {
	// Name is the dataset's, of the table or the snapshot.
	Name     string
	Relation relation.Relation
	// Look says how what stands differs from what is declared; nothing where nothing
	// stands. It is called again under the lock.
	Look func(ctx context.Context, q postgres.Querier) ([]relation.Difference, error)
	// Before and After, where given, are called around what is mended, in its transaction:
	// for what has to go out of its way, and what has to follow it.
	Before, After func(ctx context.Context, conn *pgx.Conn, mended []relation.Difference) error
}

// Grower alters tables.
type Grower struct {
	// Remedy is what is to be done: what a run does, or a migration.
	Remedy relation.Remedy
	// LookOnly only says what would be done.
	LookOnly bool
	// Tx runs fn in a fenced transaction that waits for the table's lock in short tries.
	Tx func(ctx context.Context, table relation.Relation, fn func(context.Context, *pgx.Conn) error) error
	// Reason is that of the error of a table that a person has to mend first.
	Reason problem.Reason
}

// Altered is one difference that was mended, or would be.
type Altered struct {
	Name     string
	Relation relation.Relation
	relation.Difference
	// Locked is how long the table was locked for it.
	Locked time.Duration
	// Bytes is how large the table is, all of its partitions together.
	Bytes int64
}

// Grow looks at every table, and mends what the remedy is for, in the order of the tables.
// It returns what it did before an error too, which stands. A migration refuses all that a
// person has to mend, before it alters anything and again under each table's lock: its
// caller has seen that there is nothing, and a table that was left out would part from the
// others.
func (g Grower) Grow(ctx context.Context, q postgres.Querier, tables []Table) ([]Altered, error) {
	var all []Altered
	var work []Table
	for _, t := range tables {
		found, err := t.Look(ctx, q)
		if err != nil {
			return nil, err
		}
		if err := g.refuse(t, found); err != nil {
			return nil, err
		}
		if len(g.due(found)) > 0 {
			work = append(work, t)
		}
	}
	for _, t := range work {
		altered, err := g.table(ctx, t)
		if err != nil {
			return all, fmt.Errorf("alter %s: %w", t.Relation, err)
		}
		all = append(all, altered...)
	}
	return all, nil
}

func (g Grower) refuse(t Table, found []relation.Difference) error {
	if g.Remedy != relation.ByMigration {
		return nil
	}
	var by []relation.Difference
	for _, d := range relation.Left(found, relation.ByPerson) {
		if d.Alone == relation.ByPerson {
			by = append(by, d)
		}
	}
	if len(by) == 0 {
		return nil
	}
	return differs(g.Reason, t.Relation, by)
}

// differs is the error of a table that a person has to mend before it is altered.
func differs(reason problem.Reason, table relation.Relation, by []relation.Difference) error {
	p := problem.New(reason, "")
	said := make([]string, len(by))
	for i, d := range by {
		said[i] = d.String()
		if d.Reason != "" {
			p.Reason = problem.Reason(d.Reason)
		}
		p = p.Violate(table.String(), "%s", d)
	}
	p.Message = table.String() + " differs from the dataset in what a person has to mend first: " + strings.Join(said, "; ") + "; the table was not altered"
	return p
}

// due are the differences that are to be mended. A table that is rewritten gets its
// columns' names with it: the SQL has those that are declared.
func (g Grower) due(found []relation.Difference) []relation.Difference {
	due := relation.Left(found, g.Remedy)
	if g.Remedy != relation.ByMigration || len(due) == 0 {
		return due
	}
	var names []relation.Difference
	for _, d := range relation.Left(found, relation.ByRun) {
		if len(d.Renames) > 0 {
			names = append(names, d)
		}
	}
	return append(names, due...)
}

const bytesSQL = `
select coalesce(sum(pg_catalog.pg_total_relation_size(relid)), 0)::bigint
  from (select $1::text::regclass union select relid from pg_catalog.pg_partition_tree($1::text::regclass)) t (relid)`

// table looks again under the lock: another run may have been faster, and somebody may
// have made a view meanwhile.
func (g Grower) table(ctx context.Context, t Table) (all []Altered, err error) {
	err = g.Tx(ctx, t.Relation, func(ctx context.Context, conn *pgx.Conn) error {
		all = nil
		if !g.LookOnly {
			if _, err := conn.Exec(ctx, "lock table "+t.Relation.SQL()+" in access exclusive mode"); err != nil {
				return err
			}
		}
		began := time.Now()
		found, err := t.Look(ctx, conn)
		if err != nil {
			return err
		}
		if err := g.refuse(t, found); err != nil {
			return err
		}
		if all, err = g.measured(ctx, conn, t, found); g.LookOnly || len(all) == 0 || err != nil {
			return err
		}
		if err := t.alter(ctx, conn, all); err != nil {
			return err
		}
		for i := range all {
			all[i].Locked = time.Since(began)
		}
		return nil
	})
	return all, err
}

func (g Grower) measured(ctx context.Context, conn *pgx.Conn, t Table, found []relation.Difference) ([]Altered, error) {
	var bytes int64
	if err := conn.QueryRow(ctx, bytesSQL, t.Relation.SQL()).Scan(&bytes); err != nil {
		return nil, fmt.Errorf("measure it: %w", err)
	}
	var all []Altered
	for _, d := range g.due(found) {
		all = append(all, Altered{Name: t.Name, Relation: t.Relation, Difference: d, Bytes: bytes})
	}
	return all, nil
}

func (t Table) alter(ctx context.Context, conn *pgx.Conn, all []Altered) error {
	statements, mended := make([]string, len(all)), make([]relation.Difference, len(all))
	for i, a := range all {
		statements[i], mended[i] = a.Mend, a.Difference
	}
	if t.Before != nil {
		if err := t.Before(ctx, conn, mended); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return err
	}
	if t.After == nil {
		return nil
	}
	return t.After(ctx, conn, mended)
}

// Renames are all that the differences rename.
func Renames(mended []relation.Difference) []relation.Rename {
	var all []relation.Rename
	for _, d := range mended {
		all = append(all, d.Renames...)
	}
	return all
}

// Proto is what was altered, as messages.
func Proto(all []Altered) []*stepv1.AlteredRelation {
	messages := make([]*stepv1.AlteredRelation, len(all))
	for i, a := range all {
		messages[i] = &stepv1.AlteredRelation{
			Name: a.Name, Relation: a.Relation.Proto(), Found: a.Found, Mend: a.Mend,
			LockedMs: a.Locked.Milliseconds(), Bytes: a.Bytes,
		}
	}
	return messages
}

// RemedyOf is what a request asks to be done.
func RemedyOf(rewrite bool) relation.Remedy {
	if rewrite {
		return relation.ByMigration
	}
	return relation.ByRun
}
