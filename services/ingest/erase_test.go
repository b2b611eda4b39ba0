package ingest_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// erasing does a phase of an erase of keys of a table, each as its values with / between.
func (h *house) erasing(phase stepv1.ErasePhase, table string, keys ...string) (*stepv1.EraseResult, error) {
	req := &ingestv1.EraseRequest{Context: h.context(), Dataset: h.dataset, Phase: phase, Table: table}
	for _, k := range keys {
		req.Keys = append(req.Keys, &stepv1.EraseKey{Values: strings.Split(k, "/")})
	}
	r, err := h.client.Erase(context.Background(), req)
	return r.GetResult(), err
}

// erased finds, counts and erases, and returns what was counted and what went.
func (h *house) erased(table string, keys ...string) (counted, went *stepv1.EraseResult) {
	h.t.Helper()
	_, err := h.erasing(stepv1.ErasePhase_ERASE_PHASE_FIND, table, keys...)
	require.NoError(h.t, err)
	counted, err = h.erasing(stepv1.ErasePhase_ERASE_PHASE_COUNT, "")
	require.NoError(h.t, err)
	went, err = h.erasing(stepv1.ErasePhase_ERASE_PHASE_ERASE, "")
	require.NoError(h.t, err)
	return counted, went
}

// places are what was erased, as FROM table rows.
func places(r *stepv1.EraseResult) (all []string) {
	for _, p := range r.GetRows() {
		all = append(all, strings.ToLower(strings.TrimPrefix(p.GetFrom().String(), "ERASED_FROM_"))+" "+p.GetTable()+" "+strconv.FormatInt(p.GetRows(), 10))
	}
	return all
}

// A customer goes with the orders and their lines, to the last generation, children first;
// what is counted before is what goes, and the other rows stay.
func TestAKeyIsErasedWithWhatRefersToIt(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)

	counted, went := h.erased("customers", "c1")

	require.Equal(t, []string{"live lines 2", "live orders 2", "live customers 1"}, places(went))
	require.Equal(t, places(counted), places(went))
	require.Equal(t, []string{"c2", "c3"}, h.db.Rows(t, "select id from customers order by 1"))
	require.Equal(t, []string{"2"}, h.db.Rows(t, "select id from orders"))
	require.Equal(t, []string{"2|1"}, h.db.Rows(t, "select order_id, place from lines"))
	require.Zero(t, counted.GetUnknown())
	require.Equal(t, january, went.GetRows()[0].GetAsOf())
	require.Contains(t, went.GetRows()[0].GetSource(), "month_"+january)
	h.requireStanding("customers")
}

// The same call again answers as it did, and erases nothing more; under a fence that was
// raised it does nothing.
func TestAnEraseIsSentAgain(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	_, went := h.erased("customers", "c1")
	h.db.Exec(t, "insert into customers (id) values ('c1')") // by hand: it was not there then

	again, err := h.erasing(stepv1.ErasePhase_ERASE_PHASE_ERASE, "")

	require.NoError(t, err)
	require.Equal(t, places(went), places(again))
	require.Equal(t, []string{"c1", "c2", "c3"}, h.db.Rows(t, "select id from customers order by 1"))
	_, err = h.erasing(stepv1.ErasePhase_ERASE_PHASE_FORGET, "")
	require.NoError(t, err)
	require.Empty(t, h.db.Rows(t, "select * from sf_ingest.erasing"))
	h.db.Fence(t, h.dataset.GetName())
	for _, phase := range []stepv1.ErasePhase{stepv1.ErasePhase_ERASE_PHASE_FIND, stepv1.ErasePhase_ERASE_PHASE_ERASE, stepv1.ErasePhase_ERASE_PHASE_FORGET} {
		_, err = h.erasing(phase, "customers", "c2")
		requireReason(t, problem.FenceLost, err)
	}
}

