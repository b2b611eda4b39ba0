package fold_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fold"
)

const shop = `
name: shop
calendar: {period: month_end}
tables:
  - name: customers
    key: [id]
    columns: [{name: id, type: text}, {name: mail, type: text}]
    expectations:
      - {type: expect_column_values_to_be_unique, kwargs: {column: id}}
      - {type: expect_column_values_to_be_unique, kwargs: {column: mail}}
      - {type: expect_table_columns_to_match_set, kwargs: {column_set: [id, mail]}}
  - name: orders
    key: [id, place]
    references: [{columns: [customer], table: customers}, {columns: [giver], table: customers}]
    columns: [{name: id, type: text}, {name: place, type: integer}, {name: customer, type: text}, {name: giver, type: text}]
    expectations:
      - {type: expect_column_values_to_be_unique, kwargs: {column: id}}
      - {type: expect_column_values_to_be_in_other_table, kwargs: {column: customer, other_table: customers, other_column: id}}
      - {type: expect_column_values_to_be_in_other_table, kwargs: {column: giver, other_table: customers, other_column: mail}}
`

func shopDataset(t *testing.T) *datasetv1.Dataset {
	t.Helper()
	d, mistakes := dataset.Read("shop.yaml", []byte(shop))
	require.NoError(t, mistakes.Err())
	return d
}

func found(reason, table, column string) *stepv1.Finding {
	return &stepv1.Finding{Reason: reason, Severity: datasetv1.Severity_SEVERITY_CRITICAL, Table: table, Column: column}
}

func failed(kind, table, column string) *stepv1.Finding {
	f := found("EXPECTATIONS_FAILED", table, column)
	f.Expectation = kind
	return f
}

// withRows adds rows whose key and value are the given ones, of n in all.
func withRows(f *stepv1.Finding, n int64, values ...string) *stepv1.Finding {
	f.Count = n
	for _, v := range values {
		f.Rows = append(f.Rows, &stepv1.RowLocation{Key: []string{v}, Value: v})
	}
	return f
}

// accepted is a guard's finding as it is once somebody accepted it.
func accepted(f *stepv1.Finding) *stepv1.Finding {
	f.Severity = datasetv1.Severity_SEVERITY_INFO
	return f
}

const (
	set    = "expect_table_columns_to_match_set"
	unique = "expect_column_values_to_be_unique"
	other  = "expect_column_values_to_be_in_other_table"
)

func TestAnExpectationFollowsFromWhatIngestFound(t *testing.T) {
	t.Parallel()
	warning := failed(set, "customers", "")
	warning.Severity = datasetv1.Severity_SEVERITY_WARNING
	notice := found("HEADER_MISMATCH", "customers", "")
	notice.Severity = datasetv1.Severity_SEVERITY_INFO
	rejected := found("ROWS_REJECTED", "customers", "mail")
	rejected.Follows = []*stepv1.Finding{found("ORPHANED_ROWS", "orders", "customer")}
	for name, tc := range map[string]struct {
		cause, effect *stepv1.Finding
		folds         bool
	}{
		"a lost column":                       {found("HEADER_MISMATCH", "customers", "mail"), failed(set, "customers", ""), true},
		"a lost column, and a warning":        {found("HEADER_MISMATCH", "customers", "mail"), warning, true},
		"of another table":                    {found("HEADER_MISMATCH", "orders", "id"), failed(set, "customers", ""), false},
		"a notice":                            {notice, failed(set, "customers", ""), false},
		"values are none of the header":       {found("HEADER_MISMATCH", "customers", "mail"), failed(unique, "customers", "mail"), false},
		"a key stands twice":                  {found("DUPLICATE_KEYS", "customers", ""), failed(unique, "customers", "id"), true},
		"what is no key":                      {found("DUPLICATE_KEYS", "customers", ""), failed(unique, "customers", "mail"), false},
		"a part of a key":                     {found("DUPLICATE_KEYS", "orders", ""), failed(unique, "orders", "id"), false},
		"no parent":                           {found("ORPHANED_ROWS", "orders", "customer"), failed(other, "orders", "customer"), true},
		"no parent of another column":         {found("ORPHANED_ROWS", "orders", "giver"), failed(other, "orders", "customer"), false},
		"expected in a column that is no key": {found("ORPHANED_ROWS", "orders", "giver"), failed(other, "orders", "giver"), false},
		"its parent was rejected":             {rejected, failed(other, "orders", "customer"), true},
		"nothing to do with it":               {found("ROWS_REJECTED", "customers", ""), failed("expect_table_row_count_to_be_between", "customers", ""), false},
		"a table that is not declared":        {found("HEADER_MISMATCH", "people", ""), failed(set, "people", ""), false},
		"the other table's row was rejected": {
			withRows(found("ROWS_REJECTED", "customers", "mail"), 9, "c1", "c2"), withRows(failed(other, "orders", "customer"), 2, "c2", "c1"), true,
		},
		"and another is missing": {
			withRows(found("ROWS_REJECTED", "customers", "mail"), 9, "c1", "c2"), withRows(failed(other, "orders", "customer"), 2, "c2", "c3"), false,
		},
		"and more than are listed": {
			withRows(found("ROWS_REJECTED", "customers", "mail"), 2, "c1", "c2"), withRows(failed(other, "orders", "customer"), 3, "c2", "c1"), false,
		},
		"of a table that nobody expects it in": {
			withRows(found("ROWS_REJECTED", "orders", "place"), 1, "c1"), withRows(failed(other, "orders", "customer"), 1, "c1"), false,
		},
		"the other table is cut short":       {withRows(found("DEPARTURES_OVER_LIMIT", "customers", ""), 30, "c1", "c2"), withRows(failed(other, "orders", "customer"), 30, "c7"), true},
		"and more are missing than departed": {withRows(found("DEPARTURES_OVER_LIMIT", "customers", ""), 30, "c1", "c2"), withRows(failed(other, "orders", "customer"), 31, "c1"), false},
		"and another than those":             {withRows(found("DEPARTURES_OVER_LIMIT", "customers", ""), 2, "c1", "c2"), withRows(failed(other, "orders", "customer"), 1, "c3"), false},
		"the departures were accepted":       {accepted(withRows(found("DEPARTURES_OVER_LIMIT", "customers", ""), 30)), withRows(failed(other, "orders", "customer"), 30), false},
		"expected in a column besides the key": {
			withRows(found("DEPARTURES_OVER_LIMIT", "customers", ""), 30), withRows(failed(other, "orders", "giver"), 30), false,
		},
		"its own keys departed":         {withRows(found("DEPARTURES_OVER_LIMIT", "orders", ""), 30), withRows(failed(other, "orders", "customer"), 30), false},
		"no parent, which departed":     {withRows(found("DEPARTURES_OVER_LIMIT", "customers", ""), 3, "c1", "c2", "c3"), withRows(found("ORPHANED_ROWS", "orders", "giver"), 2, "c3", "c1"), true},
		"no parent, and it was nowhere": {withRows(found("DEPARTURES_OVER_LIMIT", "customers", ""), 3, "c1", "c2", "c3"), withRows(found("ORPHANED_ROWS", "orders", "giver"), 2, "c3", "c4"), false},
		"a column that refers nowhere":  {withRows(found("DEPARTURES_OVER_LIMIT", "customers", ""), 30), withRows(found("ORPHANED_ROWS", "orders", "id"), 2), false},
		"two of ingest's":               {found("HEADER_MISMATCH", "customers", ""), found("ORPHANED_ROWS", "customers", ""), false},
	} {
		before := proto.CloneOf(tc.cause)

		got := fold.Findings(shopDataset(t), []*stepv1.Finding{tc.cause, tc.effect})

		require.True(t, proto.Equal(before, tc.cause), "%s: the given ones stay as they are", name)
		if !tc.folds {
			require.Equal(t, []*stepv1.Finding{tc.cause, tc.effect}, got, name)
			continue
		}
		require.Len(t, got, 1, name)
		require.Len(t, got[0].GetFollows(), len(before.GetFollows())+1, name)
		require.Same(t, tc.effect, got[0].GetFollows()[len(before.GetFollows())], name)
		require.Equal(t, got, fold.Findings(shopDataset(t), got), "%s: once is enough", name)
	}
}

