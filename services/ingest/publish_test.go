package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// second is the month after goods: c2 changed, c4 is new, order 3 and one line of
// order 1 are gone.
var second = files{
	"customers.csv": "id,since,active,note\nc1,2020-01-31,True,\"likes \"\"tea\"\", a lot\"\nc2,2021-02-28,true,back\nc3,,,\"\"\nc4,2024-02-01,,\n",
	"orders.csv":    "id,customer,amount,items,weight\n1,c1,10.5,2,0.5\n2,c2,99999.99,4,0.001\n4,c4,5,1,1\n",
	"lines.csv":     "order_id,place,price\n1,1,1.10\n2,1,7\n4,1,5\n",
}

// deleting is the shop with departed rows deleted, up to half of a table.
var deleting = strings.ReplaceAll(shop, "    key: [", "    departed_keys: delete\n    key: [")

func (h *house) live() map[string][]string {
	h.t.Helper()
	out := map[string][]string{}
	for _, table := range []string{"customers", "orders", "lines"} {
		out[table] = h.db.Rows(h.t, "select x from "+table+" x order by x::text collate \"C\"")
	}
	return out
}

func TestFirstMonthMakesTheLiveTables(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	b := h.published(january, goods)

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, b.GetState())
	require.NotNil(t, b.GetPublishedAt())
	require.Equal(t, []string{`c1|2020-01-31|t|likes "tea", a lot`, "c2|2021-02-28|f|<null>", "c3|<null>|<null>|"},
		h.db.Rows(t, "select * from customers order by id"))
	require.Equal(t, []string{"1|c1|10.50|2|0.5", "2|c2|99999.99|3|0.001", "3|c1|<null>|<null>|<null>"},
		h.db.Rows(t, "select * from orders order by id"))
	require.Equal(t, []string{"1|1|1.10", "1|2|24.483650766787413", "2|1|7"},
		h.db.Rows(t, "select * from lines order by 1, 2"))
	require.Equal(t, []string{
		"customers_pkey|PRIMARY KEY (id)",
		"lines_order_id_fkey|FOREIGN KEY (order_id) REFERENCES orders(id)",
		"lines_pkey|PRIMARY KEY (order_id, place)",
		"orders_customer_fkey|FOREIGN KEY (customer) REFERENCES customers(id)",
		"orders_pkey|PRIMARY KEY (id)",
	}, h.db.Rows(t, `select conname, pg_get_constraintdef(oid) from pg_constraint
		where connamespace = 'public'::regnamespace and contype in ('p', 'f') order by 1`))
	require.EqualValues(t, 3, counts(b, "orders").GetInserted())
	require.Equal(t, []string{"shop|2024-01-31|" + b.GetId()}, h.db.Rows(t, "select dataset, as_of, batch from sf_ingest.watermark"))
	require.Equal(t, []string{"t"}, h.db.Rows(t, "select bool_and(has_table_privilege('sf_reader', x, 'select')) from unnest(array['customers','orders','lines']) x"))
}

func TestNextMonthWritesOnlyWhatChanged(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	versions := func(table, rows string) []string {
		return h.db.Rows(t, "select ctid, xmin from "+table+" where "+rows)
	}
	before := versions("customers", "id in ('c1', 'c3') order by id")
	order := versions("orders", "id = 1")

	b := h.published(february, second)

	require.Equal(t, before, versions("customers", "id in ('c1', 'c3') order by id"))
	require.Equal(t, order, versions("orders", "id = 1"), "10.50 and 10.5 are equal")
	require.Equal(t, map[string][]string{
		"customers": {`(c1,2020-01-31,t,"likes ""tea"", a lot")`, "(c2,2021-02-28,t,back)", `(c3,,,"")`, "(c4,2024-02-01,,)"},
		"orders":    {"(1,c1,10.50,2,0.5)", "(2,c2,99999.99,4,0.001)", "(3,c1,,,)", "(4,c4,5.00,1,1)"},
		"lines":     {"(1,1,1.10)", "(1,2,24.483650766787413)", "(2,1,7)", "(4,1,5)"},
	}, h.live(), "departed rows stay where nothing else is declared")
	requireCounts(t, b, "customers", &stepv1.TableCounts{Rows: 4, Inserted: 1, Updated: 1, Unchanged: 2})
	requireCounts(t, b, "orders", &stepv1.TableCounts{Rows: 3, Inserted: 1, Updated: 1, Unchanged: 1, Departed: 1})
	requireCounts(t, b, "lines", &stepv1.TableCounts{Rows: 3, Inserted: 1, Unchanged: 2, Departed: 1})
}

