package diff_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// shop is the dataset of the language's own tests: customers, orders, a snapshot of
// some columns and one of all, and a training set of both.
func shop(t *testing.T) *datasetv1.Dataset {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "trained.yaml"))
	require.NoError(t, err)
	d, mistakes := dataset.Read("shop.yaml", text)
	require.NoError(t, mistakes.Err())
	return d
}

func orders(d *datasetv1.Dataset) *datasetv1.Table    { return dataset.TableByName(d, "orders") }
func customers(d *datasetv1.Dataset) *datasetv1.Table { return dataset.TableByName(d, "customers") }

func drop(t *datasetv1.Table, column string) {
	var rest []*datasetv1.Column
	for _, c := range t.GetColumns() {
		if c.GetName() != column {
			rest = append(rest, c)
		}
	}
	t.Columns = rest
}

func TestEveryChangeIsSaidWithItsClass(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edit func(d *datasetv1.Dataset)
		want string
	}{
		"nothing": {func(*datasetv1.Dataset) {}, ""},
		"a description": {func(d *datasetv1.Dataset) { d.Description = "" },
			"dataset: description Customers and their orders. → none (metadata)"},
		"another schema": {func(d *datasetv1.Dataset) { d.Schema = "" },
			"dataset: schema retail → public (refused)"},
		"another calendar": {func(d *datasetv1.Dataset) { d.Calendar.Period = 0 },
			"dataset: calendar.period month_end → none (metadata)"},
		"a table more": {func(d *datasetv1.Dataset) { d.Tables = append(d.Tables, &datasetv1.Table{Name: "refunds"}) },
			"table refunds: added (expanding)"},
		"a table less": {func(d *datasetv1.Dataset) { d.Tables, d.Snapshots = d.Tables[1:], d.Snapshots[1:] },
			"table orders: removed (metadata)\nsnapshot orders_snapshots: removed: from orders (metadata)"},
		"a table's settings": {func(d *datasetv1.Dataset) {
			orders(d).DepartedKeys, orders(d).DepartedLimit, orders(d).File = datasetv1.DepartedKeys_DEPARTED_KEYS_IGNORE, nil, "o.csv"
		}, "table orders: file none → o.csv (metadata)\ntable orders: departed_keys delete → ignore (metadata)\ntable orders: departed_limit 0.5 → none (metadata)"},
		"another key": {func(d *datasetv1.Dataset) { orders(d).Key = []string{"order_id", "customer_id"} },
			"table orders, key: (order_id) → (order_id, customer_id) (refused)"},
		"a column more": {func(d *datasetv1.Dataset) {
			customers(d).Columns = append(customers(d).Columns, &datasetv1.Column{Name: "born", Type: "date", Optional: true})
		}, "table customers, column born: added: date (expanding)"},
		"a column less": {func(d *datasetv1.Dataset) { drop(customers(d), "visits") },
			"table customers, column visits: removed: int (refused)"},
		"a wider type": {func(d *datasetv1.Dataset) { dataset.ColumnByName(orders(d), "amount").Type = "numeric(14,2)" },
			"table orders, column amount: type numeric(12,2) → numeric(14,2) (expanding)"},
		"a type that rewrites": {func(d *datasetv1.Dataset) { dataset.ColumnByName(customers(d), "visits").Type = "bigint" },
			"table customers, column visits: type int → bigint (rewriting)"},
		"another type": {func(d *datasetv1.Dataset) { dataset.ColumnByName(customers(d), "segment").Type = "date" },
			"table customers, column segment: type text → date (refused)"},
		"a type in other words": {func(d *datasetv1.Dataset) { dataset.ColumnByName(customers(d), "visits").Type = "integer" },
			"table customers, column visits: type int → integer (metadata)"},
		"optional": {func(d *datasetv1.Dataset) { dataset.ColumnByName(customers(d), "visits").Optional = true },
			"table customers, column visits: optional false → true (expanding)"},
		"required": {func(d *datasetv1.Dataset) { dataset.ColumnByName(orders(d), "paid").Optional = false },
			"table orders, column paid: optional true → false (metadata)"},
		"columns in another order": {func(d *datasetv1.Dataset) {
			c := customers(d).GetColumns()
			c[0], c[1] = c[1], c[0]
		}, "table customers: order of columns (customer_id, segment, visits) → (segment, customer_id, visits) (metadata)"},
		"a reference to another": {func(d *datasetv1.Dataset) { orders(d).References[0].Table = "people" },
			"table orders, reference (customer_id) → people: added (metadata)\ntable orders, reference (customer_id) → customers: removed (metadata)"},
		"a rule's bound": {func(d *datasetv1.Dataset) {
			customers(d).Expectations[1].Kwargs.Fields["min_value"] = structpb.NewNumberValue(5)
		}, `table customers, expectation expect_table_row_count_to_be_between: kwargs {"max_value":1000000,"min_value":1} → {"max_value":1000000,"min_value":5} (metadata)`},
		"a rule's weight": {func(d *datasetv1.Dataset) { orders(d).Expectations[0].Severity = datasetv1.Severity_SEVERITY_CRITICAL },
			"table orders, expectation expect_column_values_to_be_between(amount): severity warning → critical (metadata)"},
		"a rule on another column": {func(d *datasetv1.Dataset) {
			orders(d).Expectations[1].Kwargs.Fields["column"] = structpb.NewStringValue("weight")
		}, `table orders, expectation expect_column_values_to_be_between(weight): added: {"column":"weight","min_value":"2020-01-01"} (metadata)` + "\n" +
			`table orders, expectation expect_column_values_to_be_between(ordered_on): removed: {"column":"ordered_on","min_value":"2020-01-01"} (metadata)`},
		"a snapshot more": {func(d *datasetv1.Dataset) {
			d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: "paid", From: "orders", Columns: []string{"paid"}})
		}, "snapshot paid: added: from orders (expanding)"},
		"a snapshot of another table": {func(d *datasetv1.Dataset) { d.Snapshots[1].From = "orders" },
			"snapshot customers_snapshots: from customers → orders (refused)"},
		"a column more in the history": {func(d *datasetv1.Dataset) { d.Snapshots[0].Columns = append(d.Snapshots[0].Columns, "paid") },
			"snapshot orders_snapshots, column paid: added (expanding)"},
		"a column less in the history": {func(d *datasetv1.Dataset) { d.Snapshots[0].Columns = d.Snapshots[0].Columns[1:] },
			"snapshot orders_snapshots, column amount: removed (refused)"},
		"the history's columns in another order": {func(d *datasetv1.Dataset) { d.Snapshots[0].Columns = []string{"customer_id", "amount"} },
			"snapshot orders_snapshots: columns (amount, customer_id) → (customer_id, amount) (metadata)"},
		"the history's columns written out": {func(d *datasetv1.Dataset) { d.Snapshots[1].Columns = []string{"segment", "visits"} },
			"snapshot customers_snapshots: columns () → (segment, visits) (metadata)"},
		"a training set more": {func(d *datasetv1.Dataset) {
			d.TrainingSets = append(d.TrainingSets, &datasetv1.TrainingSet{Name: "again", Label: &datasetv1.Label{Column: "orders_snapshots.amount"}})
		}, "training set again: added: of orders_snapshots.amount (metadata)"},
		"a training set less": {func(d *datasetv1.Dataset) { d.TrainingSets = nil },
			"training set returns: removed: of orders_snapshots.amount (metadata)"},
		"a training set's settings": {func(d *datasetv1.Dataset) {
			set := d.GetTrainingSets()[0]
			set.Label.Horizon, set.Embargo, set.AsOf.To, set.MinCoverage = nil, 0, "2024-12-31", nil
			set.Entities.Where = set.Entities.GetWhere()[1:]
		}, `training set returns: entities.where {"column":"amount","is":"COMPARISON_AT_LEAST","values":["0.01"]}, {"column":"customer_id","is":"COMPARISON_PRESENT"} → {"column":"customer_id","is":"COMPARISON_PRESENT"} (metadata)
training set returns: label.horizon 2 → none (metadata)
training set returns: as_of.to 2024-06-30 → 2024-12-31 (metadata)
training set returns: embargo 7 → none (metadata)
training set returns: min_coverage 0.9 → none (metadata)`},
		"a feature more, one less, one changed": {func(d *datasetv1.Dataset) {
			set := d.GetTrainingSets()[0]
			set.Features[0].Column = "orders_snapshots.customer_id"
			set.Features[1].Ttl, set.Features[1].Window = nil, 60
		}, "training set returns, feature customer_id: added: orders_snapshots.customer_id (metadata)\n" +
			"training set returns, feature visits_then: ttl 2 → none (metadata)\ntraining set returns, feature visits_then: window 30 → 60 (metadata)\n" +
			"training set returns, feature amount: removed: orders_snapshots.amount (metadata)"},
		"features in another order": {func(d *datasetv1.Dataset) {
			f := d.GetTrainingSets()[0].GetFeatures()
			f[0], f[1] = f[1], f[0]
		}, "dataset: order changed (metadata)"},
		"tables in another order": {func(d *datasetv1.Dataset) { d.Tables[0], d.Tables[1] = d.Tables[1], d.Tables[0] },
			"dataset: order changed (metadata)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := shop(t)
			tc.edit(after)
			require.Equal(t, tc.want, diff.Compare(shop(t), after).String())
		})
	}
}