// Keys of several columns and of other types are compared as values; one that is none is
// named by its place, and not by its value.
func TestKeysAreHeldToTheirTable(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	for name, tc := range map[string]struct {
		table string
		keys  []string
		says  string
	}{
		"no number":       {"orders", []string{"1", "2", "secret", "3"}, "found key number 3 to be none"},
		"too few values":  {"lines", []string{"1/1", "1"}, "expected keys of table lines as (order_id bigint, place integer), such as 7,7, found 1 value in key number 2"},
		"too many values": {"customers", []string{"c1/c2"}, "found 2 values in key number 1"},
		"no such table":   {"guests", []string{"c1"}, `found "guests"`},
		"a misspelt one":  {"custommers", []string{"c1"}, `found "custommers": did you mean "customers"?`},
		"out of range":    {"orders", []string{"99999999999999999999999"}, "found key number 1 to be none"},
	} {
		_, err := h.erasing(stepv1.ErasePhase_ERASE_PHASE_FIND, tc.table, tc.keys...)

		requireReason(t, problem.EraseRefused, err)
		require.ErrorContains(t, err, tc.says, name)
		require.NotContains(t, err.Error(), "secret")
	}

	_, went := h.erased("lines", "1/01", " 1/2", "7/7")

	require.Equal(t, []string{"live lines 2"}, places(went), "01 is 1, as an integer")
	require.Equal(t, []string{"1", "2", "3"}, h.db.Rows(t, "select id from orders order by 1"), "a parent stays")
}

// A key of every type that keys may have is shown how to write by an example, which is one.
func TestAKeyOfOtherTypesIsShownByAnExample(t *testing.T) {
	t.Parallel()
	var names []string
	yaml := "name: exotic\ncalendar: {period: month_end}\ntables:\n  - name: exotics\n    columns:\n"
	for i, kind := range []string{"text", "varchar(1)", "char(1)", "smallint", "integer", "bigint", "numeric", "\"numeric(2,2)\"", "boolean", "date", "timestamp", "timestamptz", "uuid"} {
		names = append(names, fmt.Sprintf("k%d", i))
		yaml += fmt.Sprintf("      - {name: k%d, type: %s}\n", i, kind)
	}
	h := open(t, yaml+"    key: ["+strings.Join(names, ", ")+"]\n")
	_, err := h.erasing(stepv1.ErasePhase_ERASE_PHASE_FIND, "exotics", "x")
	requireReason(t, problem.EraseRefused, err)
	_, rest, found := strings.Cut(err.Error(), ", such as ")
	require.True(t, found, err)
	example, _, _ := strings.Cut(rest, ", found ")
	require.Equal(t, "a,a,a,7,7,7,0,0,true,2024-01-31,2024-01-31 12:00:00,2024-01-31T12:00:00Z,0f3b2c1d-4e5f-4a6b-8c7d-9e0f1a2b3c4d", example)

	_, err = h.erasing(stepv1.ErasePhase_ERASE_PHASE_FIND, "exotics", strings.ReplaceAll(example, ",", "/"))

	require.NoError(t, err)
}

// Without a table it is the one that refers to no other; the key that no row has is told by
// its place, once however often it is given.
func TestTheTableOfKeysIsTheRoot(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)

	counted, went := h.erased("", "c9", "c2", "c9", "c8")

	require.EqualValues(t, 2, counted.GetUnknown())
	require.Equal(t, []int32{1, 4}, counted.GetUnknownPlaces())
	require.Contains(t, places(went), "live customers 1")
	many := make([]string, 30)
	for i := range many {
		many[i] = "nobody " + strconv.Itoa(i)
	}
	counted, _ = h.erased("", many...)
	require.EqualValues(t, 30, counted.GetUnknown())
	require.Len(t, counted.GetUnknownPlaces(), 20)
	require.Empty(t, places(counted))
}

