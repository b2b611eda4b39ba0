package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// trigger is the SQL of a trigger of somebody's own: when it fires, and what it does.
func trigger(when, body string) string {
	return "create function meddle() returns trigger language plpgsql as $$ begin " + body + " end $$; create trigger \"Meddle\" " + when + " execute function meddle()"
}

// meddling are triggers by which a live table comes to hold other rows than were written
// into it, although every count is right; and what is said of each.
var meddling = map[string]struct{ sql, table, found string }{
	"alters a value before it is written": {trigger("before insert or update on customers for each row", "new.note := upper(new.note); return new;"),
		"public.customers", "1 row that differs in note"},
	"alters several columns": {trigger("before insert or update on orders for each row", "new.items := 7; new.weight := 1; return new;"),
		"public.orders", "2 rows that differ in items, weight"},
	"alters a key": {trigger("before insert on lines for each row", "new.place := new.place + 100; return new;"),
		"public.lines", "expected 1 rows to be found without a row in lines.csv, and 2 were"},
	"writes back after a row": {trigger("after insert or update on customers for each row when (pg_trigger_depth() = 0)", "update public.customers set active = null where id = new.id; return null;"),
		"public.customers", "1 row that differs in active"},
	"writes back after the statement": {trigger("after update on customers", "if pg_trigger_depth() < 2 then update public.customers set since = '1970-01-01'; end if; return null;"),
		"public.customers", "4 rows that differ in since"},
	"writes into another table": {trigger("after insert on lines for each row", "update public.orders set amount = 0 where id = 2; return null;"),
		"public.orders", "1 row that differs in amount"},
	"adds a row to a table that was written": {trigger("after insert on orders", "insert into public.customers values ('c9'); return null;"),
		"public.customers", "1 row too many"},
	"adds a row to a table that is yet to be written": {trigger("after insert on orders", "insert into public.lines values (2, 77, 1); return null;"),
		"public.lines", "1 row too many"},
	"takes a row away": {trigger("after insert on lines", "delete from public.lines where order_id = 1 and place = 1; return null;"),
		"public.lines", "1 row missing"},
	"takes a row of the users' own away": {trigger("after insert on lines", "delete from public.customers where id is null; return null;"),
		"public.customers", "1 row gone that stood there"},
	"takes a row away that the file does not hold": {trigger("after insert on lines", "delete from public.lines where order_id = 1 and place = 2; return null;"),
		"public.lines", "expected 1 rows to be found without a row in lines.csv, and 0 were"},
	"is deferred": {"create function meddle() returns trigger language plpgsql as $$ begin update public.orders set items = 0 where id = new.id; return null; end $$;" +
		"create constraint trigger \"Meddle\" after insert on orders deferrable initially deferred for each row execute function meddle()",
		"public.orders", "1 row that differs in items"},
	"fires always": {trigger("before insert on customers for each row", "new.note := 'x'; return new;") + "; alter table customers enable always trigger \"Meddle\"",
		"public.customers", "1 row that differs in note"},
}

func TestATriggerThatChangesRowsIsRefusedAndNamed(t *testing.T) {
	t.Parallel()
	for name, tc := range meddling {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, strings.ReplaceAll(shop, "departed_limit: 0.5", "departed_limit: 0.9"))
			h.published(january, goods)
			if strings.Contains(tc.sql, "id is null") { // a unique index takes rows without a key, which are nobody's
				h.db.Exec(t, "alter table orders drop constraint orders_customer_fkey; alter table customers drop constraint customers_pkey; alter table customers alter id drop not null")
				h.db.Exec(t, "alter table customers add unique (id); insert into customers values (null)")
			}
			h.db.Exec(t, tc.sql)
			before := h.live()
			b := h.stage(february, second)

			_, err := h.publish(b.GetId())

			requireReason(t, problem.LiveTableDiffers, err)
			require.ErrorContains(t, err, tc.table+": expected ")
			require.ErrorContains(t, err, tc.found+": trigger \"Meddle\" on public.")
			require.ErrorContains(t, err, "which calls public.meddle()")
			require.Equal(t, before, h.live(), "nothing was written")
			_, off, ok := strings.Cut(problem.FromError(err).Violations[0].Description, "keep it from firing: ")
			require.True(t, ok)
			h.db.Exec(t, off)
			r, err := h.publish(b.GetId())
			require.NoError(t, err, "what was said mends it: %s", off)
			requireCounts(t, r.GetBatch(), "lines", &stepv1.TableCounts{Rows: 3, Inserted: 1, Updated: 0, Unchanged: 2, Departed: 1})
		})
	}
}