func requireCounts(t *testing.T, b interface{ GetCounts() []*stepv1.TableCounts }, table string, want *stepv1.TableCounts) {
	t.Helper()
	c := counts(b, table)
	got := &stepv1.TableCounts{
		Rows: c.GetRows(), Inserted: c.GetInserted(), Updated: c.GetUpdated(), Unchanged: c.GetUnchanged(),
		Departed: c.GetDeparted(), Deleted: c.GetDeleted(), Rejected: c.GetRejected(), Returned: c.GetReturned(),
	}
	require.Equal(t, want.String(), got.String(), table)
}

func TestDepartedRowsAreDeletedWhereDeclared(t *testing.T) {
	t.Parallel()
	h := open(t, deleting)
	h.published(january, goods)

	b := h.published(february, second)

	requireCounts(t, b, "orders", &stepv1.TableCounts{Rows: 3, Inserted: 1, Updated: 1, Unchanged: 1, Departed: 1, Deleted: 1})
	requireCounts(t, b, "lines", &stepv1.TableCounts{Rows: 3, Inserted: 1, Unchanged: 2, Departed: 1, Deleted: 1})
	require.Equal(t, []string{"(1,1,1.10)", "(2,1,7)", "(4,1,5)"}, h.live()["lines"])
	require.Equal(t, []string{"1", "2", "4"}, h.db.Rows(t, "select id from orders order by 1"))
}

func TestAsManyDeparturesAsTheLimitSaysAreAllowed(t *testing.T) {
	t.Parallel()
	h := open(t, strings.ReplaceAll(deleting, "departed_limit: 0.5", "departed_limit: 0.29"))
	rows := func(from int) files {
		var b strings.Builder
		b.WriteString("id,since,active\n")
		for i := from; i < 100; i++ {
			fmt.Fprintf(&b, "k%d,,\n", i)
		}
		return files{"customers.csv": b.String(), "orders.csv": "id,customer,amount,items,weight\n1,k99,,,\n", "lines.csv": "order_id,place,price\n1,1,\n"}
	}
	h.published(january, rows(0))

	b := h.published(february, rows(29)) // 0.29 * 100 is less than 29 as a product of doubles

	requireCounts(t, b, "customers", &stepv1.TableCounts{Rows: 71, Unchanged: 71, Departed: 29, Deleted: 29})
}

func TestWhoRefersToWhatDepartsIsFound(t *testing.T) {
	t.Parallel()
	const index = "select indexdef from pg_indexes where tablename in ('orders', 'lines') and indexname not like '%pkey' order by 1"
	h := open(t, deleting)
	h.published(january, goods)
	require.Equal(t, []string{"CREATE INDEX orders_customer_idx ON public.orders USING btree (customer)"}, h.db.Rows(t, index),
		"lines are found by their key, which begins with the order")

	kept := open(t, shop)
	kept.published(january, goods)
	require.Empty(t, kept.db.Rows(t, index), "where nothing is deleted, nothing need be found")
}

// A key's columns may be called as anything that is counted of it.
func TestAKeyOfAnyNameIsCheckedForRepetition(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"n", "lines", "twice", "count", "key", "c"} {
		h := open(t, "{name: odd, calendar: {period: month_end}, tables: [{name: items, key: [id, "+name+"], columns: [{name: id, type: integer}, {name: "+name+", type: integer}]}]}")

		b := h.stage(january, files{"items.csv": "id," + name + "\n1,1\n1,1\n"})

		require.Len(t, b.GetFindings(), 1, name)
		require.Equal(t, string(problem.DuplicateKeys), b.GetFindings()[0].GetReason())
		require.Len(t, b.GetFindings()[0].GetRows(), 2)
	}
}

// An index compresses: how long a key may be is its to say, and not a number.
func TestALongKeyThatAnIndexTakesIsTaken(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	b := h.published(january, goods.with("customers.csv", customers+strings.Repeat("https://shop.example/a/", 200)+",2020-01-01,t,x\n"))

	requireCounts(t, b, "customers", &stepv1.TableCounts{Rows: 3, Inserted: 3})
}

// wide is a dataset of one table of n columns beside its key, and a file of it with
// one row that holds the value in each.
func wide(n int, columnType, value string) (yaml, file string) {
	var columns, header, values strings.Builder
	for i := range n {
		fmt.Fprintf(&columns, ", {name: v%d, type: %s}", i, columnType)
		fmt.Fprintf(&header, ",v%d", i)
		values.WriteString("," + value)
	}
	return "{name: wide, calendar: {period: month_end}, tables: [{name: wide, key: [id], columns: [{name: id, type: integer}" + columns.String() + "]}]}",
		"id" + header.String() + "\n1" + values.String() + "\n"
}

