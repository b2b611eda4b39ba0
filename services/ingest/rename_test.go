package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// called is the shop in which columns are called otherwise: a key with what refers to it,
// one that becomes wider, and one that a file may lack from then on.
var called = strings.NewReplacer(
	"key: [id]\n    columns:\n      - {name: id, type: text}", "key: [client]\n    columns:\n      - {name: client, type: text, renamed_from: id}",
	"{columns: [customer], table: customers}", "{columns: [client], table: customers}",
	"{name: customer, type: text}", "{name: client, type: text, renamed_from: customer}",
	`{name: amount, type: "numeric(8,2)"}`, `{name: total, type: "numeric(12,2)", renamed_from: amount}`,
	"{name: since, type: date}", "{name: joined, type: date, renamed_from: since, optional: true}",
).Replace(shop)

// calledGoods is the delivery with the new names.
var calledGoods = goods.
	with("customers.csv", strings.Replace(goods["customers.csv"], "id,since,", "client,joined,", 1)+"c4,2024-02-01,true,\n").
	with("orders.csv", strings.Replace(goods["orders.csv"], "customer,amount", "client,total", 1))

var renames = []string{
	`alter table "public"."customers" rename column "id" to "client"`,
	`alter table "public"."customers" rename column "since" to "joined"`,
	`alter table "public"."orders" rename column "customer" to "client"`,
	`alter table "public"."orders" rename column "amount" to "total"`,
	`alter table "public"."orders" alter column "total" type numeric(12,2)`,
}

const namesOf = "select column_name from information_schema.columns where table_schema = 'public' and table_name = '%' order by ordinal_position"

func (h *house) columns(table string) []string {
	return h.db.Rows(h.t, strings.Replace(namesOf, "%", table, 1))
}

func TestColumnsAreRenamed(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, "create view report as select id, since from customers")
	h.grow(called)
	planned := h.stage(february, calledGoods)
	plan, err := h.plan(planned.GetId())
	require.NoError(t, err)
	require.Equal(t, []string{"id", "since", "active", "note"}, h.columns("customers"), "a plan alters nothing")

	would, err := h.expand(false, true)
	require.NoError(t, err)
	did, err := h.expand(false, false)
	require.NoError(t, err)
	again, err := h.expand(false, false)
	require.NoError(t, err)
	b := h.published(february, calledGoods)

	require.Equal(t, renames, mends(would))
	require.Equal(t, renames, mends(did))
	require.Empty(t, again)
	requireCounts(t, plan, "customers", &stepv1.TableCounts{Rows: 4, Inserted: 1, Unchanged: 3})
	requireCounts(t, plan, "orders", &stepv1.TableCounts{Rows: 3, Unchanged: 3})
	requireCounts(t, b, "customers", &stepv1.TableCounts{Rows: 4, Inserted: 1, Unchanged: 3})
	requireCounts(t, b, "orders", &stepv1.TableCounts{Rows: 3, Unchanged: 3})
	require.Equal(t, []string{"client", "joined", "active", "note"}, h.columns("customers"))
	require.Equal(t, []string{"c1|2020-01-31", "c2|2021-02-28", "c3|<null>", "c4|2024-02-01"}, h.db.Rows(t, "select * from report order by 1"), "views follow")
	require.Equal(t, []string{"STALE_EXTRACT lines"}, reasons(b))
	for _, c := range h.check(h.dataset) {
		require.Empty(t, c.GetDifferences(), c.GetName())
		require.Empty(t, c.GetExpansions(), c.GetName())
	}
}

// What is renamed and grows at once needs no second run; where a view hangs on the type, a
// person is given SQL that works before the run renames the column.
func TestAViewThatHangsOnAColumnThatIsRenamedAndWidened(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, "create view totals as select customer, sum(amount) as amount from orders group by 1")
	h.grow(called)

	found := h.check(h.dataset)["orders"]
	require.Len(t, found.GetDifferences(), 1)
	require.Contains(t, found.GetDifferences()[0].GetFound(), "and view public.totals hangs on it")
	h.db.Exec(t, found.GetDifferences()[0].GetMend())
	did, err := h.expand(false, false)

	require.NoError(t, err)
	require.Equal(t, renames[:4], mends(did))
	require.Empty(t, h.check(h.dataset)["orders"].GetDifferences())
	require.Equal(t, []string{"c1|10.50", "c2|99999.99"}, h.db.Rows(t, "select * from totals order by 1"))
}