func TestARowThatIsPutBackAsItDepartsIsSaid(t *testing.T) {
	t.Parallel()
	h := open(t, deleting)
	h.published(january, goods)
	h.db.Exec(t, trigger("after delete on lines for each row", "insert into public.lines values (old.order_id, old.place, old.price); return null;"))
	before := h.live()
	b := h.stage(february, second)

	_, err := h.publish(b.GetId())

	requireReason(t, problem.LiveTableDiffers, err)
	require.ErrorContains(t, err, "public.lines: expected what lines.csv holds, found after it was written 1 row too many: trigger \"Meddle\" on public.lines")
	require.Equal(t, before, h.live())
}

// A table that comes out as the file has it is right, whatever happened on the way.
func TestWhatATriggerDoesBeforeATableIsWrittenIsWrittenOver(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, trigger("after insert on customers", "update public.orders set amount = 0; return null;"))

	h.published(february, second)

	require.Equal(t, []string{"1|10.50", "2|99999.99", "3|0.00", "4|5.00"}, h.db.Rows(t, "select id, amount from orders order by 1"))
}

// What looks on, or leaves the rows that are written as they are, is nobody's business.
func TestATriggerThatLeavesRowsAloneIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, sql := range map[string]string{
		"before a row":     trigger("before insert or update on customers for each row", "return new;"),
		"after a row":      "create table seen (id text); grant insert on seen to sf_ingest; " + trigger("after insert or update or delete on customers for each row", "insert into public.seen values (new.id); return null;"),
		"after truncate":   trigger("after truncate on customers", "raise exception 'never'; return null;"),
		"switched off":     meddling["alters a value before it is written"].sql + "; alter table customers disable trigger \"Meddle\"",
		"of replicas only": meddling["alters a value before it is written"].sql + "; alter table customers enable replica trigger \"Meddle\"",
		"PostgreSQL's own": "create trigger same before update on customers for each row execute function suppress_redundant_updates_trigger()",
		"on another table": "create table theirs (id text); " + trigger("before insert on theirs for each row", "return null;"),
		"of departed rows": trigger("after insert on customers for each row", "update public.customers set note = 'was here' where id = 'c3'; return null;"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)
			h.published(january, goods)
			h.db.Exec(t, sql)

			b := h.published(february, second.with("customers.csv", "id,since,active,note\nc1,2020-01-31,True,\"likes \"\"tea\"\", a lot\"\nc2,2021-02-28,false,moved\nc4,2024-02-01,,\n"))

			requireCounts(t, b, "customers", &stepv1.TableCounts{Rows: 3, Inserted: 1, Updated: 1, Unchanged: 1, Departed: 1})
			require.Equal(t, []string{"moved"}, h.db.Rows(t, "select note from customers where id = 'c2'"))
		})
	}
}

// The triggers of a partition fire for what is written into its table.
func TestATriggerOfAPartitionIsFound(t *testing.T) {
	t.Parallel()
	h := open(t, adopting(shop))
	h.db.Exec(t, `create table lines (order_id bigint, place int, price numeric, primary key (order_id, place)) partition by list (order_id);
		create table lines_1 partition of lines for values in (1); create table lines_rest partition of lines default;
		grant all on lines to sf_ingest;`+trigger("before insert on lines_1 for each row", "new.price := 0; return new;"))
	b := h.stage(january, goods)

	_, err := h.publish(b.GetId())

	requireReason(t, problem.LiveTableDiffers, err)
	require.ErrorContains(t, err, `public.lines: expected what lines.csv holds, found after it was written 2 rows that differ in price: trigger "Meddle" on public.lines_1`)
	require.Equal(t, []string{"<null>"}, h.db.Rows(t, "select to_regclass('customers')"))
	require.Len(t, h.check(h.dataset)["lines"].GetWarnings(), 2, "whose it is, and of the trigger, with its search_path")
}

