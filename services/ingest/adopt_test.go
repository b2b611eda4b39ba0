package ingest_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// aRole is another application's role; roles are of the whole server.
const aRole = "do $$ begin create role sf_test_app; exception when duplicate_object or unique_violation then null; end $$; "

// appOpen is a table of another application: everybody may write into it, and what writes
// into it calls its functions.
const appOpen = aRole + `
create table customers (id text primary key, since date, active boolean, note text);
alter table customers owner to sf_test_app;
grant all on customers to public;
insert into customers values ('c1', null, null, 'theirs'), ('app-only', null, null, 'theirs');
create table ran (who text);
grant insert on ran to public;
create function noted() returns trigger language plpgsql set search_path = pg_catalog as $$ begin insert into public.ran values (current_user); return null; end $$;
create function owned() returns trigger language plpgsql security definer set search_path = pg_catalog as $$ begin insert into public.ran values (current_user); return null; end $$;
alter function noted() owner to sf_test_app;
alter function owned() owner to sf_test_app;
create trigger a_noted after insert or update on customers execute function noted();
create trigger b_owned after insert or update on customers execute function owned()`

const grantCustomers = "; grant select, insert, update, references on customers to sf_ingest"

func TestATableOfAnotherApplicationIsNotWrittenInto(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	staged := h.stage(january, goods) // before it stands
	h.db.Exec(t, appOpen+grantCustomers)
	before := h.db.Rows(t, "select * from customers order by id")

	_, stageErr := h.stageRequest(h.request(february, h.deliver("other", second)))
	_, planErr := h.plan(staged.GetId())
	_, err := h.publish(staged.GetId())
	check := h.check(h.dataset)["customers"]

	said := "public.customers: expected a table that sf_ingest made, found one of another role, and the dataset does not adopt it: " +
		"if runs are to write into it, declare `adopt: true` on table customers, and grant select, insert, update, references on \"public\".\"customers\" to \"sf_ingest\"; " +
		"otherwise give the dataset's table another name"
	for _, err := range []error{stageErr, planErr, err} {
		requireReason(t, problem.LiveTableNotAdopted, err)
		require.ErrorContains(t, err, said)
	}
	require.Len(t, check.GetDifferences(), 1)
	require.Equal(t, string(problem.LiveTableNotAdopted), check.GetDifferences()[0].GetReason())
	require.Equal(t, before, h.db.Rows(t, "select * from customers order by id"))
	require.Empty(t, h.db.Rows(t, "select * from ran"), "no trigger ran")
}

// The layout of a table is not told to who has no right to read it: neither of one that
// is not adopted, nor of one that is and that only everybody may read.
func TestNoLayoutIsToldOfATableOfOthers(t *testing.T) {
	t.Parallel()
	const secrets = aRole + `
create table customers (id text primary key, salary_eur numeric, references_to text references customers);
create function payroll_check() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger payroll_trigger after insert on customers execute function payroll_check();
create rule payroll_rule as on update to customers do also select 1;
create table payroll_heir () inherits (customers);
alter table customers owner to sf_test_app; insert into customers values ('salary-key');
create index payroll_index on customers (salary_eur)`
	for name, tc := range map[string]struct {
		yaml, sql string
		reason    problem.Reason
	}{
		"not adopted":                    {shop, secrets, problem.LiveTableNotAdopted},
		"not adopted, read by everybody": {shop, secrets + "; grant all on customers to public", problem.LiveTableNotAdopted},
		"adopted":                        {adopting(shop), secrets, problem.LiveTableDiffers},
		"adopted, read by everybody":     {adopting(shop), secrets + "; grant all on customers to public", problem.LiveTableDiffers},
		"adopted, of another schema's":   {adopting(shop), secrets + "; grant insert, update on customers to sf_ingest", problem.LiveTableDiffers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, tc.yaml)
			staged := h.stage(january, goods)
			h.db.Exec(t, tc.sql)

			check := h.check(h.dataset)["customers"]
			_, planErr := h.plan(staged.GetId())
			_, err := h.publish(staged.GetId())

			requireReason(t, tc.reason, planErr)
			requireReason(t, tc.reason, err)
			told := strings.ToLower(check.String() + planErr.Error() + err.Error())
			for _, secret := range []string{"salary", "payroll", "references_to"} {
				require.NotContains(t, told, secret)
			}
			require.Len(t, check.GetDifferences(), 1)
			require.Empty(t, check.GetColumns())
			require.Empty(t, check.GetRenamed())
			require.Empty(t, check.GetRenames())
			require.Empty(t, check.GetWarnings())
			require.True(t, check.GetHasRows(), "what may not be looked at counts as rows")
		})
	}
}

