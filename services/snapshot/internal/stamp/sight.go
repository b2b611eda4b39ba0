package stamp

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/footprint"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// presence is what became of rows that were stamped.
type presence string

const (
	// there: they are where they were stamped.
	there presence = "there"
	// detached: the partition is there, holds them, and is no partition any more.
	detached presence = "detached"
	// gone: nothing of the partition's name is there.
	gone presence = "gone"
	// spoiled: the partition is detached, and holds other rows.
	spoiled presence = "spoiled"
	// altered: the partition is attached, and holds other rows.
	altered presence = "altered"
	// elsewhere: the partition is attached to another table.
	elsewhere presence = "elsewhere"
)

// sight is what was seen of the rows that a catalog entry stands for.
type sight struct {
	presence presence
	// found says in words what was seen in place of the rows.
	found string
	// footprint is that of the partition; left is the one that is recorded.
	footprint, left string
	// touched says that somebody wrote to rows that are right all the same.
	touched bool
	// before is what may be recorded of them then: the footprint as of before they were hashed.
	before string
}

// stand says whether the rows are there, or will be once they are attached.
func (s sight) stand() bool { return s.presence == there || s.presence == detached }

// closeness is how closely rows are looked at.
type closeness int

const (
	// glance counts them where their partition lies otherwise on the disk than recorded: for
	// who has looked closer a moment before.
	glance closeness = iota
	// count counts all, and looks whether any was written since.
	count
	// verify hashes all.
	verify
)

// lookAt looks at the rows of the current entries of the as_of, by snapshot. They are hashed
// as well where they are detached, or their number is right and somebody wrote to them or made
// their table anew. conn is in a transaction.
func lookAt(ctx context.Context, conn *pgx.Conn, o Order, stamped map[string]store.Entry, how closeness) (map[string]sight, error) {
	places, err := store.Places(ctx, conn, o.dataset(), o.AsOf)
	if err != nil {
		return nil, err
	}
	var partitions []relation.Relation
	var layouts []layout.Layout
	for _, l := range o.Layouts {
		if e, ok := stamped[l.Snapshot]; ok {
			layouts, partitions = append(layouts, l), append(partitions, e.Partition)
		}
	}
	footprints, err := footprint.Of(ctx, conn, partitions...)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]sight, len(layouts))
	for i, l := range layouts {
		e, p := stamped[l.Snapshot], places[l.Snapshot]
		s, err := look(ctx, conn, l, e, p, footprints[i], how)
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", e.Partition, err)
		}
		s.footprint, s.left = footprints[i], p.Left
		seen[l.Snapshot] = s
	}
	return seen, nil
}

func look(ctx context.Context, conn *pgx.Conn, l layout.Layout, e store.Entry, p store.Place, now string, how closeness) (sight, error) {
	switch attached := p.Parent == e.Table; {
	case !p.Present:
		return sight{presence: gone, found: fmt.Sprintf("its partition %s is gone", e.Partition)}, nil
	case p.Parent != relation.Relation{} && !attached:
		return sight{presence: elsewhere, found: fmt.Sprintf("its partition %s is attached to %s", e.Partition, p.Parent)}, nil
	case !attached:
		return lookInto(ctx, conn, l, e, sight{presence: detached, found: fmt.Sprintf("its partition %s was detached", e.Partition)}, spoiled)
	case how == verify:
		return lookInto(ctx, conn, l, e, sight{presence: there}, altered)
	case how == glance && footprint.Same(p.Left, now):
		return sight{presence: there}, nil
	default:
		return counted(ctx, conn, l, e, p)
	}
}

// counted goes by the number of rows, and by the hash where somebody wrote to them since.
func counted(ctx context.Context, conn *pgx.Conn, l layout.Layout, e store.Entry, p store.Place) (sight, error) {
	n, written, err := footprint.Count(ctx, conn, e.Partition, p.Left)
	switch {
	case err != nil:
		return sight{}, err
	case n != e.Rows:
		return sight{presence: altered, found: fmt.Sprintf("its partition %s holds %s of %s", e.Partition, prose.Count(n, "row"), prose.Number(e.Rows))}, nil
	}
	lost, err := lostColumn(ctx, conn, l, e)
	switch {
	case err != nil:
		return sight{}, err
	case lost:
		return lookInto(ctx, conn, l, e, sight{presence: there}, altered)
	case written:
		before, err := footprint.Left(ctx, conn, e.Partition)
		if err != nil {
			return sight{}, err
		}
		return lookInto(ctx, conn, l, e, sight{presence: there, touched: true, before: before[0]}, altered)
	}
	return sight{presence: there}, nil
}

// lostColumn says whether the partition lost a column that it was stamped with, as far as its
// columns tell: it lacks one, or has one that may have been added again, without its values.
// Neither the number of rows nor who wrote them tells that.
func lostColumn(ctx context.Context, q postgres.Querier, l layout.Layout, e store.Entry) (bool, error) {
	lacks, err := lacking(ctx, q, l, e)
	if err != nil || len(lacks) > 0 {
		return true, err
	}
	return store.LostColumn(ctx, q, e.Partition)
}

// lacking are the columns that an as_of was stamped with and its partition does not have.
func lacking(ctx context.Context, q postgres.Querier, l layout.Layout, e store.Entry) (names []string, err error) {
	stand, err := store.ColumnsOf(ctx, q, e.Partition)
	if err != nil || len(stand) == 0 {
		return nil, err
	}
	then, _ := l.Stamped(e.Columns)
	for _, c := range then.Among(stand).Columns() {
		if !slices.Contains(stand, c.InHistory()) {
			names = append(names, c.InHistory())
		}
	}
	return names, nil
}

// lookInto goes by the hash: right where it is the catalog's, otherwise wrong.
func lookInto(ctx context.Context, conn *pgx.Conn, l layout.Layout, e store.Entry, right sight, wrong presence) (sight, error) {
	bad := sight{presence: wrong, found: fmt.Sprintf("its partition %s does not hold what was stamped", e.Partition)}
	then, undeclared := l.Stamped(e.Columns)
	columns, err := store.ColumnsOf(ctx, conn, e.Partition)
	if err != nil {
		return bad, err
	}
	then = then.Among(columns).InHistory()
	if len(undeclared) > 0 || !holds(columns, layout.Names(then.Columns())) {
		return bad, nil
	}
	if _, err := conn.Exec(ctx, digest.Settings); err != nil {
		return bad, fmt.Errorf("settings of the hash: %w", err)
	}
	sum, err := digest.Of(ctx, conn, e.Partition, then.Columns())
	if err != nil || sum.Hash != e.ContentHash {
		return bad, err
	}
	return right, nil
}

func holds(all, some []string) bool {
	return !slices.ContainsFunc(some, func(name string) bool { return !slices.Contains(all, name) })
}