// Before a run finds out, apply and plan say what may come of a trigger. One that only
// looks on after the rows is nothing to warn of.
func TestCheckWarnsOfTriggersThatMayChangeRows(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, `create function shout() returns trigger language plpgsql set search_path = pg_catalog as $$ begin new.note := upper(new.note); return new; end $$;
		create trigger shout before insert or update on customers for each row execute function shout();
		create function recount() returns trigger language plpgsql set search_path = public as $$
			begin update "orders" set items = 0; delete from public.lines where price < 0; insert into lines_seen values (1); return null; end $$;
		create trigger recount after update on customers execute function recount();
		create function note_change() returns trigger language plpgsql set search_path = public as $$
			begin insert into customers_seen select * from customers; return null; end $$;
		create trigger noted after insert on customers execute function note_change()`)

	got := h.check(h.dataset)

	var found, mend []string
	for _, w := range got["customers"].GetWarnings() {
		found, mend = append(found, w.GetFound()), append(mend, w.GetMend())
	}
	const so = "; a run compares the table with what it wrote, and refuses where they differ"
	require.Equal(t, []string{
		`found trigger "recount" on public.customers, which calls public.recount(), whose text writes into public.orders and public.lines` + so,
		`found trigger "shout" on public.customers, which calls public.shout() before a row is written, and may change or skip it` + so,
	}, found)
	require.Equal(t, `see that it leaves the rows as they are, or take it away: alter table "public"."customers" disable trigger "shout"`, mend[1])
	require.Empty(t, got["customers"].GetDifferences())
	require.Empty(t, got["orders"].GetWarnings())
	h.db.Exec(t, `alter table customers disable trigger shout; alter table customers disable trigger recount`)
	require.Empty(t, h.check(h.dataset)["customers"].GetWarnings())
}

// Rows that a policy hides would count as departed: every step says so, and none sees
// half of a table.
func TestRowLevelSecurityIsSaidByEveryStep(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ guard, mend string }{
		"enabled":          {"alter table lines owner to current_user; grant all on lines to sf_ingest; alter table lines enable row level security", `alter table "public"."lines" disable row level security`},
		"forced on owners": {"alter table lines enable row level security; alter table lines force row level security", `alter table "public"."lines" no force row level security`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, adopting(shop))
			h.published(january, goods)
			h.db.Exec(t, tc.guard)

			check := h.check(h.dataset)["lines"]
			b := h.stage(february, second)
			_, planErr := h.plan(b.GetId())
			_, err := h.publish(b.GetId())

			require.True(t, check.GetHasRows())
			require.Len(t, check.GetDifferences(), 1)
			require.Contains(t, check.GetDifferences()[0].GetMend(), tc.mend)
			for _, e := range []error{planErr, err} {
				requireReason(t, problem.LiveTableDiffers, e)
				require.ErrorContains(t, e, "public.lines: expected sf_ingest to see every row, found that row level security is")
			}
			h.db.Exec(t, tc.mend)
			_, err = h.publish(b.GetId())
			require.NoError(t, err)
		})
	}
}

// The same files again look at the rows only where the table was touched: a guard that
// came meanwhile is said all the same.
func TestTheSameFilesOfAGuardedTable(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	b := h.stage(january, goods)
	require.NotEmpty(t, b.GetSameAs())
	h.db.Exec(t, "vacuum full lines")
	h.db.Exec(t, "alter table lines enable row level security; alter table lines force row level security")

	_, err := h.publish(b.GetId())

	requireReason(t, problem.LiveTableDiffers, err)
	require.ErrorContains(t, err, `row level security hides rows of table "lines"`)
}
