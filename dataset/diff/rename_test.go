package diff_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// call gives a column another name, as whoever renames it writes it down.
func call(t *datasetv1.Table, column, name string) {
	c := dataset.ColumnByName(t, column)
	c.Name, c.RenamedFrom = name, column
}

func rename(d *datasetv1.Dataset) {
	call(orders(d), "amount", "total")
	d.Snapshots[0].Columns[0] = "total"
	orders(d).Expectations[0].Kwargs.Fields["column"] = structpb.NewStringValue("total")
}

func renameKey(d *datasetv1.Dataset) {
	call(customers(d), "customer_id", "client")
	call(orders(d), "customer_id", "client")
	customers(d).Key, orders(d).References[0].Columns = []string{"client"}, []string{"client"}
	d.Snapshots[0].Columns[1] = "client"
	rule := customers(d).GetExpectations()[3].GetKwargs().GetFields()
	rule["column"], rule["other_column"] = structpb.NewStringValue("client"), structpb.NewStringValue("client")
	customers(d).Expectations[0].Kwargs.Fields["column_set"].GetListValue().Values[0] = structpb.NewStringValue("client")
}

func ruleless(d *datasetv1.Dataset) { customers(d).Expectations = nil }

func exchange(d *datasetv1.Dataset) {
	ruleless(d)
	c := customers(d).GetColumns()
	c[1].Name, c[1].RenamedFrom = "visits", "segment"
	c[2].Name, c[2].RenamedFrom = "segment", "visits"
}

const exchanged = "table customers, column visits: name segment → visits (expanding)\ntable customers, column segment: name visits → segment (expanding)"

// What is only called otherwise is no other column, key, reference, rule or snapshot.
func TestARenameIsOneChange(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		before, edit func(d *datasetv1.Dataset)
		want         string
	}{
		"a column": {edit: rename, want: "table orders, column total: name amount → total (expanding)"},
		"a key, and what refers to it": {edit: renameKey, want: "table orders, column client: name customer_id → client (expanding)\n" +
			"table customers, column client: name customer_id → client (expanding)"},
		"an exchange": {before: ruleless, edit: exchange, want: exchanged},
		"with a wider type, and optional": {edit: func(d *datasetv1.Dataset) {
			rename(d)
			c := dataset.ColumnByName(orders(d), "total")
			c.Type, c.Optional = "numeric(14,2)", true
		}, want: "table orders, column total: name amount → total (expanding)\n" +
			"table orders, column total: type numeric(12,2) → numeric(14,2) (expanding)\n" +
			"table orders, column total: optional false → true (expanding)"},
		"a path in one version": {edit: func(d *datasetv1.Dataset) {
			call(customers(d), "visits", "count")
			call(customers(d), "segment", "visits")
			customers(d).Expectations = nil
		}, before: ruleless,
			want: "table customers, column visits: name segment → visits (expanding)\ntable customers, column count: name visits → count (expanding)"},
		"again, in a later version": {before: rename, edit: func(d *datasetv1.Dataset) {
			rename(d)
			c := dataset.ColumnByName(orders(d), "total")
			c.Name, c.RenamedFrom = "sum", "total"
			d.Snapshots[0].Columns[0] = "sum"
			orders(d).Expectations[0].Kwargs.Fields["column"] = structpb.NewStringValue("sum")
		}, want: "table orders, column sum: name total → sum (expanding)"},
		"one that stays declared":         {before: rename, edit: rename, want: ""},
		"an exchange that stays declared": {before: exchange, edit: exchange, want: ""},
		"one that is not declared any more": {before: rename, edit: func(d *datasetv1.Dataset) { rename(d); dataset.ColumnByName(orders(d), "total").RenamedFrom = "" },
			want: "table orders, column total: renamed_from amount → none (metadata)"},
		"from a column that never was": {edit: func(d *datasetv1.Dataset) { dataset.ColumnByName(orders(d), "paid").RenamedFrom = "settled" },
			want: "table orders, column paid: renamed_from none → settled (metadata)"},
		"a new column, from one that never was": {edit: func(d *datasetv1.Dataset) {
			orders(d).Columns = append(orders(d).Columns, &datasetv1.Column{Name: "note", Type: "text", RenamedFrom: "remark"})
		}, want: "table orders, column note: added: text (expanding)"},
		"from a column beside it": {edit: func(d *datasetv1.Dataset) {
			drop(orders(d), "weight")
			dataset.ColumnByName(orders(d), "paid").RenamedFrom = "weight"
		}, want: "table orders, column paid: renamed_from none → weight (metadata)\ntable orders, column weight: removed: double precision (refused)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before, after := shop(t), shop(t)
			if tc.before != nil {
				tc.before(before)
			}
			tc.edit(after)

			changes := diff.Compare(before, after)

			require.Equal(t, tc.want, changes.String())
			require.Equal(t, dataset.Hash(before) == dataset.Hash(after), len(changes) == 0)
		})
	}
}

func TestARenameNamesItsSnapshotsAndWhatFollows(t *testing.T) {
	t.Parallel()
	after := shop(t)
	rename(after)

	c := diff.Compare(shop(t), after)[0]

	require.Equal(t, []string{"orders_snapshots"}, c.Snapshots)
	require.Contains(t, c.Note, "views follow, SQL outside of the database")
	lost := shop(t)
	drop(orders(lost), "weight")
	dataset.ColumnByName(orders(lost), "paid").RenamedFrom = "weight"
	require.Contains(t, diff.Compare(shop(t), lost).Of(diff.Refused)[0].Note, "it is declared as the earlier name of paid, and the version before has both")
	require.Contains(t, diff.Compare(after, shop(t)).Of(diff.Refused)[0].Note, "to take that back, declare renamed_from: total in column amount; ")
	require.Equal(t, "amount", dataset.ColumnByName(orders(shop(t)), "amount").GetName())
	require.Equal(t, "total", dataset.ColumnByName(orders(after), "total").GetName(), "what is compared is not changed")
}

// Columns of a key that exchange their names stay at their places in it.
func TestAKeyWhoseColumnsExchangeTheirNames(t *testing.T) {
	t.Parallel()
	pairs := func(key ...string) *datasetv1.Dataset {
		return &datasetv1.Dataset{Name: "d", Tables: []*datasetv1.Table{{Name: "pairs", Key: key, Columns: []*datasetv1.Column{{Name: "a", Type: "text"}, {Name: "b", Type: "text"}}}}}
	}
	ring := func(key ...string) *datasetv1.Dataset {
		d := pairs(key...)
		d.Tables[0].Columns[0].RenamedFrom, d.Tables[0].Columns[1].RenamedFrom = "b", "a"
		return d
	}

	refused := diff.Compare(pairs("a", "b"), ring("a", "b")).Of(diff.Refused)

	require.Len(t, refused, 1)
	require.Contains(t, refused[0].Note, "declare key: [b, a], since columns of the key exchange their names")
	require.Empty(t, diff.Compare(pairs("a", "b"), ring("b", "a")).Of(diff.Refused))
	other := diff.Compare(pairs("a", "b"), pairs("b", "a")).Of(diff.Refused)
	require.Contains(t, other[0].Note, "the same columns in another order: declare key: [a, b]")
	require.NotContains(t, other[0].Note, "exchange")
}