// What others put on an adopted table is named before a run, with whose rights it has, and
// that is what it has.
func TestWhatRunsAsWhomOnAnAdoptedTableIsNamed(t *testing.T) {
	t.Parallel()
	h := open(t, adopting(shop))
	h.db.Exec(t, appOpen+grantCustomers+``)
	check := h.check(h.dataset)["customers"]

	require.Empty(t, check.GetDifferences())
	var found []string
	for _, w := range check.GetWarnings() {
		if w.GetReason() == string(problem.ForeignCode) {
			found = append(found, w.GetFound()+": "+w.GetMend())
		}
	}
	trusted := `see that "sf_test_app" may be trusted with what it may do then, or keep it from being called: alter table "public"."customers" disable trigger `
	require.Equal(t, []string{
		`found trigger "a_noted" on public.customers, which calls public.noted(), a function of "sf_test_app"; a run calls it, and it runs as "sf_ingest": ` + trusted + `"a_noted"`,
		`found trigger "b_owned" on public.customers, which calls public.owned(), a function of "sf_test_app"; a run calls it, and it runs as "sf_test_app": ` + trusted + `"b_owned"`,
	}, found)
	b := h.published(january, goods)
	requireCounts(t, b, "customers", &stepv1.TableCounts{Rows: 3, Inserted: 2, Updated: 1, Departed: 1})
	require.Equal(t, []string{"sf_ingest", "sf_test_app"}, h.db.Rows(t, "select distinct who from ran order by who"))
}

// What cannot be published into says so, whether it is adopted or not.
func TestWhatIsNoTableOfOnesOwnIsRefusedForGood(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sql, says string }{
		"of an extension": {"create table customers (id text primary key, since date, active boolean, note text); grant all on customers to sf_ingest; alter extension plpgsql add table customers",
			"expected a table of the dataset's own, found one of extension plpgsql: give the dataset's table another name"},
		"a view": {"create view customers as select 'c1' as id", "expected a table, found a view"},
		"a foreign table": {"create extension file_fdw; create server f foreign data wrapper file_fdw; create foreign table customers (id text) server f options (filename '/dev/null')",
			"expected a table, found a foreign table"},
	} {
		for _, yaml := range []string{shop, adopting(shop)} {
			h := open(t, yaml)
			staged := h.stage(january, goods)
			h.db.Exec(t, tc.sql)

			_, planErr := h.plan(staged.GetId())
			_, err := h.publish(staged.GetId())

			require.ErrorContains(t, planErr, tc.says, name)
			require.ErrorContains(t, err, tc.says, name)
		}
	}
	h := open(t, adopting(shop))
	h.db.Exec(t, aRole+"create table customers (id text primary key, since date, active boolean, note text) partition by hash (id); "+
		"create table c0 partition of customers for values with (modulus 1, remainder 0); alter table customers owner to sf_test_app"+grantCustomers)
	h.published(january, goods)
	require.Equal(t, []string{"3"}, h.db.Rows(t, "select count(*) from c0"), "a partitioned table is a table")
}

// A table that ingest made stays its own to write into, whoever may write into it besides.
func TestATableThatIngestMadeNeedsNoAdoption(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, "grant all on customers to public")

	_, err := h.client.CheckDataset(context.Background(), &ingestv1.CheckDatasetRequest{Dataset: h.dataset})

	require.NoError(t, err)
	h.published(february, second)
}
