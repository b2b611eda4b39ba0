package ingest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// narrow is the shop with types that can be widened, and grown is what it becomes.
var (
	narrow = strings.ReplaceAll(shop, "{name: note, type: text,", `{name: note, type: "varchar(40)",`)
	grown  = strings.NewReplacer(
		"{name: note, type: text, optional: true}", "{name: note, type: text, optional: true}\n      - {name: channel, type: text, optional: true}",
		`"numeric(8,2)"`, `"numeric(12,2)"`,
	).Replace(shop) + `  - name: refunds
    key: [order_id]
    references: [{columns: [order_id], table: orders}]
    columns: [{name: order_id, type: bigint}, {name: reason, type: text}]
`
	grownGoods = goods.
			with("customers.csv", "id,since,active,note,channel\nc1,2020-01-31,True,\"likes \"\"tea\"\", a lot\",web\nc2,2021-02-28,false,,\nc3,,,\"\",\n").
			with("refunds.csv", "order_id,reason\n1,broken\n")
)

// grow makes the house's dataset another version.
func (h *house) grow(yaml string) {
	h.dataset, h.version = parse(h.t, yaml), h.version+"+"
}

func (h *house) expand(rewrite, lookOnly bool) ([]*stepv1.AlteredRelation, error) {
	got, err := h.client.Expand(context.Background(), &ingestv1.ExpandRequest{
		Context: h.context(), Dataset: h.dataset, Rewrite: rewrite, LookOnly: lookOnly,
	})
	return got.GetAltered(), err
}

// mends are the statements of what was altered.
func mends(altered []*stepv1.AlteredRelation) (all []string) {
	for _, a := range altered {
		all = append(all, a.GetMend())
	}
	return all
}

const noteType = "select format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'customers'::regclass and attname = 'note'"

var growth = []string{
	`alter table "public"."customers" alter column "note" type text`,
	`alter table "public"."customers" add column "channel" text`,
	`alter table "public"."orders" alter column "amount" type numeric(12,2)`,
}

func TestLiveTablesGrow(t *testing.T) {
	t.Parallel()
	h := open(t, narrow)
	h.published(january, goods)
	nodes := h.db.Rows(t, "select relname, relfilenode from pg_class where relname in ('customers', 'orders') order by 1")
	h.grow(grown)

	would, err := h.expand(false, true)
	require.NoError(t, err)
	untouched := h.db.Rows(t, "select count(*) from information_schema.columns where column_name = 'channel' and table_schema = 'public'")
	did, err := h.expand(false, false)
	require.NoError(t, err)
	again, err := h.expand(false, false)
	require.NoError(t, err)
	b := h.published(february, grownGoods)

	require.Equal(t, growth, mends(would))
	require.Equal(t, []string{"0"}, untouched, "a look alters nothing")
	require.Equal(t, growth, mends(did))
	require.Positive(t, did[0].GetBytes())
	require.Equal(t, "expected a column channel text, found none", did[1].GetFound())
	require.Empty(t, again)
	require.Equal(t, nodes, h.db.Rows(t, "select relname, relfilenode from pg_class where relname in ('customers', 'orders') order by 1"), "nothing is rewritten")
	requireCounts(t, b, "customers", &stepv1.TableCounts{Rows: 3, Updated: 1, Unchanged: 2})
	requireCounts(t, b, "refunds", &stepv1.TableCounts{Rows: 1, Inserted: 1})
	require.Equal(t, []string{"web"}, h.db.Rows(t, "select channel from customers where id = 'c1'"))
}

// A plan counts as if the tables had grown, and alters nothing.
func TestAPlanOfADatasetThatGrew(t *testing.T) {
	t.Parallel()
	h := open(t, narrow)
	h.published(january, goods)
	h.grow(grown)
	b := h.stage(february, grownGoods)

	r, err := h.plan(b.GetId())

	require.NoError(t, err)
	columns := counts(r, "customers").GetColumns()
	require.Len(t, columns, 1)
	require.Equal(t, "channel 1", fmt.Sprint(columns[0].GetColumn(), " ", columns[0].GetUpdated()))
	requireCounts(t, r, "customers", &stepv1.TableCounts{Rows: 3, Updated: 1, Unchanged: 2})
	requireCounts(t, r, "refunds", &stepv1.TableCounts{Rows: 1, Inserted: 1})
	var expansions []string
	for _, c := range h.check(h.dataset) {
		require.Empty(t, c.GetDifferences(), c.GetName())
		for _, e := range c.GetExpansions() {
			expansions = append(expansions, e.GetMend())
		}
	}
	require.ElementsMatch(t, growth, expansions)
	require.Equal(t, []string{"character varying(40)"}, h.db.Rows(t, noteType))
}