// Files of an as_of before the rename have the older names for ever; those of a later one
// as long as it is declared. Nothing of them is another row.
func TestFilesWithTheOlderNames(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.grow(called)
	before := h.stage(january, goods)
	_, err := h.expand(false, false)
	require.NoError(t, err)

	again := h.published(january, goods)
	later := h.published(february, goods.with("lines.csv", goods["lines.csv"]+"3,1,9\n"))
	same := h.published(february, goods.with("lines.csv", goods["lines.csv"]+"3,1,9\n"))
	h.grow(strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(called, ", renamed_from: id", ""), ", renamed_from: customer", ""), ", renamed_from: amount", ""), ", renamed_from: since", ""))
	_, err = h.expand(false, false)
	require.NoError(t, err)
	old := h.stage(january, goods)
	refused := h.stage(march, goods)

	for _, b := range []interface{ GetFindings() []*stepv1.Finding }{before, again, later, old} {
		var notes []string
		for _, f := range b.GetFindings() {
			if f.GetReason() == string(problem.ColumnsRenamed) {
				notes = append(notes, f.GetMessage())
			}
		}
		require.Equal(t, []string{`customers.csv has earlier names: "id" for client and "since" for joined`,
			`orders.csv has earlier names: "customer" for client and "amount" for total`}, notes)
	}
	requireCounts(t, again, "customers", &stepv1.TableCounts{Rows: 3, Unchanged: 3})
	require.NotEmpty(t, same.GetSameAs())
	require.Contains(t, findingOf(t, again, problem.ColumnsRenamed, "orders").GetAction(), "Nothing: ")
	require.Contains(t, findingOf(t, later, problem.ColumnsRenamed, "orders").GetAction(), "Have the columns delivered by their present names.")
	require.Equal(t, []string{"id", "since", "active", "note"}, again.GetFiles()[0].GetHeader(), "what the file has")
	require.Equal(t, []string{"client", "joined", "active", "note"}, again.GetTables()[0].GetHeader(), "what is judged")
	require.Equal(t, []string{"HEADER_MISMATCH customers", "HEADER_MISMATCH orders"}, reasons(refused)[:2], "one finding of a file")
	require.NotContains(t, reasons(refused)[2:], "HEADER_MISMATCH orders")
	f := findingOf(t, refused, problem.HeaderMismatch, "orders")
	require.Equal(t, `orders.csv: expected the present names of columns, found earlier names, which the dataset declares no more: "customer" for client and "amount" for total`, f.GetMessage())
	require.Equal(t, "Deliver the columns by their present names. Files of as_of dates up to the rename may have the earlier; for later ones too, declare it again: "+
		"renamed_from: customer in column client and renamed_from: amount in column total.", f.GetAction())
	h.grow(called)
	require.NotContains(t, reasons(h.stage(march, goods)), "HEADER_MISMATCH orders", "what the finding says helps")
}

func TestAFileWithBothNames(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.grow(called)

	b := h.stage(february, calledGoods.with("orders.csv", "id,client,customer,total,items,weight\n1,c1,c1,10.50,2,0.5\n"))

	require.Equal(t, []string{"HEADER_MISMATCH orders", "STALE_EXTRACT lines"}, reasons(b))
	require.Equal(t, `orders.csv: expected a column by its name or by the one that it is renamed from, found both: "client" and "customer"`, findingOf(t, b, problem.HeaderMismatch, "orders").GetMessage())
}

// The departed are told by the key as it is called: before the rename is carried out, and
// after it.
func TestDeparturesOfAKeyThatIsRenamed(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone(upTo(20)...))
	h.published(february, everyone(upTo(20, 3, 4)...))
	h.grow(strings.NewReplacer("key: [id]", "key: [number]", "{name: id, type: integer}", "{name: number, type: integer, renamed_from: id}").Replace(crowd))

	cut := h.stage(march, everyone(1, 2))
	b := h.stage(march, everyone(upTo(20, 3, 4, 5)...))
	plan, err := h.plan(b.GetId())
	require.NoError(t, err)
	_, err = h.expand(false, false)
	require.NoError(t, err)
	cutAgain := h.stage(march, everyone(1, 2))
	published := h.published(march, everyone(upTo(20, 3, 4, 5)...))

	require.Contains(t, findingOf(t, cut, problem.DeparturesOverLimit, "people").GetMessage(), "16")
	require.Equal(t, findingOf(t, cut, problem.DeparturesOverLimit, "people").GetMessage(), findingOf(t, cutAgain, problem.DeparturesOverLimit, "people").GetMessage())
	requireCounts(t, plan, "people", &stepv1.TableCounts{Rows: 17, Unchanged: 17, Departed: 1})
	requireCounts(t, published, "people", &stepv1.TableCounts{Rows: 17, Unchanged: 17, Departed: 1})
	require.Equal(t, []string{"3|2024-02-29", "4|2024-02-29", "5|2024-03-31"},
		h.db.Rows(t, "select key[1], since from sf_ingest.departed order by key[1]::int"))
	require.Equal(t, []string{"number"}, h.db.Rows(t, "select key_columns[1] from sf_ingest.published_table"))
}

// Keys that look alike are found among live ones that are called otherwise yet.
func TestKeysThatLookAlikeOfAKeyThatIsRenamed(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.grow(called)

	b := h.stage(february, calledGoods.with("customers.csv", "client,joined,active,note\nc1,2020-01-31,True,x\nc2,,,\nc3,,,\n\"c3 \",,,\n"))

	require.Contains(t, findingOf(t, b, problem.DuplicateKeys, "customers").GetMessage(), "2 rows")
	b = h.stage(february, calledGoods.with("customers.csv", "client,joined,active,note\nc1,2020-01-31,True,x\nc2,,,\n\"c3 \",,,\n"))
	require.Contains(t, findingOf(t, b, problem.DuplicateKeys, "customers").GetMessage(), "differs from a live one")
}

// The body of a function is a text, which does not follow: the run says so, and writes nothing.
func TestATriggerThatNamesAColumnByItsOlderName(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, `create function rounded() returns trigger language plpgsql set search_path = pg_catalog as $$ begin new.amount := round(new.amount); return new; end $$;
		create trigger rounded before insert or update on orders for each row execute function rounded()`)
	h.grow(called)
	_, err := h.expand(false, false)
	require.NoError(t, err)
	b := h.stage(february, calledGoods.with("orders.csv", "id,client,total,items,weight\n1,c1,11.50,2,0.5\n2,c2,99999.99,3.0,1e-3\n3,c1,,,\n"))

	_, err = h.publish(b.GetId())

	requireReason(t, problem.LiveTableDiffers, err)
	require.ErrorContains(t, err, `record "new" has no field "amount"`)
}
