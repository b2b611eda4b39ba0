package trainingset

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// erasures are those of a dataset, the oldest first, by snapshot and as_of.
type erasures map[string][]store.Erasure

func erasuresOf(ctx context.Context, q postgres.Querier, dataset string) (erasures, error) {
	all, err := store.Erasures(ctx, q, dataset)
	if err != nil {
		return nil, err
	}
	by := erasures{}
	for _, e := range all {
		by[place(e.Snapshot, e.AsOf)] = append(by[place(e.Snapshot, e.AsOf)], e)
	}
	return by, nil
}

// since follows a content through the erasures that it has gone through: how many rows went,
// the erasures, and the hash that is left. It goes by what was there, so that it serves
// a manifest of another installation as well.
func (e erasures) since(p Pin) (rows int64, by []erasedBy, left string) {
	left = p.ContentHash
	for _, one := range e[place(p.Snapshot, p.AsOf)] {
		if one.HashBefore == left {
			rows, left = rows+one.RowsBefore-one.RowsAfter, one.HashAfter
			by = append(by, erasedBy{one.Run, one.RequestedBy, one.ErasedAt})
		}
	}
	return rows, by, left
}

// difference says how revisions differ from a pin: by rows that were erased from it, where
// what is left of it is still there.
func (e erasures) difference(p Pin, revisions []store.Entry) difference {
	here := place(p.Snapshot, p.AsOf)
	rows, by, left := e.since(p)
	if rows > 0 && slices.ContainsFunc(revisions, func(r store.Entry) bool { return r.ContentHash == left }) {
		return difference{snapshot: p.Snapshot, erased: rows, says: fmt.Sprintf("%s: %s: expected revision %d with %s, of which %s since, %s", here, problem.ErasedSince,
			p.Revision, p.ContentHash, erasedRows(rows), erasers(by))}
	}
	return difference{snapshot: p.Snapshot, says: fmt.Sprintf("%s: expected revision %d with %s, found %s", here, p.Revision, p.ContentHash, contents(revisions))}
}

// erasedEntities says that rows which somebody brought were erased: they are nowhere else.
func erasedEntities(g *Given, all []store.EntitiesErased) *difference {
	var rows int64
	var by []erasedBy
	for _, e := range all {
		rows += e.Rows
		by = append(by, erasedBy{e.Run, e.RequestedBy, e.At})
	}
	wrong := otherEntities(fmt.Sprintf("%s: expected the %s of %s, of which %s since, %s", problem.ErasedSince,
		prose.Count(g.Rows, "row"), g.Name, erasedRows(rows), erasers(by)))
	wrong.erased = rows
	return wrong
}

// erasedBy is a run that erased, who asked for it, and when it did.
type erasedBy struct {
	run, who string
	at       time.Time
}

func (e erasedBy) String() string {
	return fmt.Sprintf("by %s on %s (%s)", e.who, day(e.at.UTC()), e.run)
}

// maxErasers is how many runs are named; of more, the first and the last.
const maxErasers = 3

// erasers names the runs that erased, the first one first.
func erasers(all []erasedBy) string {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.String()
	}
	if len(all) <= maxErasers {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("by %d runs, the first %s, the last %s", len(all), names[0], names[len(names)-1])
}

func erasedRows(n int64) string {
	verb := " were erased"
	if n == 1 {
		verb = " was erased"
	}
	return prose.Count(n, "row") + verb
}

// reasonOf is RETAINED_NO_LONGER where retention dropped a revision, and ERASED_SINCE where
// erasures are all that differs.
func reasonOf(differences []difference) problem.Reason {
	if slices.ContainsFunc(differences, func(d difference) bool { return d.dropped }) {
		return problem.RetainedNoLonger
	}
	if len(differences) > 0 && !slices.ContainsFunc(differences, func(d difference) bool { return d.erased == 0 }) {
		return problem.ErasedSince
	}
	return problem.TrainingSetChanged
}
