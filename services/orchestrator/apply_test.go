package orchestrator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func (s *suite) applyErr(t testing.TB, d *datasetv1.Dataset) error {
	t.Helper()
	_, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: asker})
	return err
}

func texts(changes []*orchestratorv1.DatasetChange) (all []string) {
	for _, c := range changes {
		all = append(all, c.GetText()+" "+c.GetClass().String())
	}
	return all
}

func differs(found, mend string) *stepv1.RelationDifference {
	return &stepv1.RelationDifference{Found: found, Mend: mend}
}

// differsIn is a difference of one column.
func differsIn(column, found, mend string) *stepv1.RelationDifference {
	return &stepv1.RelationDifference{Found: found, Mend: mend, Column: column}
}

func TestApplySaysWhatChanged(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.version(t, "")
	d := dataset("shop")
	d.Tables[0].Columns = append(d.Tables[0].Columns, &datasetv1.Column{Name: "mail", Type: "text", Optional: true})

	resp := s.apply(t, d)

	require.Equal(t, []string{"table shop_users, column mail: added: text CHANGE_CLASS_METADATA"}, texts(resp.GetChanges()), "no run has been yet")
	require.Equal(t, "no table is there yet: the next run makes it as it is declared", resp.GetChanges()[0].GetNote())
	require.Equal(t, []string{"shop_users_snapshots"}, resp.GetChanges()[0].GetSnapshots())
	require.Equal(t, orchestratorv1.ChangeAction_CHANGE_ACTION_ADDED, resp.GetChanges()[0].GetAction())
	require.Equal(t, first.GetVersion(), resp.GetPreviousVersion())
	require.Empty(t, resp.GetWarnings())
	again := s.apply(t, d)
	require.True(t, again.GetUnchanged())
	require.Empty(t, again.GetChanges())
}

// What no run could carry out does not become the version of the next one.
func TestApplyRefusesWhatCannotRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.version(t, "")
	s.stand("shop_users", false, differs("expected a column mail text, found none", "alter table x add column mail text"))
	s.stand("shop_orders_snapshots", false, differs("found a view", "alter view x rename to y"))
	d := dataset("shop")
	d.Description = "another"

	err := s.applyErr(t, d)

	requireReason(t, err, problem.DatasetRefused)
	require.Equal(t, []problem.Violation{
		{Subject: "public.shop_users", Description: "expected a column mail text, found none: alter table x add column mail text"},
		{Subject: "public.shop_orders_snapshots", Description: "found a view: alter view x rename to y"},
	}, problem.FromError(err).Violations)
	require.EqualError(t, problem.FromError(err), "dataset shop was not applied: 2 things are to be mended first", "what they are, the violations say, once")
	require.Equal(t, first.GetVersion(), s.version(t, "").GetVersion())

	again := s.apply(t, dataset("shop"))
	require.True(t, again.GetUnchanged(), "what is current stays so")
	require.Equal(t, []string{
		"public.shop_users: expected a column mail text, found none: alter table x add column mail text",
		"public.shop_orders_snapshots: found a view: alter view x rename to y",
	}, again.GetWarnings(), "and one is told all the same")
}

func TestApplyOfAFirstVersionIsCheckedToo(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.stand("new_users", true, differs("found a column extra", "alter table new_users drop column extra"))

	requireReason(t, s.applyErr(t, dataset("new")), problem.DatasetRefused)

	_, err := s.client.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "new"})
	requireReason(t, err, problem.DatasetNotFound)
	rival := dataset("rival")
	rival.Tables[0].Name, rival.Snapshots[0].From = "new_users", "new_users"
	s.stand("new_users", false)
	s.apply(t, rival) // the names were not claimed
}

// Whose a table is comes before how it is: the SQL that would make it another dataset's
// would destroy what its owner has in it.
func TestApplyGivesNoSQLOnAnothersTable(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.stand("shop_orders", true, differs("found a column amount", "alter table public.shop_orders drop column amount"))
	s.stand("shop_users_snapshots", true, differs("found a default partition", "alter table shop_users_snapshots detach partition d"))
	s.stand("thief_users", true, differs("found a column more", "alter table thief_users drop column more"))
	thief := dataset("thief")
	thief.Tables[1].Name, thief.Snapshots[1].From = "shop_orders", "shop_orders"
	thief.Snapshots[0].Name = "shop_users_snapshots"

	err := s.applyErr(t, thief)

	requireReason(t, err, problem.TableTaken)
	require.Equal(t, []problem.Violation{
		{Subject: "public.shop_orders", Description: "belongs to dataset shop"},
		{Subject: "public.shop_users_snapshots", Description: "belongs to dataset shop"},
	}, problem.FromError(err).Violations)
	require.NotContains(t, err.Error(), "alter table")
	_, err = s.client.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "thief"})
	requireReason(t, err, problem.DatasetNotFound)

	s.hide("ingest", problem.New(problem.DatabaseUnavailable, "PostgreSQL is starting up"))
	requireReason(t, s.applyErr(t, thief), problem.TableTaken) // the services need not be asked for it
}