func TestATableOfAsManyColumnsAsAllowedIsCompared(t *testing.T) {
	t.Parallel()
	yaml, file := wide(1_499, "integer", "7")
	h := open(t, yaml)
	h.published(january, files{"wide.csv": file})
	b := h.stage(february, files{"wide.csv": strings.Replace(file, ",7\n", ",8\n", 1)})

	p, err := h.plan(b.GetId())

	require.NoError(t, err)
	requireCounts(t, p, "wide", &stepv1.TableCounts{Rows: 1, Updated: 1})
	require.Len(t, p.GetCounts()[0].GetColumns(), 1)
	require.Equal(t, "v1498", p.GetCounts()[0].GetColumns()[0].GetColumn())
	r, err := h.publish(b.GetId())
	require.NoError(t, err)
	requireCounts(t, r.GetBatch(), "wide", &stepv1.TableCounts{Rows: 1, Updated: 1})
}

func TestARowThatNoPageHoldsIsSaid(t *testing.T) {
	t.Parallel()
	yaml, file := wide(1_400, "text", "a rather long text")
	h := open(t, yaml)

	_, err := h.stageRequest(h.request(january, h.deliver("d", files{"wide.csv": file})))

	requireReason(t, problem.DatasetInvalid, err)
	require.ErrorContains(t, err, "a row of wide.csv does not fit into PostgreSQL")
}

func TestAnOlderMonthLeavesLiveAlone(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(february, second)
	before := h.live()

	b := h.published(january, goods)

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_BACKFILLED, b.GetState())
	require.Equal(t, before, h.live())
	requireCounts(t, b, "orders", &stepv1.TableCounts{Rows: 3})
	require.Equal(t, []string{february}, h.db.Rows(t, "select as_of from sf_ingest.watermark"))
}

func TestTheSameFilesAgainAreNotStaged(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	first := h.published(january, goods)
	require.NoError(t, h.discard(first.GetId()))

	again := h.stage(january, goods)
	r, err := h.publish(again.GetId())

	require.NoError(t, err)
	require.Equal(t, first.GetId(), again.GetSameAs())
	require.Len(t, again.GetTables(), 3)
	for _, d := range again.GetTables() {
		require.True(t, d.GetHasHeader())
		require.Nil(t, d.GetCandidate())
	}
	require.Empty(t, h.staging())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, r.GetBatch().GetState())
	requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 3, Unchanged: 3})
}

func TestTheSameFilesAreStagedWhereTheyMustBe(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(h *house, req *ingestv1.StageRequest){
		"forced":                  func(_ *house, req *ingestv1.StageRequest) { req.Force = true },
		"another dataset version": func(_ *house, req *ingestv1.StageRequest) { req.DatasetVersion = "other" },
		"a live table is gone":    func(h *house, _ *ingestv1.StageRequest) { h.db.Exec(h.t, "drop table lines") },
		"a live table is emptied": func(h *house, _ *ingestv1.StageRequest) { h.db.Exec(h.t, "truncate lines") },
		"a row is gone": func(h *house, _ *ingestv1.StageRequest) {
			h.db.Exec(h.t, "delete from lines where order_id = 2")
			h.db.Exec(h.t, "vacuum full lines")
		},
		"a live table is made anew without its rows": func(h *house, _ *ingestv1.StageRequest) {
			h.db.Exec(h.t, "create table copy (like lines including all); drop table lines; alter table copy rename to lines; grant all on lines to sf_ingest")
		},
		"a live table that may not be read": func(h *house, _ *ingestv1.StageRequest) {
			h.db.Exec(h.t, "alter table lines owner to current_user; revoke all on lines from sf_ingest, sf_reader")
			h.db.Exec(h.t, "vacuum full lines")
		},
		"a version before left no footprint": func(h *house, _ *ingestv1.StageRequest) { h.db.Exec(h.t, "delete from sf_ingest.live") },
		"a byte differs": func(h *house, _ *ingestv1.StageRequest) {
			h.deliver("month_"+january, goods.with("lines.csv", strings.Replace(goods["lines.csv"], "7", "8", 1)))
		},
		"a manifest miscounts": func(h *house, _ *ingestv1.StageRequest) {
			sum := h.db.Rows(h.t, "select sha256 from sf_ingest.batch_file where name = 'lines.csv'")[0]
			h.deliver("month_"+january, goods.with("manifest.json", `{"files": [{"name": "lines.csv", "sha256": "`+sum+`", "rows": 4}]}`))
		},
		"another as_of": func(_ *house, req *ingestv1.StageRequest) { req.AsOf = february },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, adopting(shop))
			h.published(january, goods)
			req := h.request(january, h.root+"/month_"+january)
			change(h, req)

			b, err := h.stageRequest(req)

			require.NoError(t, err)
			require.Empty(t, b.GetSameAs())
			require.NotEmpty(t, candidate(t, b, "lines"))
		})
	}
}

