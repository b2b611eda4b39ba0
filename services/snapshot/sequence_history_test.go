package snapshot_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
)

// requireHistory holds the history, current and past, and its catalog to the model.
func (q *sequence) requireHistory(known *digests) {
	var entries, stale []string
	for _, table := range q.model.tables {
		var current, all []string
		for _, asOf := range modelDates {
			revisions := q.model.revisions[place{table, asOf}]
			for i, r := range revisions {
				last := i == len(revisions)-1
				entries = append(entries, fmt.Sprintf("%s_snapshots|%s|%d|%s|%d|%d", table, asOf, i+1, map[bool]string{true: "t", false: "f"}[last], len(r.rows), r.restores))
				if q.model.dropped[asOf] {
					continue // what it was stays in the catalog
				}
				all = append(all, r.rows.shown(fmt.Sprintf("%s|%d|", asOf, i+1))...)
				if last {
					current = append(current, r.rows.shown(asOf+"|")...)
				}
			}
			if q.model.stale(table, asOf) {
				stale = append(stale, table+"_snapshots|"+asOf)
				q.happened.did("stale")
			}
		}
		if name := q.dataset.GetName() + "." + table + "_snapshots"; q.model.now > 0 {
			require.Equal(q.t, current, q.db.Rows(q.t, "select as_of, id, trim_scale(x), y from "+name+" order by 1, 2"))
			require.Equal(q.t, all, q.db.Rows(q.t, "select as_of, revision, id, trim_scale(x), y from "+name+"_revisions order by 1, 2, 3"))
		}
	}
	q.requireCatalog(known, entries)
	require.Equal(q.t, stale, q.db.Rows(q.t, "select snapshot, as_of::text from sf_snapshot.stale where dataset = $1 order by 1, 2", q.dataset.GetName()))
}

// requireCatalog holds the catalog to the model's entries, their digests to their contents,
// and the moments to an order in which each ends where the next one begins.
func (q *sequence) requireCatalog(known *digests, want []string) {
	rows, err := q.db.Owner.Query(context.Background(), `select format('%s|%s|%s|%s|%s|%s', snapshot, as_of, revision, current, rows, coalesce(restores, 0)),
			content_hash, known_at, superseded_at, left(snapshot, 1), as_of::text, revision
		from sf_snapshot.catalog where dataset = $1 order by snapshot, as_of, revision`, q.dataset.GetName())
	require.NoError(q.t, err)
	defer rows.Close()
	var got []string
	var until *time.Time
	for rows.Next() {
		var entry, hash, table, asOf string
		var at time.Time
		var end *time.Time
		var n int
		require.NoError(q.t, rows.Scan(&entry, &hash, &at, &end, &table, &asOf, &n))
		r := q.model.revisions[place{table, asOf}][n-1]
		known.require(q.t, r.rows, hash)
		require.True(q.t, q.knownAt[r.at].Equal(at), entry)
		if n > 1 {
			require.True(q.t, until != nil && until.Equal(at), entry)
		}
		got, until = append(got, entry), end
	}
	require.NoError(q.t, rows.Err())
	require.Equal(q.t, want, got)
	require.True(q.t, slices.IsSortedFunc(q.knownAt, func(a, b time.Time) int { return cmp.Or(a.Compare(b), 1) }) || len(q.knownAt) < 2)
}