// Whoever takes a column away between expanding and publishing is told.
func TestPublishDoesNotAlter(t *testing.T) {
	t.Parallel()
	h := open(t, narrow)
	h.published(january, goods)
	h.grow(grown)
	b := h.stage(february, grownGoods)

	_, err := h.publish(b.GetId())

	requireReason(t, problem.LiveTableDiffers, err)
	require.ErrorContains(t, err, `expected a column channel text, found none: alter table "public"."customers" add column "channel" text`)
}

// What rewrites a table is never done by a run, and said by its plan.
func TestARewriteIsDoneOnDemand(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.grow(strings.NewReplacer("{name: items, type: integer}", "{name: items, type: bigint}", `"numeric(8,2)"`, `"numeric(10,4)"`).Replace(shop))
	next := goods.with("lines.csv", goods["lines.csv"]+"3,1,9\n") // no wrong folder
	b := h.stage(february, next)
	want := []string{
		`alter table "public"."orders" alter column "amount" type numeric(10,4) using "amount"::numeric(10,4)`,
		`alter table "public"."orders" alter column "items" type bigint using "items"::bigint`,
	}

	byRun, err := h.expand(false, false)
	require.NoError(t, err)
	_, planErr := h.plan(b.GetId())
	would, err := h.expand(true, true)
	require.NoError(t, err)
	did, err := h.expand(true, false)
	require.NoError(t, err)

	require.Empty(t, byRun)
	requireReason(t, problem.LiveTableDiffers, planErr)
	require.ErrorContains(t, planErr, "expected column items to be bigint, found integer: `sfctl dataset migrate` rewrites the table for it, outside of runs")
	require.Equal(t, want, mends(would))
	require.Equal(t, want, mends(did))
	r, err := h.publish(b.GetId())
	require.NoError(t, err)
	requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 3, Unchanged: 3})
	same := h.published(february, next)
	require.NotEmpty(t, same.GetSameAs(), "a table that was rewritten holds what it held")
}

// What a person has to mend is said with the SQL that does, and the SQL does.
func TestWhatHangsOnAColumnIsNamed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ sql, what string }{
		"a view": {"create view report as select note, count(*) as n from customers group by note", "view public.report"},
		"views over views": {"create view report as select note from customers; create materialized view above as select note from report; create view top as select count(*) as n from above",
			"view public.top, materialized view public.above, view public.report"},
		"a materialized view": {"create materialized view report as select note from customers", "materialized view public.report"},
		"a rule":              {"create table seen (c text); create rule look as on delete to customers where old.note = 'x' do also insert into seen values (old.note)", "rule look on public.customers"},
		"an index expression": {"create index folded on customers (lower(note))", "index public.folded"},
		"an index condition":  {"create index partial on customers (id) where note <> ''", "index public.partial"},
		"a trigger": {`create function seen() returns trigger language plpgsql as $$ begin return new; end $$;
			create trigger look before update of note on customers for each row execute function seen()`, "trigger look"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, narrow)
			h.published(january, goods)
			h.db.Exec(t, tc.sql)
			h.grow(grown)

			did, err := h.expand(false, false)
			require.NoError(t, err)
			differences := h.check(h.dataset)["customers"].GetDifferences()

			require.NotContains(t, mends(did), growth[0], "it is left alone")
			require.Len(t, differences, 1)
			require.Equal(t, "expected column note to be text, found character varying(40), and "+tc.what+hangsOn(tc.what), differences[0].GetFound())
			h.db.Exec(t, differences[0].GetMend())
			require.Empty(t, h.check(h.dataset)["customers"].GetDifferences())
			require.Equal(t, []string{"text"}, h.db.Rows(t, noteType))
		})
	}
}