func TestTheSameBatchIsStagedAfterAllWhenForced(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	req := h.request(january, h.root+"/month_"+january)
	same, err := h.stageRequest(req)
	require.NoError(t, err)
	require.NotEmpty(t, same.GetSameAs())

	req.Force = true
	forced, err := h.stageRequest(req)

	require.NoError(t, err)
	require.Equal(t, same.GetId(), forced.GetId())
	require.Empty(t, forced.GetSameAs())
	r, err := h.publish(forced.GetId())
	require.NoError(t, err)
	requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 3, Unchanged: 3})
}

// What has another footprint and all its rows is counted once, and not again.
func TestTheSameFilesAgainAfterAVacuum(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	footprints := "select footprint from sf_ingest.live where table_name = 'lines'"
	before := h.db.Rows(t, footprints)
	h.db.Exec(t, "vacuum full lines")

	again := h.published(january, goods)

	require.NotEmpty(t, again.GetSameAs())
	require.NotEqual(t, before, h.db.Rows(t, footprints), "the next delivery finds the table as this one did")
	require.Equal(t, []string{"customers|3", "lines|3", "orders|3"}, h.db.Rows(t, "select table_name, rows from sf_ingest.live order by 1"))
}

// Rows that are taken away between staging and publishing are not called published.
func TestWhatWasUnchangedIsLookedAtAgainByPublish(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	same := h.stage(january, goods)
	require.NotEmpty(t, same.GetSameAs())
	before := h.live()
	h.db.Exec(t, "truncate lines")

	_, err := h.publish(same.GetId())

	requireReason(t, problem.StagingLost, err)
	req := h.request(january, h.root+"/month_"+january)
	req.Batch = same.GetId()
	staged, err := h.stageRequest(req)
	require.NoError(t, err)
	require.Empty(t, staged.GetSameAs())
	r, err := h.publish(staged.GetId())
	require.NoError(t, err)
	requireCounts(t, r.GetBatch(), "lines", &stepv1.TableCounts{Rows: 3, Inserted: 3})
	require.Equal(t, before, h.live())
}

func TestHowLiveWasLeftIsRecorded(t *testing.T) {
	t.Parallel()
	h := open(t, deleting)
	h.published(january, goods)

	b := h.published(february, goods.with("lines.csv", "order_id,place,price\n1,1,1.10\n1,2,5\n3,1,9\n"))

	requireCounts(t, b, "lines", &stepv1.TableCounts{Rows: 3, Inserted: 1, Updated: 1, Unchanged: 1, Departed: 1, Deleted: 1})
	require.Equal(t, []string{"3|" + b.GetId()}, h.db.Rows(t, "select rows, batch from sf_ingest.live where table_name = 'lines'"))
	require.Equal(t, h.db.Rows(t, "select count(*) from lines"), h.db.Rows(t, "select rows from sf_ingest.live where table_name = 'lines'"))
}

func TestTheSameOldMonthAgainIsABackfill(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.published(february, second)
	before := h.live()

	again := h.published(january, goods)

	require.NotEmpty(t, again.GetSameAs())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_BACKFILLED, again.GetState())
	require.Equal(t, before, h.live())
}

// A clock that was set back between two publishes does not make the first one the last.
func TestTheLastPublishedIsSoByOrderAndNotByClock(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	corrected := goods.with("orders.csv", strings.Replace(goods["orders.csv"], "10.50", "11", 1))
	first := h.published(january, goods)
	h.published(january, corrected)
	h.db.Exec(t, "update sf_ingest.batch set published_at = now() + interval '1 hour' where id = $1", first.GetId())

	again := h.published(january, goods)
	h.accepted = []*stepv1.Acceptance{acceptance("STALE_EXTRACT", "")}
	elsewhere := h.published(february, corrected)

	require.Empty(t, again.GetSameAs(), "the corrected files were published since")
	requireCounts(t, again, "orders", &stepv1.TableCounts{Rows: 3, Updated: 1, Unchanged: 2})
	require.Equal(t, []string{"1", "2", "3", "4"}, h.db.Rows(t, "select published_number from sf_ingest.batch order by id"))
	require.Contains(t, findingOf(t, elsewhere, "STALE_EXTRACT", "").GetFound(), "as last published for 2024-01-31, and as published for 2024-01-31 and replaced there since: ",
		"orders are those of the delivery before the last")
}

