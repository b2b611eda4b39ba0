package trainingset

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/relation"
)

// atOnce is how many older revisions one query looks into. A history is mostly looked
// into no further than its newest revision, and each more is one more plan for
// PostgreSQL to make.
const atOnce = 24

// older are the revisions of a source, behind its newest, in which an entity that the
// newer ones lack has its newest row. Those that have none for anybody are left out: the
// set does not depend on them. lost is for how many entities that is not what was known.
func (s *Set) older(ctx context.Context, q postgres.Querier, j Join, source int, missing int64, candidates []Pin) (all []Pin, lost lost, err error) {
	newer := j.Sources[source]
	for begin := 0; begin < len(candidates) && missing > 0; begin += atOnce {
		some := candidates[begin:min(begin+atOnce, len(candidates))]
		hits, err := s.hits(ctx, q, j, source, newer, some)
		if err != nil {
			return nil, lost, err
		}
		for i, n := range hits {
			if n == 0 {
				continue
			}
			newer = append(newer, some[i])
			missing -= n
			if some[i].AsOf.Before(j.Cut[source]) {
				lost.older += n
			}
		}
	}
	if !j.Cut[source].IsZero() {
		lost.all = missing
	}
	return newer, lost, nil
}

// hits is for how many entities, of those that the newer revisions lack, each of some
// older ones is the first that has a row.
func (s *Set) hits(ctx context.Context, q postgres.Querier, j Join, source int, newer, older []Pin) ([]int64, error) {
	rows, err := q.Query(ctx, s.hitsSQL(j, source, newer, older))
	if err != nil {
		return nil, fmt.Errorf("look for older rows of %s: %w", s.Sources[source].Table.Snapshot, err)
	}
	hits := make([]int64, len(older))
	var first int
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&first, &n}, func() error {
		hits[first] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for older rows of %s: %w", s.Sources[source].Table.Snapshot, err)
	}
	return hits, nil
}

func (s *Set) hitsSQL(j Join, source int, newer, older []Pin) string {
	key := s.Sources[source].Table.Key
	var names, absent []string
	for _, c := range key {
		names = append(names, "e."+relation.Quote(c.Name))
	}
	for _, p := range newer {
		absent = append(absent, fmt.Sprintf("not exists (select from %s o where %s)", s.Sources[source].Table.of(p), joined("e", "o", key)))
	}
	if where := s.where(); where != "" {
		absent = append(absent, where)
	}
	var first strings.Builder
	for i, p := range older {
		fmt.Fprintf(&first, "\n        when exists (select from %s o where %s) then %d", s.Sources[source].Table.of(p), joined("e", "o", key), i)
	}
	return "with e as materialized (select " + strings.Join(names, ", ") + " from " + s.entities(j) + " e where " + strings.Join(absent, " and ") + ")\n" +
		"select first, count(*) from (select case" + first.String() + " end as first from e) h\nwhere first is not null group by first"
}