// What the ledgers hold of a key goes with it, and does not count as delivered any more.
func TestTheLedgersForgetAKey(t *testing.T) {
	t.Parallel()
	h := open(t, shop+unguarded)
	h.published(january, goods.with("customers.csv", goods["customers.csv"]+"c4,,,\nc5,,,\n"))
	h.published(february, goods.with("customers.csv", goods["customers.csv"]+"c6,,,\n"))
	require.Equal(t, []string{"customers|c4|2024-02-29", "customers|c5|2024-02-29"}, h.ledger())
	require.Equal(t, []string{"{c6}"}, h.db.Rows(t, "select key from sf_ingest.brought where table_name = 'customers'"))

	_, went := h.erased("customers", "c4", "c6")

	require.Equal(t, []string{"customers|c5|2024-02-29"}, h.ledger())
	require.Empty(t, h.db.Rows(t, "select key from sf_ingest.brought where table_name = 'customers'"))
	require.Contains(t, places(went), "ledger customers 2")
	require.Equal(t, []string{"3|1"}, h.db.Rows(t, "select rows, absent from sf_ingest.published_table where table_name = 'customers'"))
	h.requireStanding("customers")
}

// What a batch found of a key goes with it: the row that is listed, and the key in quotes.
// The staging of a batch that failed is dropped, since it may hold the rows.
func TestFindingsForgetAKey(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	bad := h.stage(february, goods.with("customers.csv", goods["customers.csv"]+"c2,,,\n").with("orders.csv", goods["orders.csv"]+"9,c77,1,1,1\n"))
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, bad.GetState())
	require.NotEmpty(t, h.staging())
	of := "select count(*) from sf_ingest.batch where detail::text like '%c2%' or detail::text like '%c77%'"
	require.Equal(t, []string{"1"}, h.db.Rows(t, of))

	counted, went := h.erased("customers", "c2", "c77")

	require.Equal(t, []string{"0"}, h.db.Rows(t, of), h.db.Rows(t, "select detail from sf_ingest.batch"))
	require.Empty(t, h.staging())
	require.Equal(t, places(counted), places(went))
	got, err := h.client.GetBatch(context.Background(), &ingestv1.GetBatchRequest{Batch: bad.GetId()})
	require.NoError(t, err)
	f := findingOf(t, got.GetBatch(), problem.DuplicateKeys, "customers")
	require.EqualValues(t, 2, f.GetCount(), "how many there were is not of whom")
	require.Empty(t, f.GetRows())
	require.Contains(t, f.GetMessage(), "(erased)")
}

// A foreign key of the users' own, or a trigger that keeps rows, keeps all of them: nothing
// is erased, and the refusal says what stands in the way without the key.
func TestWhatKeepsRowsFromBeingErased(t *testing.T) {
	t.Parallel()
	for name, stands := range map[string]string{
		"a foreign key": "create table loyal (id text references customers (id)); insert into loyal values ('c1')",
		"a trigger": "create function keep() returns trigger language plpgsql as $$begin return null; end$$;" +
			"create trigger keep before delete on customers for each row execute function keep()",
		"a trigger that refuses": "create function keep() returns trigger language plpgsql as $$begin raise exception 'no'; end$$;" +
			"create trigger keep before delete on customers for each row execute function keep()",
		"a privilege": "alter table customers owner to postgres; revoke delete on customers from sf_ingest",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, shop)
			h.published(january, goods)
			h.db.Exec(t, stands)
			_, err := h.erasing(stepv1.ErasePhase_ERASE_PHASE_FIND, "customers", "c1")
			require.NoError(t, err)

			_, err = h.erasing(stepv1.ErasePhase_ERASE_PHASE_ERASE, "")

			requireReason(t, problem.LiveTableDiffers, err)
			require.NotContains(t, err.Error(), "c1")
			require.Equal(t, []string{"3"}, h.db.Rows(t, "select count(*) from orders"), "children as well")
			require.Empty(t, h.db.Rows(t, "select * from sf_ingest.erasure"))
			require.Empty(t, h.db.Rows(t, "select * from sf_ingest.erased"))
		})
	}
}

