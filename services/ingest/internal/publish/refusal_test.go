package publish_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const shop = `
name: shop
calendar: {period: month_end}
tables:
  - name: customers
    key: [id]
    departed_limit: 0.5
    columns: [{name: id, type: text}, {name: note, type: text, optional: true}]
  - name: orders
    key: [id]
    departed_limit: 0.5
    references: [{columns: [customer], table: customers}]
    columns: [{name: id, type: integer}, {name: customer, type: text}]
`

var (
	january  = rows{"customers": {"'a', 'x'", "'b', null"}, "orders": {"1, 'a'", "2, 'b'"}}
	february = rows{"customers": {"'a', 'y'", "'b', ''", "'c', null"}, "orders": {"1, 'b'", "3, 'c'"}}
)

func (k *desk) live() []string {
	k.t.Helper()
	return append(k.db.Rows(k.t, "select * from customers order by 1"), k.db.Rows(k.t, "select * from orders order by 1")...)
}

func TestPublishAndAgain(t *testing.T) {
	t.Parallel()
	k := sit(t, shop)

	first := k.published("2024-01-31", january)
	second := k.published("2024-02-29", february)
	again, already, err := k.publisher.Publish(t.Context(), k.request(second.GetId()))

	require.NoError(t, err)
	require.True(t, already)
	require.Equal(t, second.String(), again.String())
	require.Equal(t, tally{2}, tallied(first.GetCounts()[0]))
	require.Equal(t, tally{1, 2, 0}, tallied(second.GetCounts()[0]), "'' is not NULL")
	require.Equal(t, tally{1, 1, 0, 1}, tallied(second.GetCounts()[1]))
	require.Equal(t, []string{"a|y", "b|", "c|<null>", "1|b", "2|b", "3|c"}, k.live())
	require.Equal(t, []string{"orders|2|2024-02-29"}, k.db.Rows(t, "select table_name, key[1], since from sf_ingest.departed"))
	require.Equal(t, []string{"2024-02-29|" + second.GetId()}, k.db.Rows(t, "select as_of, batch from sf_ingest.watermark"))
}

// A batch that is older than live is history, whatever is in it, and leaves live alone.
func TestAnOlderBatchIsABackfill(t *testing.T) {
	t.Parallel()
	k := sit(t, shop)
	k.published("2024-02-29", february)
	before := k.live()
	k.db.Exec(t, "create trigger fails before update on customers for each row execute function suppress_redundant_updates_trigger()")
	id := k.stage("2024-01-31", january)

	p, planErr := k.plan(id)
	b, err := k.publish(id)

	require.NoError(t, planErr)
	require.NoError(t, err)
	require.True(t, p.GetBackfill())
	require.Equal(t, "2024-02-29", p.GetWatermark())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_BACKFILLED, b.GetState())
	require.Equal(t, before, k.live())
	require.Equal(t, []string{"2024-02-29"}, k.db.Rows(t, "select as_of from sf_ingest.watermark"))
}

func TestABatchThatCannotBePublishedSaysWhy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(k *desk, id string) string // returns the batch to ask for
		reason problem.Reason
		says   string
	}{
		"unknown":     {func(*desk, string) string { return "bat_1" }, problem.BatchNotFound, "no batch bat_1"},
		"rejected":    {inState("REJECTED"), problem.BatchRejected, "was rejected at staging; its findings say why"},
		"discarded":   {inState("DISCARDED"), problem.BatchRejected, "was discarded"},
		"half staged": {inState("STAGING"), problem.BatchRejected, "is not staged to its end"},
		"another's": {func(k *desk, id string) string {
			k.db.Exec(k.t, "update sf_ingest.batch set dataset = 'other' where id = $1", id)
			return id
		}, problem.InvalidRequest, "is of dataset other, and the request is for shop"},
		"emptied": {func(k *desk, id string) string {
			k.db.Exec(k.t, `truncate sf_staging."`+id+`_f1_orders"`)
			return id
		}, problem.StagingLost, "holds 0 rows, and 2 were staged"},
		"dropped": {func(k *desk, id string) string {
			k.db.Exec(k.t, `drop table sf_staging."`+id+`_f1_orders"`)
			return id
		}, problem.StagingLost, "a relation of it is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := sit(t, shop)
			id := tc.change(k, k.stage("2024-01-31", january))

			p := k.refused(id)

			require.Equal(t, tc.reason, p.Reason, p.Message)
			require.Contains(t, p.Message, tc.says)
			require.Equal(t, []string{"<null>"}, k.db.Rows(t, "select to_regclass('customers')"), "nothing is made")
		})
	}
}

func inState(state string) func(k *desk, id string) string {
	return func(k *desk, id string) string {
		k.db.Exec(k.t, "update sf_ingest.batch set state = $2 where id = $1", id, state)
		return id
	}
}