// What may keep a run from writing, and need not, is told and refuses nothing.
func TestApplyPassesWarningsOn(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.stand("shop_users", true)
	s.stands["shop_users"].Warnings = []*stepv1.RelationDifference{differs("function note() has no search_path of its own", "alter function note() set search_path = public")}
	s.stands["shop_users"].Rewrites = []*stepv1.RelationDifference{differs("expected bigint, found integer", "alter table shop_users")}
	s.stands["shop_users"].Expansions = []*stepv1.RelationDifference{differs("expected a column mail", "what the next run does by itself")}
	d := dataset("shop")
	d.Description = "another"

	resp := s.apply(t, d)

	require.False(t, resp.GetUnchanged())
	require.Equal(t, []string{"public.shop_users: function note() has no search_path of its own: alter function note() set search_path = public",
		"public.shop_users: expected bigint, found integer: no run rewrites a table: alter table shop_users"}, resp.GetWarnings())
}

// A service that is away does not keep anybody from applying; it is said.
func TestApplyGoesOnWithoutWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.hide("ingest", problem.New(problem.DatabaseUnavailable, "PostgreSQL is starting up"))
	d := dataset("shop")
	d.Description = "another"

	resp := s.apply(t, d)

	require.False(t, resp.GetUnchanged())
	require.Len(t, resp.GetWarnings(), 1)
	require.Contains(t, resp.GetWarnings()[0], "not checked")
	require.Contains(t, resp.GetWarnings()[0], "PostgreSQL is starting up")
}

func TestWhatNarrowsIsRefusedWhereThereAreRows(t *testing.T) {
	t.Parallel()
	narrower := func() *datasetv1.Dataset {
		d := dataset("shop")
		d.Tables[0].Columns = d.Tables[0].Columns[:1]
		return d
	}
	rekeyed := func() *datasetv1.Dataset {
		d := dataset("shop")
		d.Tables[0].Key = []string{"id", "amount"}
		return d
	}
	retyped := func() *datasetv1.Dataset {
		d := dataset("shop")
		d.Tables[0].Columns[1].Type = "integer"
		return d
	}
	moved := func() *datasetv1.Dataset {
		d := dataset("shop")
		d.Schema = "elsewhere"
		return d
	}
	other := func() *datasetv1.Dataset {
		d := dataset("shop")
		d.Snapshots[0].From = "shop_orders"
		return d
	}
	extra := differsIn("amount", "found a column amount that the dataset does not declare", "alter table shop_users drop column amount")
	for name, tc := range map[string]struct {
		change func() *datasetv1.Dataset
		stand  func(s *suite)
		want   string // empty where it is applied
	}{
		"a column, no rows":              {narrower, func(*suite) {}, ""},
		"a column, empty tables":         {narrower, func(s *suite) { s.stand("shop_users", false) }, ""},
		"a column, another table's rows": {narrower, func(s *suite) { s.stand("shop_orders", true) }, ""},
		"a column, live rows": {narrower, func(s *suite) { s.stand("shop_users", true, extra) },
			"table shop_users, column amount: removed: numeric: rows that are there have values in it: keep it declared with optional: true, " +
				"so that files may come without it, or declare other names for what is taken from it (shop_users_snapshots), whose history begins anew, " +
				"and drop it yourself from the live table and apply again; history is not what was stamped without it\n" +
				"public.shop_users: found a column amount that the dataset does not declare: alter table shop_users drop column amount"},
		"a column that was dropped by hand": {narrower, func(s *suite) { s.stand("shop_users", true) }, ""},
		"a column, history": {narrower, func(s *suite) {
			s.stand("shop_users", true)
			s.stand("shop_users_snapshots", true, extra)
		}, "table shop_users, column amount: removed"},
		"a key":                     {rekeyed, func(s *suite) { s.stand("shop_users", true, differs("expected a key", "create unique index")) }, "table shop_users, key: (id) → (id, amount)"},
		"a type":                    {retyped, func(s *suite) { s.stand("shop_users", true, differsIn("amount", "expected integer", "alter")) }, "type numeric → integer"},
		"a schema":                  {moved, func(s *suite) { s.stand("shop_orders_snapshots", true) }, "dataset: schema public → elsewhere"},
		"a schema without rows":     {moved, func(*suite) {}, ""},
		"a snapshot's table":        {other, func(s *suite) { s.stand("shop_users_snapshots", true) }, "snapshot shop_users_snapshots: from shop_users → shop_orders"},
		"a snapshot without a past": {other, func(s *suite) { s.stand("shop_users", true) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			tc.stand(s)

			err := s.applyErr(t, tc.change())

			if tc.want == "" {
				require.NoError(t, err)
				return
			}
			requireReason(t, err, problem.DatasetRefused)
			require.Len(t, problem.FromError(err).Violations, 1, "one fault, one finding")
			v := problem.FromError(err).Violations[0]
			require.Contains(t, v.Subject+": "+v.Description, tc.want)
		})
	}
}

// Whether there are rows must be known before a change that minds them, unless no run
// can have made any.
func TestWhatNarrowsIsNotAppliedBlindly(t *testing.T) {
	t.Parallel()
	s := setup(t)
	narrower := func(column string) *datasetv1.Dataset {
		d := dataset("shop")
		d.Tables[0].Columns[1].Name = column
		return d
	}
	s.hide("snapshot", problem.New(problem.ServiceUnavailable, "nobody is there"))

	require.NoError(t, s.applyErr(t, narrower("sum")), "no run has been yet")
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, s.did(t, ask()).GetState())
	err := s.applyErr(t, narrower("total"))

	requireReason(t, err, problem.ServiceUnavailable)
	require.ErrorContains(t, err, "nobody is there")
	require.ErrorContains(t, err, "column sum: removed")
	s.hide("snapshot", nil)
	require.NoError(t, s.applyErr(t, narrower("total")))
}
