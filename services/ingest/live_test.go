package ingest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const usersOwn = `
create table customers (note text, active boolean, since date, id text primary key);
insert into customers values ('old', true, '2020-01-31', 'c1'), ('gone', null, null, 'c0');
create view active_customers as select id from customers where active;
create table seen (id text, at text);
create function note_change() returns trigger language plpgsql set search_path = public as $$
  begin insert into seen values (new.id, tg_op); return new; end $$;
create trigger noted after insert or update on customers for each row execute function note_change();
create table visits (customer text references customers);
insert into visits values ('c1');
grant select, insert, update, delete, references on customers to sf_ingest;
grant insert on seen to sf_ingest;
grant select on customers to public`

func TestATableOfTheUsersOwnIsPublishedInPlace(t *testing.T) {
	t.Parallel()
	h := open(t, adopting(shop))
	h.db.Exec(t, usersOwn)
	identity := h.db.Rows(t, "select 'customers'::regclass::oid")

	b := h.published(january, goods)

	requireCounts(t, b, "customers", &stepv1.TableCounts{Rows: 3, Inserted: 2, Updated: 1, Departed: 1})
	require.Equal(t, identity, h.db.Rows(t, "select 'customers'::regclass::oid"))
	require.Equal(t, []string{`likes "tea", a lot|t|2020-01-31|c1`, "<null>|f|2021-02-28|c2", "|<null>|<null>|c3"},
		h.db.Rows(t, "select * from customers where id <> 'c0' order by id"))
	require.Equal(t, []string{"c1|UPDATE", "c2|INSERT", "c3|INSERT"}, h.db.Rows(t, "select * from seen order by id"), "triggers fire")
	require.Equal(t, []string{"c1"}, h.db.Rows(t, "select * from active_customers"))
	require.Equal(t, []string{"c1"}, h.db.Rows(t, "select * from visits"))
}