func TestACorrectedMonthIsPublishedOverItself(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)

	b := h.published(january, goods.with("orders.csv", strings.Replace(goods["orders.csv"], "10.50", "11", 1)))

	requireCounts(t, b, "orders", &stepv1.TableCounts{Rows: 3, Updated: 1, Unchanged: 2})
	require.Equal(t, []string{"11.00"}, h.db.Rows(t, "select amount from orders where id = 1"))
}

func TestPlanSaysWhatPublishDoes(t *testing.T) {
	t.Parallel()
	h := open(t, deleting)
	first := h.stage(january, goods)
	empty, err := h.plan(first.GetId())
	require.NoError(t, err)
	_, err = h.publish(first.GetId())
	require.NoError(t, err)
	before := h.live()
	b := h.stage(february, second)

	p, err := h.plan(b.GetId())

	require.NoError(t, err)
	requireCounts(t, empty, "orders", &stepv1.TableCounts{Rows: 3, Inserted: 3})
	require.Empty(t, empty.GetWatermark())
	require.Equal(t, before, h.live())
	require.Equal(t, january, p.GetWatermark())
	require.False(t, p.GetBackfill())
	columns := map[string]int64{}
	for _, c := range counts(p, "customers").GetColumns() {
		columns[c.GetColumn()] = c.GetUpdated()
	}
	require.Equal(t, map[string]int64{"active": 1, "note": 1}, columns)
	r, err := h.publish(b.GetId())
	require.NoError(t, err)
	for _, table := range []string{"customers", "orders", "lines"} {
		want, got := proto.CloneOf(counts(p, table)), proto.CloneOf(counts(r.GetBatch(), table))
		want.Columns = nil // which only a plan counts
		require.Equal(t, want.String(), got.String())
	}
}

func TestPlanOfAnOlderMonthIsABackfill(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(february, second)

	p, err := h.plan(h.stage(january, goods).GetId())

	require.NoError(t, err)
	require.True(t, p.GetBackfill())
	require.Equal(t, february, p.GetWatermark())
	requireCounts(t, p, "orders", &stepv1.TableCounts{Rows: 3})
}

func TestATableThatIsAllKey(t *testing.T) {
	t.Parallel()
	h := open(t, `
name: tags
calendar: {period: month_end}
tables:
  - {name: tags, key: [b, a], departed_limit: 0.5, columns: [{name: a, type: text}, {name: b, type: text}]}
`)
	h.published(january, files{"tags.csv": "a,b\n1,2\n2,1\n"})

	staged := h.stage(february, files{"tags.csv": "a,b\n1,2\n3,1\n"})
	p, err := h.plan(staged.GetId())
	require.NoError(t, err)
	r, err := h.publish(staged.GetId())

	require.NoError(t, err)
	want := &stepv1.TableCounts{Rows: 2, Inserted: 1, Unchanged: 1, Departed: 1}
	requireCounts(t, p, "tags", want)
	requireCounts(t, r.GetBatch(), "tags", want)
}

func TestOddNamesAreQuoted(t *testing.T) {
	t.Parallel()
	h := open(t, `
name: odd
calendar: {period: month_end}
tables:
  - name: order
    file: the order.csv
    key: [select]
    columns: [{name: select, type: text}, {name: from, type: integer}]
  - name: a_table_of_a_name_that_is_as_long_as_allowed_oka
    key: [user]
    references: [{columns: [user], table: order}]
    columns: [{name: user, type: text}, {name: a_column_of_a_name_as_long_as_postgres_lets_a_name_be_in_a_row, type: text}]
`)
	delivery := files{
		"the order.csv": "select,from\n\"it's\",1\n",
		"a_table_of_a_name_that_is_as_long_as_allowed_oka.csv": "user,a_column_of_a_name_as_long_as_postgres_lets_a_name_be_in_a_row\nit's,x\n",
	}
	h.published(january, delivery)

	b := h.published(february, delivery.with("the order.csv", "select,from\n\"it's\",2\n"))

	requireCounts(t, b, "order", &stepv1.TableCounts{Rows: 1, Updated: 1})
	require.Equal(t, []string{"it's|2"}, h.db.Rows(t, `select * from "order"`))
}