// Causes that come to light only with the rows: each is LIVE_TABLE_DIFFERS, says what
// stands in the way, is not tried again, and leaves live as it was.
func TestWhatStandsInTheWayOfRows(t *testing.T) {
	t.Parallel()
	raise := func(code string) string {
		return "create function no() returns trigger language plpgsql as $$ begin raise exception 'no thanks' using errcode = '" + code + "'; end $$;"
	}
	const insert = "create trigger no before insert on customers for each row execute function no()"
	for name, tc := range map[string]struct{ sql, says string }{
		"a check":                    {"alter table customers add check (note <> 'y')", "violates check constraint"},
		"not null":                   {"update customers set note = 'z'; alter table customers alter note set not null", "expected column note to take NULL where a file lacks it, found it NOT NULL"},
		"a unique column":            {"create unique index on orders (customer)", "violates unique constraint"},
		"a unique rule that is kept": {"create unique index on orders (id, customer)", ""},
		"a unique rule of theirs":    {"update orders set customer = 'a'; create unique index on customers (left(note, 0))", "violates unique constraint"},
		"an exclusion":               {"create extension if not exists btree_gist; alter table customers add exclude using gist (left(note, 0) with =)", "conflicting key value"},
		"a foreign key of theirs":    {"create table notes (note text primary key); insert into notes values ('x'); alter table customers add foreign key (note) references notes", `violates foreign key constraint "customers_note_fkey"`},
		"one that is deferred": {"create table notes (note text primary key); insert into notes values ('x'); alter table customers add foreign key (note) references notes deferrable initially deferred",
			`violates foreign key constraint "customers_note_fkey"`},
		"a unique rule that is deferred": {"create table twice (n int unique deferrable initially deferred); grant insert on twice to sf_ingest;" +
			"create function no() returns trigger language plpgsql as $$ begin insert into public.twice values (1), (1); return new; end $$;" + insert, "duplicate key value"},
		"a trigger that raises":        {raise("P0001") + insert, "no thanks"},
		"a trigger that pretends":      {raise("40001") + insert, "function public.no(), which PostgreSQL calls as the rows are written, failed"},
		"a deferred trigger":           {raise("08006") + "create constraint trigger no after insert on customers deferrable initially deferred for each row execute function no()", "function public.no()"},
		"an index over a function":     {"create function half(text) returns int immutable language plpgsql as $$ begin return 1 / length($1); end $$; update customers set note = 'x'; create index on customers (half(note))", "division by zero"},
		"an index that is too narrow":  {"create function long(text) returns text immutable language sql as $$ select pg_catalog.string_agg(pg_catalog.md5(i::text || $1), '') from pg_catalog.generate_series(1, 400) i $$; create index on customers (long(id)) where id > 'b'", "index row"},
		"a partition that lacks":       {"drop table orders; create table orders (id int primary key, customer text references customers) partition by range (id); create table orders_1 partition of orders for values from (1) to (3); alter table orders owner to sf_ingest; alter table orders_1 owner to sf_ingest", "no partition of relation"},
		"a publication without a name": {"alter table orders replica identity nothing; create publication everything for table orders", "replica identity"},
		"a trigger without a right":    {"create table seen (); create function no() returns trigger language plpgsql as $$ begin insert into public.seen default values; return new; end $$;" + insert, "does what the service's role may not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := sit(t, shop)
			k.published("2024-01-31", january)
			k.db.Exec(t, tc.sql)
			before := k.live()
			id := k.stage("2024-02-29", february)

			if tc.says == "" { // a rule that the rows keep
				_, err := k.publish(id)
				require.NoError(t, err)
				return
			}
			p := k.refused(id)

			require.Equal(t, problem.LiveTableDiffers, p.Reason, p.Message)
			require.Contains(t, p.Message, tc.says)
			require.Contains(t, p.Message, "nothing was written")
			require.False(t, problem.Transient(p))
			require.Equal(t, before, k.live())
			require.Equal(t, []string{"STAGED"}, k.db.Rows(t, "select state from sf_ingest.batch where id = $1", id))
		})
	}
}

// Whoever lost the fence publishes nothing, however late it was raised.
func TestAFenceThatWasRaised(t *testing.T) {
	t.Parallel()
	k := sit(t, shop)
	k.published("2024-01-31", january)
	before := k.live()
	id := k.stage("2024-02-29", february)
	release := k.hold("lock table orders in share row exclusive mode")
	done := make(chan error, 1)
	go func() {
		_, _, err := k.publisher.Publish(context.Background(), k.request(id))
		done <- err
	}()
	k.waitFor("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like 'lock table%'")
	old := k.fence
	k.fence = k.db.Fence(t, "shop")
	release()

	require.Equal(t, problem.FenceLost, problem.FromError(<-done).Reason)
	require.Equal(t, before, k.live())
	require.NotEqual(t, old, k.fence)
	_, err := k.publish(id)
	require.NoError(t, err, "whoever holds it now goes on")
}

