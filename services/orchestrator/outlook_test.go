package orchestrator_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// retyped is the shop with another type of the users' amount.
func retyped(to string) *datasetv1.Dataset {
	d := dataset("shop")
	d.Tables[0].Columns[1].Type = to
	return d
}

// expands, rewrites: the table stands, and differs so that a run, or a migration, mends it.
func (s *suite) expands(name string, all ...*stepv1.RelationDifference) {
	s.stand(name, true)
	s.stands[name].Expansions = all
}

func (s *suite) rewrites(name string, all ...*stepv1.RelationDifference) {
	s.stand(name, true)
	s.stands[name].Rewrites = all
}

func weighed(changes []*orchestratorv1.DatasetChange) (all []string) {
	for _, c := range changes {
		all = append(all, strings.TrimPrefix(c.GetClass().String(), "CHANGE_CLASS_")+": "+c.GetNote())
	}
	return all
}

// A version that no run has carried out is not what the tables are: what is said of the
// next one is said of the tables.
func TestAChangeIsWeighedByTheTablesThatAreThere(t *testing.T) {
	t.Parallel()
	const sql = `alter table "public"."shop_users" alter column "amount" type numeric(12,2)`
	stale := differsIn("amount", "expected column amount to be numeric(12,2), found numeric(10,2)", sql)
	other := differsIn("mail", "expected a column mail text, found none", `alter table "public"."shop_users" add column "mail" text`)
	for name, tc := range map[string]struct {
		from, to string
		stand    func(*suite)
		want     string
		nextRun  []string
	}{
		"narrower than a version that never ran, wider than the table": {"numeric(20,2)", "numeric(12,2)",
			func(s *suite) { s.expands("shop_users", stale) }, "EXPANDING: carried out by the next run, without rewriting", []string{sql}},
		"narrower than a version that never ran, and what the table is": {"numeric(20,2)", "numeric(12,2)",
			func(s *suite) { s.stand("shop_users", true) }, "METADATA: the tables that are there are so already", nil},
		"wider than a version that never ran, and what the table is": {"numeric(10,2)", "numeric(12,2)",
			func(s *suite) { s.stand("shop_users", true) }, "METADATA: the tables that are there are so already", nil},
		"only history is behind": {"numeric(10,2)", "numeric(12,2)", func(s *suite) {
			s.stand("shop_users", true)
			s.expands("shop_users_snapshots", stale)
		}, "EXPANDING: PostgreSQL changes it without rewriting: carried out by the next run", []string{sql}},
		"the table is of yet another type": {"numeric(10,2)", "numeric(12,2)",
			func(s *suite) { s.rewrites("shop_users", stale) }, "REWRITING: every value is kept, and PostgreSQL rewrites the table: `sfctl dataset migrate` does it on demand, under a lock", nil},
		"what an earlier version added, and no run did": {"numeric(10,2)", "numeric(12,2)",
			func(s *suite) { s.expands("shop_users", other) }, "METADATA: the tables that are there are so already", []string{other.GetMend()}},
		"no table": {"numeric(20,2)", "numeric(12,2)", func(*suite) {}, "METADATA: no table is there yet: the next run makes it as it is declared", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.apply(t, retyped(tc.from))
			tc.stand(s)

			resp := s.apply(t, retyped(tc.to))

			require.Equal(t, []string{tc.want}, weighed(resp.GetChanges()))
			require.Equal(t, tc.nextRun, mends(resp.GetNextRun()))
			d, err := s.client.DiffDataset(t.Context(), &orchestratorv1.DiffDatasetRequest{Dataset: "shop"})
			require.NoError(t, err)
			require.Equal(t, weighed(resp.GetChanges()), weighed(d.GetChanges()), "diff says what apply said")
			require.Equal(t, mends(resp.GetNextRun()), mends(d.GetNextRun()))
		})
	}
}

func mends(all []*stepv1.AlteredRelation) (sql []string) {
	for _, a := range all {
		sql = append(sql, a.GetMend())
	}
	return sql
}

// Between two versions of the past the tables that are there say nothing.
func TestADifferenceOfThePastIsWeighedByItsVersions(t *testing.T) {
	t.Parallel()
	s := setup(t)
	old := s.apply(t, retyped("numeric(10,2)")).GetVersion().GetVersion()
	mid := s.apply(t, retyped("numeric(12,2)")).GetVersion().GetVersion()
	s.apply(t, retyped("numeric(14,2)"))
	s.expands("shop_users", differsIn("amount", "expected numeric(14,2)", "alter"))

	d, err := s.client.DiffDataset(t.Context(), &orchestratorv1.DiffDatasetRequest{Dataset: "shop", From: old, To: mid})

	require.NoError(t, err)
	require.Equal(t, []string{"EXPANDING: PostgreSQL changes it without rewriting: carried out by the next run"}, weighed(d.GetChanges()))
	require.Empty(t, d.GetNextRun())
}

