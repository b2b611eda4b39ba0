package dataset_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	table := &datasetv1.Table{Name: "users"}
	require.Equal(t, "public", dataset.Schema(&datasetv1.Dataset{}))
	require.Equal(t, "public", dataset.Schema(nil))
	require.Equal(t, "users.csv", dataset.File(table))
	require.InDelta(t, 0.2, dataset.DepartedLimit(table), 0)
	require.InDelta(t, 0.2, dataset.DepartedLimit(nil), 0)
	require.False(t, dataset.Deletes(table))
	require.False(t, dataset.Deletes(nil))
}

func TestDeclaredInsteadOfDefaults(t *testing.T) {
	t.Parallel()
	table := &datasetv1.Table{
		Name: "users", File: "clients.csv", DepartedLimit: proto.Float64(0),
		DepartedKeys: datasetv1.DepartedKeys_DEPARTED_KEYS_DELETE,
	}
	require.Equal(t, "retail", dataset.Schema(&datasetv1.Dataset{Schema: "retail"}))
	require.Equal(t, "clients.csv", dataset.File(table))
	require.Zero(t, dataset.DepartedLimit(table))
	require.True(t, dataset.Deletes(table))
	table.DepartedKeys = datasetv1.DepartedKeys_DEPARTED_KEYS_IGNORE
	require.False(t, dataset.Deletes(table))
}

func TestLookup(t *testing.T) {
	t.Parallel()
	d, _ := dataset.Parse("shop.yaml", []byte(shop(t)))
	orders := dataset.TableByName(d, "orders")
	require.Same(t, d.GetTables()[0], orders)
	require.Same(t, orders.GetColumns()[2], dataset.ColumnByName(orders, "amount"))
	require.Nil(t, dataset.TableByName(d, "order"))
	require.Nil(t, dataset.ColumnByName(orders, "amounts"))
	require.Nil(t, dataset.ColumnByName(nil, "amount"))
}

func columnNames(columns []*datasetv1.Column) []string {
	var names []string
	for _, column := range columns {
		names = append(names, column.GetName())
	}
	return names
}

func TestSnapshotColumns(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{Tables: []*datasetv1.Table{{
		Name: "t", Key: []string{"k2", "k1"},
		Columns: []*datasetv1.Column{{Name: "a"}, {Name: "k1"}, {Name: "b"}, {Name: "k2"}, {Name: "c"}},
	}}}
	tests := map[string]struct {
		snapshot *datasetv1.Snapshot
		want     []string
	}{
		"all, in the table's order":      {&datasetv1.Snapshot{From: "t"}, []string{"k2", "k1", "a", "b", "c"}},
		"some, in the declared order":    {&datasetv1.Snapshot{From: "t", Columns: []string{"c", "a"}}, []string{"k2", "k1", "c", "a"}},
		"what the table lacks, left out": {&datasetv1.Snapshot{From: "t", Columns: []string{"x", "a"}}, []string{"k2", "k1", "a"}},
		"no such table":                  {&datasetv1.Snapshot{From: "u"}, nil},
	}
	for name, test := range tests {
		require.Equal(t, test.want, columnNames(dataset.SnapshotColumns(d, test.snapshot)), name)
	}
	require.Equal(t, []string{"k2", "k1"}, d.GetTables()[0].GetKey())
}

func order(d *datasetv1.Dataset) []string {
	var names []string
	for _, table := range dataset.PublishOrder(d) {
		names = append(names, table.GetName())
	}
	return names
}

func TestPublishOrder(t *testing.T) {
	t.Parallel()
	independent := chain("a")
	independent.Tables = append(independent.Tables, chain("c").Tables[0], chain("b").Tables[0])
	diamond := chain("a", "b", "d")
	diamond.Tables = append(diamond.Tables, chain("c", "d").Tables[0])
	diamond.Tables[0].References = append(diamond.Tables[0].References, &datasetv1.Reference{Columns: []string{"id"}, Table: "c"})
	cycle := chain("x", "a", "b")
	cycle.Tables[2].References = []*datasetv1.Reference{{Table: "a"}}
	itself := chain("a")
	itself.Tables[0].References = []*datasetv1.Reference{{Table: "a"}, {Table: "unknown"}}

	require.Equal(t, []string{"c", "b", "a"}, order(chain("a", "b", "c")))
	require.Equal(t, []string{"a", "c", "b"}, order(independent), "as declared")
	require.Equal(t, []string{"d", "b", "c", "a"}, order(diamond))
	require.Equal(t, []string{"x", "a", "b"}, order(cycle), "ends, and holds every table")
	require.Equal(t, []string{"a"}, order(itself))
	require.Empty(t, order(nil))
}

func TestPublishOrderLeavesTheDatasetAsItIs(t *testing.T) {
	t.Parallel()
	d := chain("a", "b", "c")
	before := slices.Clone(d.GetTables())
	dataset.PublishOrder(d)
	require.Equal(t, before, d.GetTables())
}