// A publish that waits says for whom, and goes on as soon as it may.
func TestAPublishThatWaitsSaysForWhom(t *testing.T) {
	t.Parallel()
	k := sit(t, shop)
	k.published("2024-01-31", january)
	id := k.stage("2024-02-29", february)
	release := k.hold("update customers set note = note; select 1")
	done := make(chan error, 1)
	go func() {
		_, _, err := k.publisher.Publish(context.Background(), k.request(id))
		done <- err
	}()
	require.Eventually(t, func() bool { return strings.Contains(strings.Join(k.said(), "\n"), "which holds a lock") }, 30*time.Second, 10*time.Millisecond)
	release()

	require.NoError(t, <-done)
	require.Contains(t, strings.Join(k.said(), "\n"), "wait for session ")
	require.Equal(t, "y", strings.Split(k.live()[0], "|")[1])
}

// Two publishes of one dataset take turns, each seeing what the other left.
func TestPublishesOfOneDatasetTakeTurns(t *testing.T) {
	t.Parallel()
	k := sit(t, shop)
	k.published("2024-01-31", january)
	ids := []string{k.stage("2024-02-29", february), k.stage("2024-03-31", january), k.stage("2024-04-30", february)}
	done := make(chan error, len(ids))
	for _, id := range ids {
		go func() {
			_, _, err := k.publisher.Publish(context.Background(), k.request(id))
			done <- err
		}()
	}
	for range ids {
		require.NoError(t, <-done)
	}

	require.Equal(t, []string{"2024-04-30|" + ids[2]}, k.db.Rows(t, "select as_of, batch from sf_ingest.watermark"), "the newest as_of stands")
	require.Equal(t, []string{"1", "2", "3", "4"}, k.db.Rows(t, "select published_number from sf_ingest.batch order by 1"))
	require.Equal(t, []string{"a|y", "b|", "c|<null>"}, k.db.Rows(t, "select * from customers order by 1"))
}

// Values of many pages go through as they are.
func TestHugeRows(t *testing.T) {
	t.Parallel()
	k := sit(t, shop)
	huge := func(seed int) string {
		return fmt.Sprintf("(select string_agg(md5((i + %d)::text), '') from generate_series(1, 100000) i)", seed)
	}
	k.published("2024-01-31", rows{"customers": {"'a', " + huge(1), "'b', " + huge(2)}})
	b := k.published("2024-02-29", rows{"customers": {"'a', " + huge(1), "'b', " + huge(3)}})

	require.Equal(t, tally{0, 1, 1}, tallied(b.GetCounts()[0]))
	require.Equal(t, []string{"3200000", "3200000"}, k.db.Rows(t, "select length(note) from customers"))
}

// More departures than are allowed, which staging could not see, are refused; an
// acceptance lets as many pass as it says.
func TestDeparturesAreAcceptedUpToACount(t *testing.T) {
	t.Parallel()
	four := rows{"customers": {"'a', null", "'b', null", "'c', null", "'d', null"}}
	for most, refused := range map[int64]bool{2: true, 3: false, 4: false} {
		k := sit(t, shop)
		k.published("2024-01-31", four)
		id := k.stage("2024-02-29", rows{"customers": {"'a', null"}})
		p := k.refused(id)
		require.Equal(t, problem.DeparturesOverLimit, p.Reason)
		require.Contains(t, p.Message, "expected at most 50 % of the 4 rows of 2024-01-31 to be gone, found 3 keys that are not in it, 75 %")
		k.accepted = []*stepv1.Acceptance{{Reason: string(problem.DeparturesOverLimit), Table: "customers", UpTo: &most, By: "eve"}}

		b, err := k.publish(id)

		if refused {
			require.Equal(t, problem.DeparturesOverLimit, problem.FromError(err).Reason, "%d", most)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, tally{0, 0, 1, 3}, tallied(b.GetCounts()[0]))
		require.Len(t, b.GetAccepted(), 1)
		require.Equal(t, []string{"b", "c", "d"}, k.db.Rows(t, "select key[1] from sf_ingest.departed order by 1"))
	}
}

// A plan is of one state, and changes nothing, not even what is counted.
func TestAPlanChangesNothing(t *testing.T) {
	t.Parallel()
	k := sit(t, shop)
	k.published("2024-01-31", january)
	before, tables := k.live(), k.db.Rows(t, "select relname, relfilenode from pg_class where relnamespace = 'public'::regnamespace order by 1")
	id := k.stage("2024-02-29", february)

	first, err := k.plan(id)
	require.NoError(t, err)
	second, err := k.plan(id)
	require.NoError(t, err)

	require.Equal(t, first.String(), second.String())
	require.Equal(t, before, k.live())
	require.Equal(t, tables, k.db.Rows(t, "select relname, relfilenode from pg_class where relnamespace = 'public'::regnamespace order by 1"))
	require.Empty(t, k.db.Rows(t, "select from sf_ingest.departed"))
	require.Contains(t, k.said(), "customers compare")
}