func TestALiveTableThatDiffersIsRefused(t *testing.T) {
	t.Parallel()
	closed := "expected sf_ingest to have the privileges insert, update, references, found that it has not"
	for name, tc := range map[string]struct {
		sql  string
		want []string
	}{
		"types": {"create table customers (id text primary key, since timestamp, active text, note text); grant select on customers to sf_ingest",
			[]string{"expected column since to be date, found timestamp without time zone", "expected column active to be boolean, found text", closed}},
		"precision": {"create table orders (id bigint primary key, customer text, amount numeric(8,4), items int, weight float8); grant all on orders to sf_ingest",
			[]string{"expected column amount to be numeric(8,2), found numeric(8,4)"}},
		"columns": {"create table customers (id text primary key, since date, active boolean, extra int); grant all on customers to sf_ingest",
			[]string{"expected a column note text, found none", "found a column extra that the dataset does not declare"}},
		"key": {"create table lines (order_id bigint, place int, price numeric, unique (order_id)); grant all on lines to sf_ingest",
			[]string{"expected a primary key or unique index on (order_id, place), found none"}},
		"partial key": {"create table lines (order_id bigint, place int, price numeric); create unique index on lines (order_id, place) where price > 0; grant all on lines to sf_ingest",
			[]string{"expected a primary key or unique index on (order_id, place), found none"}},
		"generated": {"create table lines (order_id bigint, place int generated always as identity, price numeric generated always as (1) stored, primary key (order_id, place)); grant all on lines to sf_ingest",
			[]string{"expected column place to take values, found it generated always", "expected column price to take values, found it generated always"}},
		"collation": {`create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
			create table customers (id text collate blind primary key, since date, active boolean, note text collate blind);
			create table orders (id bigint primary key, customer text collate "C", amount numeric(8,2), items int, weight float8);
			grant all on customers, orders to sf_ingest`,
			[]string{"expected a column that tells values apart, found id collate blind, which is nondeterministic, so that rows that differ are taken for the same",
				"expected a column that tells values apart, found note collate blind, which is nondeterministic, so that rows that differ are taken for the same"}},
		"children": {`create table lines (order_id bigint, place int, price numeric, primary key (order_id, place)); grant all on lines to sf_ingest;
			create schema old; create table old."Lines 2023" () inherits (lines); insert into old."Lines 2023" values (1, 1, 5)`,
			[]string{`found that old."Lines 2023" inherits from it, whose rows are seen in it and are none of its own`}},
		"rules": {`create table lines (order_id bigint, place int, price numeric, primary key (order_id, place)); grant all on lines to sf_ingest;
			create table log (line text);
			create rule "Noted" as on insert to lines do also insert into log values (new.place);
			create rule aside as on update to lines do instead nothing;
			create rule kept as on delete to lines do instead nothing;
			create rule off as on insert to lines do instead nothing; alter table lines disable rule off`,
			[]string{"found a rule Noted, which has something else done where rows are written (on INSERT)",
				"found a rule aside, which has something else done where rows are written (on UPDATE)"}},
		"row level security": {`create table lines (order_id bigint, place int, price numeric, primary key (order_id, place)); grant all on lines to sf_ingest;
			insert into lines values (1, 1, 7); alter table lines enable row level security; create policy second on lines using (place = 2)`,
			[]string{"expected sf_ingest to see every row, found that row level security is enabled"}},
		"row level security without a policy": {customersOwn + `alter table customers enable row level security`,
			[]string{"expected sf_ingest to see every row, found that row level security is enabled"}},
		"forced row level security": {customersOwn + `alter table customers owner to sf_ingest; alter table customers enable row level security; alter table customers force row level security`,
			[]string{"expected sf_ingest to see every row, found that row level security is forced upon the owner"}},
		"view": {"create view lines as select 1 as order_id", []string{"expected a table, found a view"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, adopting(shop))
			h.db.Exec(t, tc.sql)
			before := h.db.Rows(t, "select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')")
			b := h.stage(january, goods)

			_, err := h.publish(b.GetId())
			_, planErr := h.plan(b.GetId())

			requireReason(t, problem.LiveTableDiffers, err)
			requireReason(t, problem.LiveTableDiffers, planErr)
			found, mend := foundAndMend(t, err)
			require.Equal(t, tc.want, found)
			require.Equal(t, before, h.db.Rows(t, "select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v')"), "nothing is made")

			h.db.Exec(t, strings.Join(mend, ";\n"))
			_, err = h.publish(b.GetId())
			if name == "key" { // its own rule, which is too narrow for the rows, is for people to drop
				requireReason(t, problem.LiveTableDiffers, err)
				return
			}
			require.NoError(t, err, "what was said mends it: %s", mend)
		})
	}
}

// foundAndMend takes the differences apart: what was found, and the SQL that mends it.
func foundAndMend(t *testing.T, err error) (found, mend []string) {
	t.Helper()
	for _, v := range problem.FromError(err).Violations {
		what, advice, ok := strings.Cut(v.Description, ": ")
		require.True(t, ok, v.Description)
		if i := strings.LastIndex(advice, ": "); i >= 0 {
			advice = advice[i+2:]
		}
		found, mend = append(found, what), append(mend, advice)
	}
	return found, mend
}

func TestAKeyInAnotherOrderIsTheSameKey(t *testing.T) {
	t.Parallel()
	h := open(t, adopting(shop))
	h.db.Exec(t, "create table lines (order_id bigint not null, place int not null, price numeric, unique (place, order_id)); grant all on lines to sf_ingest")

	b := h.published(january, goods)

	requireCounts(t, b, "lines", &stepv1.TableCounts{Rows: 3, Inserted: 3})
}

const customersOwn = "create table customers (id text primary key, since date, active boolean, note text); grant all on customers to sf_ingest;\n"

// raising is a table whose trigger raises an error of a code, which is to be taken for
// the trigger's own, whatever PostgreSQL means by it.
func raising(code string) string {
	return customersOwn + `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not on a Sunday' using errcode = '` + code + `'; end $$;
		create trigger refuse before insert on customers for each row execute function refuse()`
}

