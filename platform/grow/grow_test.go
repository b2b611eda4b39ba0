package grow_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/grow"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
)

// garden is a database with a table t (k, a), of which differences are said by hand.
type garden struct {
	db      *pgtest.Database
	table   relation.Relation
	looks   int
	before  int
	renamed []relation.Rename
}

func plant(t *testing.T) *garden {
	t.Helper()
	db := pgtest.New(t)
	db.Exec(t, "create table public.t (k integer, a integer)")
	return &garden{db: db, table: relation.Relation{Schema: "public", Name: "t"}}
}

var (
	toB   = relation.Difference{Found: "a is b", Mend: `alter table public.t rename column a to b`, Remedy: relation.ByRun, Renames: []relation.Rename{{From: "a", To: "b"}}}
	more  = relation.Difference{Found: "no c", Mend: `alter table public.t add column c text`, Remedy: relation.ByRun}
	wider = relation.Difference{Found: "b is narrow", Mend: `alter table public.t alter column b type bigint`, Remedy: relation.ByMigration}
	yours = relation.Differs("a view hangs on it", "drop it")
)

// finds has the table looked at: the differences of the first look, and of the next.
func (g *garden) finds(first, next []relation.Difference) grow.Table {
	return grow.Table{
		Name: "t", Relation: g.table,
		Look: func(context.Context, postgres.Querier) ([]relation.Difference, error) {
			if g.looks++; g.looks == 1 {
				return first, nil
			}
			return next, nil
		},
		Before: func(context.Context, *pgx.Conn, []relation.Difference) error {
			g.before++
			return nil
		},
		After: func(_ context.Context, _ *pgx.Conn, mended []relation.Difference) error {
			g.renamed = append(g.renamed, grow.Renames(mended)...)
			return nil
		},
	}
}

func (g *garden) grower(remedy relation.Remedy, lookOnly bool) grow.Grower {
	return grow.Grower{
		Remedy: remedy, LookOnly: lookOnly,
		Tx: func(ctx context.Context, _ relation.Relation, fn func(context.Context, *pgx.Conn) error) error {
			return pgx.BeginFunc(ctx, g.db.Owner, func(tx pgx.Tx) error { return fn(ctx, tx.Conn()) })
		},
		Reason: problem.LiveTableDiffers,
	}
}

func (g *garden) columns(t *testing.T) []string {
	t.Helper()
	return g.db.Rows(t, "select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'public.t'::regclass and attnum > 0 order by attnum")
}

func mends(all []grow.Altered) (sql []string) {
	for _, a := range all {
		sql = append(sql, a.Mend)
	}
	return sql
}

func TestGrow(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		remedy      relation.Remedy
		lookOnly    bool
		first, next []relation.Difference
		done        []relation.Difference
		columns     []string
		looks       int
	}{
		"nothing differs":                  {relation.ByRun, false, nil, nil, nil, []string{"k|integer", "a|integer"}, 1},
		"a run renames and adds":           {relation.ByRun, false, []relation.Difference{toB, more, wider}, []relation.Difference{toB, more, wider}, []relation.Difference{toB, more}, []string{"k|integer", "b|integer", "c|text"}, 2},
		"a look does nothing":              {relation.ByRun, true, []relation.Difference{toB, more}, []relation.Difference{toB, more}, []relation.Difference{toB, more}, []string{"k|integer", "a|integer"}, 2},
		"another run was faster":           {relation.ByRun, false, []relation.Difference{toB}, nil, nil, []string{"k|integer", "a|integer"}, 2},
		"a run leaves what is a person's":  {relation.ByRun, false, []relation.Difference{toB, yours}, []relation.Difference{toB, yours}, []relation.Difference{toB}, []string{"k|integer", "b|integer"}, 2},
		"a migration renames what it does": {relation.ByMigration, false, []relation.Difference{toB, more, wider}, []relation.Difference{toB, more, wider}, []relation.Difference{toB, wider}, []string{"k|integer", "b|bigint"}, 2},
		"a migration has nothing to do":    {relation.ByMigration, false, []relation.Difference{toB}, nil, nil, []string{"k|integer", "a|integer"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := plant(t)

			all, err := g.grower(tc.remedy, tc.lookOnly).Grow(t.Context(), g.db.Owner, []grow.Table{g.finds(tc.first, tc.next)})

			require.NoError(t, err)
			var want []string
			for _, d := range tc.done {
				want = append(want, d.Mend)
			}
			require.Equal(t, want, mends(all))
			require.Equal(t, tc.columns, g.columns(t))
			require.Equal(t, tc.looks, g.looks)
			renames := slices.ContainsFunc(tc.done, func(d relation.Difference) bool { return len(d.Renames) > 0 })
			require.Equal(t, renames && !tc.lookOnly, len(g.renamed) > 0)
			require.Equal(t, len(tc.done) > 0 && !tc.lookOnly, g.before == 1)
		})
	}
}