func hangsOn(what string) string {
	if strings.Contains(what, ", ") {
		return " hang on it"
	}
	return " hangs on it"
}

// What is for a person anyhow is said with what hangs on the column as well.
func TestWhatAPersonRetypesIsSaidWithWhatHangsOnIt(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, "create view report as select note from customers; create view top as select note from report")
	h.grow(narrow)

	differences := h.check(h.dataset)["customers"].GetDifferences()

	require.Len(t, differences, 1)
	require.Equal(t, "expected column note to be character varying(40), found text, and view public.top, view public.report hang on it", differences[0].GetFound())
	sql, keeps := strings.CutPrefix(differences[0].GetMend(), relation.KeepType)
	require.True(t, keeps, sql)
	h.db.Exec(t, sql)
	require.Empty(t, h.check(h.dataset)["customers"].GetDifferences())
	require.Len(t, h.db.Rows(t, "select from top"), 3)
}

// A plain index and a foreign key are no hindrance.
func TestWhatPostgreSQLCarriesAlongIsNoHindrance(t *testing.T) {
	t.Parallel()
	h := open(t, narrow)
	h.published(january, goods)
	h.db.Exec(t, "create index on customers (note); create view other as select id, since from customers")
	h.grow(grown)

	did, err := h.expand(false, false)

	require.NoError(t, err)
	require.Equal(t, growth, mends(did))
}

// What somebody renamed by hand is not added a second time beside it.
func TestATableThatDiffersOtherwiseIsNotAltered(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, "alter table lines rename price to cost")

	did, err := h.expand(false, false)

	require.NoError(t, err)
	require.Empty(t, did)
	check := h.check(h.dataset)["lines"]
	require.Len(t, check.GetDifferences(), 1)
	require.Contains(t, check.GetDifferences()[0].GetMend(), "or declare column price with it as renamed_from if the two are one")
	require.Len(t, check.GetExpansions(), 1, "the column that is missing waits for what a person says of the other")
}

// A table of the users' own is theirs to alter.
func TestATableOfTheUsersOwnIsNotAltered(t *testing.T) {
	t.Parallel()
	h := open(t, adopting(shop))
	h.db.Exec(t, usersOwn)
	h.published(january, goods)
	h.grow(adopting(grown))

	did, err := h.expand(false, false)

	require.NoError(t, err)
	require.Equal(t, growth[2:], mends(did), "orders are ingest's")
	differences := h.check(h.dataset)["customers"].GetDifferences()
	require.Len(t, differences, 1)
	require.Equal(t, growth[1], differences[0].GetMend())
}

func TestAColumnThatBecameOptionalMayBeNull(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, "update customers set note = '' where note is null; alter table customers alter note set not null")

	did, err := h.expand(false, false)

	require.NoError(t, err)
	require.Equal(t, []string{`alter table "public"."customers" alter column "note" drop not null`}, mends(did))
}

// Whoever holds a table is not queued behind for long, and is outwaited.
func TestExpandWaitsForALockInShortTries(t *testing.T) {
	t.Parallel()
	h := open(t, narrow)
	h.published(january, goods)
	h.grow(grown)
	reader, err := h.db.Owner.Begin(t.Context())
	require.NoError(t, err)
	_, err = reader.Exec(t.Context(), "select * from customers")
	require.NoError(t, err)
	released := time.AfterFunc(3*time.Second, func() { _ = reader.Rollback(context.Background()) })
	defer released.Stop()

	did, err := h.expand(false, false)

	require.NoError(t, err)
	require.Equal(t, growth, mends(did))
}

func TestExpandNeedsTheFence(t *testing.T) {
	t.Parallel()
	h := open(t, narrow)
	h.published(january, goods)
	h.grow(grown)
	h.db.Fence(t, h.dataset.GetName())

	_, err := h.expand(false, false)

	requireReason(t, problem.FenceLost, err)
	require.Equal(t, []string{"0"}, h.db.Rows(t, "select count(*) from information_schema.columns where column_name = 'channel' and table_schema = 'public'"))
}