var monthly = &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}

func day(t *testing.T, text string) time.Time {
	t.Helper()
	asOf, err := dataset.ParseAsOf(text)
	require.NoError(t, err)
	return asOf
}

func TestCalendar(t *testing.T) {
	t.Parallel()
	tests := []struct {
		day                     string
		on                      bool
		previous, next, closest string
	}{
		{"2024-01-31", true, "2023-12-31", "2024-02-29", "2024-01-31"},
		{"2024-02-29", true, "2024-01-31", "2024-03-31", "2024-02-29"},
		{"2024-02-28", false, "2024-01-31", "2024-02-29", "2024-02-29"},
		{"2023-02-28", true, "2023-01-31", "2023-03-31", "2023-02-28"},
		{"1900-02-28", true, "1900-01-31", "1900-03-31", "1900-02-28"},
		{"2024-12-31", true, "2024-11-30", "2025-01-31", "2024-12-31"},
		{"2024-01-30", false, "2023-12-31", "2024-01-31", "2024-01-31"},
		{"2024-02-01", false, "2024-01-31", "2024-02-29", "2024-01-31"},
		{"2024-04-15", false, "2024-03-31", "2024-04-30", "2024-03-31"}, // as near to both
		{"2024-03-16", false, "2024-02-29", "2024-03-31", "2024-03-31"},
	}
	for _, test := range tests {
		at := day(t, test.day)
		require.Equal(t, test.on, dataset.OnCalendar(monthly, at), test.day)
		require.Equal(t, test.previous, dataset.FormatAsOf(dataset.PreviousAsOf(monthly, at)), test.day)
		require.Equal(t, test.next, dataset.FormatAsOf(dataset.NextAsOf(monthly, at)), test.day)
		require.Equal(t, test.closest, dataset.FormatAsOf(dataset.ClosestAsOf(monthly, at)), test.day)
	}
}

func TestCalendarGoesByTheDay(t *testing.T) {
	t.Parallel()
	noon := day(t, "2024-01-31").Add(12 * time.Hour)
	require.True(t, dataset.OnCalendar(monthly, noon))
	require.Equal(t, "2024-02-29", dataset.FormatAsOf(dataset.NextAsOf(monthly, noon)))
	require.Equal(t, "2023-12-31", dataset.FormatAsOf(dataset.PreviousAsOf(monthly, noon)))
}

func TestCalendarWithoutPeriodHasNoDates(t *testing.T) {
	t.Parallel()
	at := day(t, "2024-01-31")
	require.False(t, dataset.OnCalendar(nil, at))
	require.True(t, dataset.NextAsOf(nil, at).IsZero())
	require.True(t, dataset.PreviousAsOf(&datasetv1.Calendar{}, at).IsZero())
	require.True(t, dataset.ClosestAsOf(&datasetv1.Calendar{Period: 99}, at).IsZero())
	require.Empty(t, dataset.EveryAsOf(nil))
}

func TestEveryAsOfIsSaidInWords(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]*datasetv1.Calendar{
		"a day":                     {Period: datasetv1.Period_PERIOD_DAY},
		"a Sunday":                  {Period: datasetv1.Period_PERIOD_WEEK},
		"a Friday":                  {Period: datasetv1.Period_PERIOD_WEEK, EndsOn: datasetv1.Weekday_WEEKDAY_FRIDAY},
		"the first day of a month":  {Period: datasetv1.Period_PERIOD_MONTH_START},
		"the last day of a month":   {Period: datasetv1.Period_PERIOD_MONTH_END},
		"the last day of a quarter": {Period: datasetv1.Period_PERIOD_QUARTER_END},
		"the last day of a year":    {Period: datasetv1.Period_PERIOD_YEAR_END},
	} {
		require.Equal(t, want, dataset.EveryAsOf(c))
	}
}

func TestParseAsOfRefuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "2024-1-31", "31.01.2024", "2024-01-31T00:00:00Z", " 2024-01-31", "20240131"} {
		_, err := dataset.ParseAsOf(text)
		require.ErrorContains(t, err, "expected an as_of as YYYY-MM-DD, such as 2024-01-31, found", text)
	}
	for _, text := range []string{"2024-02-30", "0000-01-31", "2024-13-01"} {
		_, err := dataset.ParseAsOf(text)
		var none *dataset.NoSuchDayError
		require.ErrorAs(t, err, &none, text)
		require.ErrorContains(t, err, text+" is no such day: ")
	}
}

func TestParseTypeIsThatOfColumns(t *testing.T) {
	t.Parallel()
	got, err := dataset.ParseType("numeric(5,1)")
	require.NoError(t, err)
	require.Equal(t, dataset.ColumnType{Name: dataset.Numeric, Precision: 5, Scale: 1}, got)
}