func TestWhatIsWrittenOutAndTheDefaultMovesNothing(t *testing.T) {
	t.Parallel()
	before, after := shop(t), shop(t)
	before.Schema, after.Schema = "", "public"

	changes := diff.Compare(before, after)

	require.Equal(t, "dataset: schema none → public (metadata)", changes.String())
}

func TestTheFirstVersionAddsEverything(t *testing.T) {
	t.Parallel()
	changes := diff.Compare(nil, shop(t))

	require.Equal(t, `table orders: added (expanding)
table customers: added (expanding)
snapshot orders_snapshots: added: from orders (expanding)
snapshot customers_snapshots: added: from customers (expanding)
training set returns: added: of orders_snapshots.amount (metadata)`, changes.String())
}

// What a table gains or loses concerns the snapshots that keep it; it is one change
// all the same.
func TestAChangeNamesTheSnapshotsThatItConcerns(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		edit func(d *datasetv1.Dataset)
		want []string
	}{
		"a column of one that keeps all": {func(d *datasetv1.Dataset) {
			customers(d).Columns = append(customers(d).Columns, &datasetv1.Column{Name: "born", Type: "date"})
		}, []string{"customers_snapshots"}},
		"a column of one that keeps some": {func(d *datasetv1.Dataset) {
			orders(d).Columns = append(orders(d).Columns, &datasetv1.Column{Name: "note", Type: "text"})
		}, nil},
		"a column that is new and kept at once": {func(d *datasetv1.Dataset) {
			orders(d).Columns = append(orders(d).Columns, &datasetv1.Column{Name: "note", Type: "text"})
			d.Snapshots[0].Columns = append(d.Snapshots[0].Columns, "note")
		}, []string{"orders_snapshots"}},
		"a column that is lost everywhere": {func(d *datasetv1.Dataset) {
			drop(orders(d), "amount")
			d.Snapshots[0].Columns = []string{"customer_id"}
		}, []string{"orders_snapshots"}},
		"a type": {func(d *datasetv1.Dataset) { dataset.ColumnByName(orders(d), "amount").Type = "numeric" }, []string{"orders_snapshots"}},
		"a key":  {func(d *datasetv1.Dataset) { customers(d).Key = []string{"segment"} }, []string{"customers_snapshots"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after := shop(t)
			tc.edit(after)
			changes := diff.Compare(shop(t), after)
			require.Len(t, changes, 1, changes)
			require.Equal(t, tc.want, changes[0].Snapshots)
			require.NotEmpty(t, changes[0].Note)
		})
	}
}

func TestChangesByClass(t *testing.T) {
	t.Parallel()
	after := shop(t)
	after.Description = "x"
	drop(customers(after), "visits")
	customers(after).Columns = append(customers(after).Columns, &datasetv1.Column{Name: "born", Type: "date"})

	changes := diff.Compare(shop(t), after)

	require.Len(t, changes, 3)
	require.Len(t, changes.Of(diff.Refused), 1)
	require.Equal(t, "visits", changes.Of(diff.Refused)[0].Name)
	require.Equal(t, diff.Refused, changes.Heaviest())
	require.Equal(t, diff.Metadata, changes[:1].Heaviest())
	require.Zero(t, diff.Changes(nil).Heaviest())
	require.Equal(t, "Class(9)", diff.Class(9).String())
}
