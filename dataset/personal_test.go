package dataset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// A column that refers to a personal one has its values, to the last generation, and so has
// the one that is referred to.
func TestWhatRefersIsPersonalToo(t *testing.T) {
	t.Parallel()
	columns := func(names ...string) (all []*datasetv1.Column) {
		for _, n := range names {
			all = append(all, &datasetv1.Column{Name: n, Type: "text"})
		}
		return all
	}
	shop := func(pii ...[2]string) *datasetv1.Dataset {
		d := &datasetv1.Dataset{Tables: []*datasetv1.Table{
			{Name: "lines", Columns: columns("line", "shop", "number", "note"), Key: []string{"line"}, References: []*datasetv1.Reference{{Columns: []string{"shop", "number"}, Table: "orders"}}},
			{Name: "orders", Columns: columns("shop", "number", "customer"), Key: []string{"shop", "number"}, References: []*datasetv1.Reference{{Columns: []string{"customer"}, Table: "customers"}}},
			{Name: "customers", Columns: columns("id", "email", "invited_by"), Key: []string{"id"}, References: []*datasetv1.Reference{{Columns: []string{"invited_by"}, Table: "customers"}}},
		}, Snapshots: []*datasetv1.Snapshot{{Name: "orders_snapshots", From: "orders"}}}
		for _, p := range pii {
			dataset.ColumnByName(dataset.TableByName(d, p[0]), p[1]).Pii = true
		}
		return d
	}
	people := map[string][]string{"orders": {"customer"}, "customers": {"id", "invited_by"}}
	for name, tc := range map[string]struct {
		marked [][2]string
		want   map[string][]string
	}{
		"none":              {nil, nil},
		"a plain column":    {[][2]string{{"customers", "email"}}, map[string][]string{"customers": {"email"}}},
		"a key":             {[][2]string{{"customers", "id"}}, people},
		"what refers to it": {[][2]string{{"orders", "customer"}}, people},
		"a part of a key": {
			[][2]string{{"lines", "number"}}, map[string][]string{"orders": {"number"}, "lines": {"number"}},
		},
	} {
		d := shop(tc.marked...)
		require.Equal(t, tc.want, dataset.Personal(d), name)
	}
	require.Nil(t, dataset.Personal(builtin.Streamflow()))
}

// A reference that lint refuses does not break the search.
func TestABrokenReferenceIsNobodysColumn(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{Tables: []*datasetv1.Table{{
		Name: "a", Columns: []*datasetv1.Column{{Name: "x", Pii: true}}, Key: []string{"x"},
		References: []*datasetv1.Reference{{Columns: []string{"x", "y"}, Table: "nowhere"}, {Columns: []string{"x", "y"}, Table: "a"}},
	}}}
	require.Equal(t, map[string][]string{"a": {"x"}}, dataset.Personal(d))
}

// Rows of erased keys may be left out of whole tables alone.
func TestErasedKeysAreNotDroppedFromWhatBringsChanges(t *testing.T) {
	t.Parallel()
	d := builtin.Streamflow()
	for _, what := range []datasetv1.ErasedKeys{datasetv1.ErasedKeys_ERASED_KEYS_WARN, datasetv1.ErasedKeys_ERASED_KEYS_REFUSE, datasetv1.ErasedKeys_ERASED_KEYS_DROP} {
		d.ErasedKeys = what
		require.Empty(t, dataset.Lint(d), what)
		require.Equal(t, what == datasetv1.ErasedKeys_ERASED_KEYS_REFUSE, dataset.RefusesErased(d))
		require.Equal(t, what == datasetv1.ErasedKeys_ERASED_KEYS_DROP, dataset.DropsErased(d))
	}
	d.Tables[1].Extract = datasetv1.Extract_EXTRACT_INCREMENTAL
	require.ErrorContains(t, dataset.Lint(d).Err(), "erased_keys: expected refuse or warn")
}