func TestWhatALiveTableRefusesIsSaid(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sql, want string }{
		"a constraint": {"create table customers (id text primary key, since date not null, active boolean, note text); grant all on customers to sf_ingest",
			`null value in column "since"`},
		"a trigger that raises": {`create table customers (id text primary key, since date, active boolean, note text); grant all on customers to sf_ingest;
			create function refuse() returns trigger language plpgsql as $$ begin raise exception 'not on a Sunday'; end $$;
			create trigger refuse before insert on customers for each row execute function refuse()`,
			"not on a Sunday"},
		"an index": {`create table customers (id text primary key, since date, active boolean, note text); grant all on customers to sf_ingest;
			create function long(text) returns text immutable language sql as $$ select string_agg(md5(i::text || $1), '') from generate_series(1, 400) i $$;
			create index on customers (long(id))`,
			"index row requires"},
		"a publication without identity": {`create table customers (id text not null unique, since date, active boolean, note text); grant all on customers to sf_ingest;
			create publication everything for table customers`,
			"does not have a replica identity"},
		"a trigger that finds nothing": {`create table customers (id text primary key, since date, active boolean, note text); grant all on customers to sf_ingest;
			create table seen (id text); grant insert on seen to sf_ingest;
			create function note_change() returns trigger language plpgsql as $$ begin insert into seen values (new.id); return new; end $$;
			create trigger noted after insert on customers for each row execute function note_change()`,
			"alter function public.note_change() set search_path = pg_catalog, public, pg_temp"},
		"an index whose function finds nothing": {`create function rate(text) returns int immutable language plpgsql as $$ begin return weight($1); end $$;
			create function weight(text) returns int immutable language sql as 'select 1';
			create table customers (id text primary key, since date, active boolean, note text); grant all on customers to sf_ingest;
			create index on customers (rate(id))`,
			"alter function public.rate(text) set search_path = pg_catalog, public, pg_temp"},
		"a trigger that may not": {`create table customers (id text primary key, since date, active boolean, note text); grant all on customers to sf_ingest;
			create table seen (id text);
			create function note_change() returns trigger language plpgsql set search_path = public as $$ begin insert into seen values (new.id); return new; end $$;
			create trigger noted after insert on customers for each row execute function note_change()`,
			"function note_change(), which stands on a table that is written to, does what the service's role may not"},
		"a trigger that pretends the transaction met another": {raising("40001"), "function public.refuse(), which PostgreSQL calls as the rows are written, failed"},
		"a trigger that pretends the connection was lost":     {raising("08006"), "not on a Sunday"},
		"a trigger that pretends somebody cancelled it":       {raising("57014"), "function public.refuse()"},
		"a trigger that divides by zero": {customersOwn + `create function refuse() returns trigger language plpgsql as $$ begin new.note := 1 / 0; return new; end $$;
			create trigger refuse before insert on customers for each row execute function refuse()`,
			"division by zero"},
		"no privilege": {"create table customers (id text primary key, since date, active boolean, note text)",
			`grant select, insert, update, references on "public"."customers" to "sf_ingest"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, adopting(shop))
			h.db.Exec(t, tc.sql)
			b := h.stage(january, goods)

			_, err := h.publish(b.GetId())

			requireReason(t, problem.LiveTableDiffers, err)
			require.False(t, problem.Transient(err), "it is not tried again")
			require.ErrorContains(t, err, tc.want)
			require.Empty(t, h.db.Rows(t, "select from customers"))
			require.Equal(t, []string{"<null>"}, h.db.Rows(t, "select to_regclass('orders')"))
		})
	}
}

// What is deleted, and whether it is too much, is judged by what was written: a table
// that does something else with the rows than it is told makes both wrong.
func TestATableThatTakesAHandIsRefused(t *testing.T) {
	t.Parallel()
	const skip = `create function skip() returns trigger language plpgsql as $$ begin return null; end $$;`
	for name, tc := range map[string]struct{ sql, want string }{
		"inserts": {skip + "create trigger skip before insert on orders for each row when (new.id = 4) execute function skip()",
			"public.orders: expected 2 rows to be written, and 1 were"},
		"updates": {skip + "create trigger skip before update on customers for each row execute function skip()",
			"public.customers: expected 2 rows to be written, and 1 were"},
		"deletes": {skip + "create trigger skip before delete on lines for each row execute function skip()",
			"public.lines: expected 1 rows to be deleted, and 0 were"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, deleting)
			h.published(january, goods)
			h.db.Exec(t, tc.sql)
			before := h.live()
			b := h.stage(february, second)

			_, err := h.publish(b.GetId())

			requireReason(t, problem.LiveTableDiffers, err)
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, `: trigger "skip" on public.`)
			require.Equal(t, before, h.live())
		})
	}
}

// A dataset may drop a reference that it declared once, whose foreign key stands still.
func TestAForeignKeyThatIsNotDeclaredIsSaid(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	loose := parse(t, strings.Replace(shop, "    references: [{columns: [customer], table: customers}]\n", "", 1))
	h.dataset, h.version = loose, dataset.Hash(loose)
	b := h.stage(february, second.with("orders.csv", "id,customer,amount,items,weight\n1,nobody,,,\n2,c2,,,\n4,c4,,,\n"))
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())

	_, planErr := h.plan(b.GetId())
	_, err := h.publish(b.GetId())

	requireReason(t, problem.LiveTableDiffers, planErr)
	requireReason(t, problem.LiveTableDiffers, err)
	require.ErrorContains(t, err, "public.orders: found a foreign key orders_customer_fkey (customer) to public.customers that the dataset does not declare")
	h.db.Exec(t, "alter table orders drop constraint orders_customer_fkey; alter table orders add foreign key (id) references orders")
	r, err := h.publish(b.GetId())
	require.NoError(t, err)
	requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 3, Inserted: 1, Updated: 2, Departed: 1})
}

func TestASchemaThatCannotBeUsedIsSaidByThePlanToo(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sql, want string }{
		"none":   {"select", "expected the schema to be there, found none: run `ingestd migrate --data-schema retail` and `snapshotd migrate --data-schema retail`"},
		"closed": {"create schema retail", "expected sf_ingest to be allowed to create tables in the schema"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, strings.Replace(shop, "calendar:", "schema: retail\ncalendar:", 1))
			h.db.Exec(t, tc.sql)
			b := h.stage(january, goods)

			_, planErr := h.plan(b.GetId())
			_, err := h.publish(b.GetId())

			requireReason(t, problem.LiveTableDiffers, planErr)
			requireReason(t, problem.LiveTableDiffers, err)
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, "retail.customers")
		})
	}
}

func TestReadersSeeOneMonthAndDoNotWait(t *testing.T) {
	t.Parallel()
	h := open(t, deleting)
	h.published(january, goods)
	reader, err := h.db.Owner.BeginTx(context.Background(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	require.NoError(t, err)
	defer func() { _ = reader.Rollback(context.Background()) }()
	sum := func() (n float64) {
		require.NoError(t, reader.QueryRow(context.Background(),
			"select (select count(*) from customers) * 100 + (select count(*) from orders) * 10 + (select sum(price) from lines)").Scan(&n))
		return n
	}
	before := sum()

	begun := time.Now()
	h.published(february, second)

	require.Less(t, time.Since(begun), 20*time.Second, "publish does not wait for readers")
	require.InDelta(t, before, sum(), 1e-9, "a REPEATABLE READ reader stays in its month")
}

func TestAReaderNeverSeesHalfAMonth(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods.with("orders.csv", "id,customer,amount,items,weight\n1,c1,1,1,1\n2,c2,1,1,1\n").
		with("lines.csv", "order_id,place,price\n1,1,1\n2,1,1\n"))
	stop := make(chan struct{})
	seen := make(chan map[string]bool)
	go func() {
		months := map[string]bool{}
		for {
			select {
			case <-stop:
				seen <- months
				return
			default:
			}
			var month string
			// One statement is one snapshot: amounts and prices must be of one month.
			if err := h.db.Owner.QueryRow(context.Background(),
				"select (select string_agg(distinct amount::int::text, ',') from orders) || '/' || (select string_agg(distinct price::text, ',') from lines)").Scan(&month); err == nil {
				months[month] = true
			}
		}
	}()

	h.published(february, goods.with("orders.csv", "id,customer,amount,items,weight\n1,c1,2,1,1\n2,c2,2,1,1\n").
		with("lines.csv", "order_id,place,price\n1,1,2\n2,1,2\n"))
	time.Sleep(20 * time.Millisecond)
	close(stop)

	require.Equal(t, map[string]bool{"1/1": true, "2/2": true}, <-seen)
}