// A view that somebody makes between the first look and the lock is not left out in
// silence: the migration ends, and the table is as it was.
func TestAMigrationRefusesWhatCameBetween(t *testing.T) {
	t.Parallel()
	for name, first := range map[string][]relation.Difference{"before": {yours, wider}, "between": {toB, wider}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := plant(t)

			all, err := g.grower(relation.ByMigration, false).Grow(t.Context(), g.db.Owner, []grow.Table{g.finds(first, []relation.Difference{yours})})

			require.ErrorContains(t, err, "public.t differs from the dataset in what a person has to mend first: a view hangs on it: drop it; the table was not altered")
			require.True(t, problem.Is(err, problem.LiveTableDiffers))
			require.Equal(t, []problem.Violation{{Subject: "public.t", Description: "a view hangs on it: drop it"}}, problem.FromError(err).Violations)
			require.Empty(t, all)
			require.Equal(t, []string{"k|integer", "a|integer"}, g.columns(t))
		})
	}
}

// What was done before an error stands, and is said; what is recorded of a rename is
// recorded with it or not at all.
func TestWhatWasDoneBeforeAnErrorIsSaid(t *testing.T) {
	t.Parallel()
	g := plant(t)
	g.db.Exec(t, "create table public.u (k integer)")
	second := g.finds([]relation.Difference{toB}, []relation.Difference{toB})
	second.After = func(context.Context, *pgx.Conn, []relation.Difference) error { return errors.New("the ledger is full") }
	u := relation.Difference{Mend: "alter table public.u add column c text", Remedy: relation.ByRun}
	first := grow.Table{Name: "u", Relation: relation.Relation{Schema: "public", Name: "u"}, Look: func(context.Context, postgres.Querier) ([]relation.Difference, error) {
		return []relation.Difference{u}, nil
	}}

	all, err := g.grower(relation.ByRun, false).Grow(t.Context(), g.db.Owner, []grow.Table{first, second})

	require.ErrorContains(t, err, "alter public.t: the ledger is full")
	require.Equal(t, []string{u.Mend}, mends(all))
	require.Equal(t, []string{"k|integer", "a|integer"}, g.columns(t))
	message := grow.Proto(all)[0]
	require.Equal(t, "u", message.GetName())
	require.Equal(t, "public", message.GetRelation().GetSchema())
	require.Equal(t, u.Mend, message.GetMend())
}

// The lock comes before the look: what the look finds holds until the table is altered.
func TestTheTableIsLockedBeforeItIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	g := plant(t)
	table := g.finds([]relation.Difference{more}, []relation.Difference{more})
	look := table.Look
	table.Look = func(ctx context.Context, q postgres.Querier) ([]relation.Difference, error) {
		if g.looks == 1 {
			require.Equal(t, []string{"AccessExclusiveLock"}, g.db.Rows(t, "select mode from pg_locks where relation = 'public.t'::regclass and granted"))
		}
		return look(ctx, q)
	}

	all, err := g.grower(relation.ByRun, false).Grow(t.Context(), g.db.Owner, []grow.Table{table})

	require.NoError(t, err)
	require.Equal(t, "public.t", all[0].Relation.String())
	require.Equal(t, relation.ByMigration, grow.RemedyOf(true))
	require.Equal(t, relation.ByRun, grow.RemedyOf(false))
}