// What everybody may do to a table of another role is no leave to delete from it, and who
// asks what would go is told so as well.
func TestRowsOfOthersAreNotErasedByWhatEverybodyMay(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.db.Exec(t, aRole+`alter table customers owner to sf_test_app; revoke all on customers from sf_ingest;
		grant select, insert, update on customers to sf_ingest; grant delete on customers to public`)
	_, err := h.erasing(stepv1.ErasePhase_ERASE_PHASE_FIND, "customers", "c1")
	require.NoError(t, err)

	for _, phase := range []stepv1.ErasePhase{stepv1.ErasePhase_ERASE_PHASE_COUNT, stepv1.ErasePhase_ERASE_PHASE_ERASE} {
		_, err = h.erasing(phase, "")
		requireReason(t, problem.LiveTableDiffers, err)
		require.ErrorContains(t, err, `sf_ingest was not granted to delete any: grant delete on "public"."customers" to "sf_ingest"; nothing was erased`)
	}
	require.Equal(t, []string{"c1"}, h.db.Rows(t, "select id from customers where id = 'c1'"))

	h.db.Exec(t, "grant delete on customers to sf_ingest")
	_, err = h.erasing(stepv1.ErasePhase_ERASE_PHASE_ERASE, "")
	require.NoError(t, err)
	require.Empty(t, h.db.Rows(t, "select id from customers where id = 'c1'"))
}

// A key that was erased and is delivered again is told by its line and by a hash: the key
// is nowhere, and the row is a warning of that delivery.
func TestAKeyThatComesBackIsNoticed(t *testing.T) {
	t.Parallel()
	h := open(t, shop)
	h.published(january, goods)
	h.erased("customers", "c2", "c9")
	_, err := h.erasing(stepv1.ErasePhase_ERASE_PHASE_FORGET, "")
	require.NoError(t, err)
	require.Equal(t, []string{"2|64"}, h.db.Rows(t, "select count(*), max(length(encode(key_hash, 'hex'))) from sf_ingest.erased"))

	same := h.stage(january, goods)

	require.Empty(t, same.GetSameAs(), "the same files are not what is there")
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, same.GetState(), "%v", same.GetFindings())
	f := findingOf(t, same, problem.ErasedKeysReturned, "customers")
	require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
	require.EqualValues(t, 1, f.GetCount())
	require.EqualValues(t, 3, f.GetRows()[0].GetLine())
	require.NotContains(t, f.String(), "c2")
	clean := h.stage(february, goods.with("customers.csv", strings.Replace(goods["customers.csv"], "c2,2021-02-28,false,\n", "", 1)).
		with("orders.csv", strings.Replace(goods["orders.csv"], "2,c2,99999.99,3.0,1e-3\n", "", 1)).
		with("lines.csv", strings.Replace(goods["lines.csv"], "2,1,7\n", "", 1)))
	for _, r := range reasons(clean) {
		require.NotContains(t, r, "ERASED")
	}
}

// A row that refers to one of its own table goes with it, and a ring ends.
func TestRowsThatReferToEachOtherAreErased(t *testing.T) {
	t.Parallel()
	h := open(t, `
name: people
calendar: {period: month_end}
tables:
  - name: people
    columns: [{name: id, type: "varchar(3)"}, {name: boss, type: "varchar(3)"}]
    key: [id]
    references: [{columns: [boss], table: people}]
`)
	h.published(january, files{"people.csv": "id,boss\na,b\nb,a\nc,a\nd,\ne,d\nabc,\n"})

	counted, went := h.erased("", "a", "abcd")

	require.Equal(t, []string{"live people 3"}, places(went))
	require.EqualValues(t, 1, counted.GetUnknown(), "abcd is not cut to abc")
	require.Equal(t, []string{"abc", "d", "e"}, h.db.Rows(t, "select id from people order by 1"))
}