func TestADifferenceSaysWhatCouldNotBeLookedAt(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, retyped("numeric(10,2)"))
	s.apply(t, retyped("numeric(12,2)"))
	s.hide("ingest", problem.New(problem.DatabaseUnavailable, "PostgreSQL is starting up"))

	d, err := s.client.DiffDataset(t.Context(), &orchestratorv1.DiffDatasetRequest{Dataset: "shop"})

	require.NoError(t, err)
	require.Equal(t, []string{"EXPANDING: PostgreSQL changes it without rewriting: carried out by the next run"}, weighed(d.GetChanges()), "as the versions say")
	require.Len(t, d.GetWarnings(), 1)
	require.Contains(t, d.GetWarnings()[0], "PostgreSQL is starting up")
}

// A change that is refused stands with the differences of its own column, and what else
// a person has to mend stands by itself; nothing is said twice, and nothing that a run or
// a migration does is asked of anybody.
func TestARefusalListsWhatAPersonMends(t *testing.T) {
	t.Parallel()
	s := setup(t)
	extra := func(table string) *stepv1.RelationDifference {
		return differsIn("amount", "found a column amount that the dataset does not declare", "drop it: alter table "+table+" drop column amount")
	}
	s.stand("shop_users", true, extra("shop_users"), differs("expected a key on (id), found none", "create unique index on shop_users (id)"))
	s.stands["shop_users"].Expansions = []*stepv1.RelationDifference{differsIn("mail", "expected a column mail", "alter table shop_users add column mail text")}
	s.stand("shop_users_snapshots", true, extra("shop_users_snapshots"))
	s.stands["shop_users_snapshots"].Rewrites = []*stepv1.RelationDifference{differsIn("no", "expected bigint", "alter table shop_users_snapshots alter column no type bigint")}
	d := dataset("shop")
	d.Tables[0].Columns = append(d.Tables[0].Columns[:1:1], &datasetv1.Column{Name: "mail", Type: "text"})

	err := s.applyErr(t, d)

	requireReason(t, err, problem.DatasetRefused)
	require.Equal(t, []problem.Violation{
		{Subject: "table shop_users, column amount", Description: "removed: numeric: rows that are there have values in it: keep it declared with optional: true, " +
			"so that files may come without it, or declare other names for what is taken from it (shop_users_snapshots), whose history begins anew, " +
			"and drop it yourself from the live table and apply again; history is not what was stamped without it\n" +
			"public.shop_users: found a column amount that the dataset does not declare: drop it: alter table shop_users drop column amount\n" +
			"public.shop_users_snapshots: found a column amount that the dataset does not declare: drop it: alter table shop_users_snapshots drop column amount"},
		{Subject: "public.shop_users", Description: "expected a key on (id), found none: create unique index on shop_users (id)"},
	}, problem.FromError(err).Violations)
	require.EqualError(t, problem.FromError(err), "dataset shop was not applied: 2 things are to be mended first")
}

// A column that was dropped by hand is no obstacle, whatever else its table lacks.
func TestAColumnThatWasDroppedByHandIsNoObstacle(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.stand("shop_users", true, differs("expected a key on (id), found none", "create unique index on shop_users (id)"))
	d := dataset("shop")
	d.Tables[0].Columns = d.Tables[0].Columns[:1]

	err := s.applyErr(t, d)

	requireReason(t, err, problem.DatasetRefused)
	require.Len(t, problem.FromError(err).Violations, 1)
	require.Equal(t, "public.shop_users", problem.FromError(err).Violations[0].Subject)
}

func TestDeletingSaysWhetherAnythingWasMade(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, dataset("idle"))
	s.did(t, plan())

	never, err := s.remove("idle", false)
	require.NoError(t, err)
	planned, err := s.remove("shop", true)
	require.NoError(t, err)
	s.apply(t, dataset("shop"))
	s.did(t, ask())
	ran, err := s.remove("shop", true)
	require.NoError(t, err)

	require.True(t, never.GetNeverPublished())
	require.True(t, planned.GetNeverPublished(), "a plan makes no table")
	require.False(t, ran.GetNeverPublished())
}
