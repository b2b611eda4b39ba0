package stamp

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	renames "github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/footprint"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/called"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// attachAgain attaches the partitions that were detached and hold what was stamped.
func attachAgain(ctx context.Context, conn *pgx.Conn, o Order, stamped map[string]store.Entry, seen map[string]sight) error {
	for _, l := range o.Layouts {
		if seen[l.Snapshot].presence != detached {
			continue
		}
		e := stamped[l.Snapshot]
		if err := attachOneAgain(ctx, conn, o, l, e); err != nil {
			return err
		}
		left, err := footprint.Left(ctx, conn, e.Partition)
		if err != nil {
			return err
		}
		if err := store.Leave(ctx, conn, o.dataset(), o.AsOf, []store.Entry{e}, left); err != nil {
			return err
		}
	}
	return nil
}

// attachOneAgain also gives the partition the columns that its table got meanwhile, and
// makes the table where it was dropped.
func attachOneAgain(ctx context.Context, conn *pgx.Conn, o Order, l layout.Layout, e store.Entry) error {
	var statements []string
	parent, err := store.ColumnsOf(ctx, conn, e.Table)
	if err != nil {
		return err
	}
	own, err := store.ColumnsOf(ctx, conn, e.Partition)
	if err != nil {
		return err
	}
	switch open := openIn(l, own).Without(openIn(l, parent)); {
	case len(parent) == 0 && len(open) > 0: // what is made anew has the names that are declared
		if err := carriedOutWith(ctx, conn, o.dataset(), l, called.Renames(open)); err != nil {
			return err
		}
		own = open.AllNow(own)
	case len(open) > 0: // the table was renamed by hand meanwhile
		statements = append(statements, relation.Renaming(e.Partition, called.Renames(open.Steps(own))))
		own = open.AllNow(own)
	}
	if len(parent) == 0 {
		then, _ := l.Stamped(e.Columns)
		statements = append(statements, createParent(then))
	}
	for _, c := range l.Rest {
		if slices.Contains(parent, c.Name) && !slices.Contains(own, c.Name) {
			statements = append(statements, addColumn(e.Partition, c))
		}
	}
	statements = append(statements, attachAs(l, e.Partition, o.AsOf), grantReader(e.Partition))
	if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return refused(o, err)
	}
	return nil
}

// openIn are the columns of a layout that are to be renamed yet in a table that has these.
func openIn(l layout.Layout, columns []string) renames.Pairs {
	open, _ := l.Renames.Among(columns)
	return open
}

// restore puts back the rows of a snapshot that is stamped and was filled again, and
// says what it did. A partition that is still attached is written to and not swapped,
// so that every reader keeps what it began with; one that is detached and holds other
// rows is set aside, since nobody knows whose they are.
func restore(ctx context.Context, conn *pgx.Conn, o Order, v verdict) (string, error) {
	final, filled := v.stamped.Partition, *v.prepared.Partition
	var statements []string
	said := v.sight.found + ", and is filled again"
	switch v.sight.presence {
	case there, altered:
		statements = append(statements, "delete from "+final.SQL(), copyAll(v.layout, final, filled), dropTable(filled))
		if said = v.sight.found + ", and holds it again"; v.sight.found == "" {
			said = "its rows did not have the hash of the catalog, and are written again"
		}
	case spoiled:
		aside := relation.Relation{Schema: final.Schema, Name: layout.Aside(final, o.Fence.Number)}
		statements = append(statements, rename(final, aside)...)
		said += fmt.Sprintf("; what stood there is set aside as %s", aside)
		fallthrough
	default:
		statements = append(statements, attach(v.layout, filled, final, o.AsOf))
	}
	if _, err := conn.Exec(ctx, strings.Join(statements, ";\n")); err != nil {
		return "", refused(o, err)
	}
	if p := v.sight.presence; p == there || p == altered {
		return said, checkWritten(ctx, conn, o, v)
	}
	return said, nil
}

// checkWritten looks, where triggers of the users' own fired as the rows were written
// into an attached partition, whether it holds what was stamped.
func checkWritten(ctx context.Context, conn *pgx.Conn, o Order, v verdict) error {
	hands, err := postgres.Hands(ctx, conn, []relation.Relation{v.stamped.Partition})
	if err != nil || len(hands) == 0 {
		return err
	}
	if _, err := conn.Exec(ctx, "set constraints all immediate"); err != nil {
		return refused(o, err)
	}
	s, err := lookInto(ctx, conn, v.layout, *v.stamped, sight{presence: there}, altered)
	if err != nil || s.presence == there {
		return err
	}
	return tookAHand(o, v, hands, "stamped")
}

// tookAHand is the error of a partition whose triggers left other rows than were written,
// those that were stamped or delivered.
func tookAHand(o Order, v verdict, hands []postgres.Hand, were string) error {
	names, off := make([]string, len(hands)), make([]string, len(hands))
	for i, h := range hands {
		names[i], off[i] = h.String(), h.Off()
	}
	return problem.New(problem.SnapshotTableDiffers,
		"%s: expected the rows of %s as they were %s, found others after they were written: %s took a hand; have it leave the rows alone, or keep it from firing: %s; nothing was written",
		v.layout.Table, v.stamped.Partition, were, strings.Join(names, " and "), strings.Join(off, "; ")).
		With("dataset", o.dataset()).With("as_of", o.date()).
		Violate(v.layout.Table.String(), "%s changed rows as they were written", strings.Join(names, " and "))
}