func TestNothingIsDroppedAndTheOrderStays(t *testing.T) {
	t.Parallel()
	all := []*stepv1.Finding{
		failed(set, "customers", ""), // before its cause
		found("FILE_MISSING", "orders", ""),
		found("HEADER_MISMATCH", "customers", "mail"),
		found("HEADER_MISMATCH", "customers", ""),
		failed(unique, "orders", "id"),
		failed(set, "customers", ""),
	}

	got := fold.Findings(shopDataset(t), all)

	require.Len(t, got, 4)
	require.Equal(t, []string{"FILE_MISSING", "HEADER_MISMATCH", "HEADER_MISMATCH", "EXPECTATIONS_FAILED"},
		[]string{got[0].GetReason(), got[1].GetReason(), got[2].GetReason(), got[3].GetReason()})
	require.Len(t, got[1].GetFollows(), 2, "the first of two causes")
	require.Empty(t, got[2].GetFollows())
	require.Empty(t, fold.Findings(shopDataset(t), nil))
	require.Empty(t, fold.Findings(nil, []*stepv1.Finding{all[0]})[0].GetFollows())
}

// What follows from what follows stands under the first cause, whichever comes first.
func TestAllThatFollowsFromAFileThatIsCutShort(t *testing.T) {
	t.Parallel()
	cut := withRows(found("DEPARTURES_OVER_LIMIT", "customers", ""), 30)
	orphans := withRows(found("ORPHANED_ROWS", "orders", "customer"), 40) // of two orders each: more than departed
	few := withRows(found("ORPHANED_ROWS", "orders", "giver"), 3)
	of := withRows(failed(other, "orders", "customer"), 30)
	for name, tc := range map[string]struct{ all, top, below []*stepv1.Finding }{
		"all of it":        {[]*stepv1.Finding{cut, few, of}, []*stepv1.Finding{cut}, []*stepv1.Finding{few, of}},
		"the cause last":   {[]*stepv1.Finding{of, few, cut}, []*stepv1.Finding{cut}, []*stepv1.Finding{of, few}},
		"not more of them": {[]*stepv1.Finding{orphans, cut}, []*stepv1.Finding{orphans, cut}, nil},
	} {
		got := fold.Findings(shopDataset(t), tc.all)

		require.Len(t, got, len(tc.top), name)
		for i := range tc.top {
			require.Equal(t, tc.top[i].GetReason(), got[i].GetReason(), name)
		}
		require.Equal(t, tc.below, got[len(got)-1].GetFollows(), name)
	}
	// What would stand under a finding that is folded itself is not lost with it.
	late := withRows(failed(other, "orders", "giver"), 3)
	chained := withRows(found("ORPHANED_ROWS", "orders", "customer"), 30)
	got := fold.Findings(shopDataset(t), []*stepv1.Finding{chained, of, late, cut})
	require.Len(t, got, 2)
	require.Equal(t, []*stepv1.Finding{chained, of}, got[1].GetFollows())
	require.Same(t, late, got[0])
}
