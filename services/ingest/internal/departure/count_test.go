package departure_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/called"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/departure"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

var (
	lines = &declared.Table{
		Name: "lines", Live: relation.Relation{Schema: "public", Name: "lines"}, Key: []string{"nr", "code"}, DepartedLimit: 0.5,
		Columns: []declared.Column{
			{Name: "nr", Type: dataset.ColumnType{Name: dataset.Integer}, Key: true},
			{Name: "code", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
		},
	}
	staged = relation.Relation{Schema: "sf_staging", Name: "cand"}
)

// Five keys are live, of which the candidate holds two: who departs now depends on who
// departed before, and who was delivered and rejected.
func TestWhoDepartsNow(t *testing.T) {
	t.Parallel()
	const five = "insert into lines values (1, 'a'), (1, 'b'), (2, 'a'), (3, ''), (4, 'A')"
	for name, tc := range map[string]struct {
		sql      string // what else is there
		last     *store.PublishedTable
		rejected departure.Rejected
		want     int64
		keys     [][]string
	}{
		"nobody before": {"select", &store.PublishedTable{AsOf: "2024-01-31", Rows: 5, KeyColumns: lines.Key}, departure.Rejected{},
			3, [][]string{{"2", "a"}, {"3", ""}, {"4", "A"}}},
		"one before": {"insert into sf_ingest.departed values ('shop', 'lines', '{2,a}')", &store.PublishedTable{AsOf: "2024-01-31", Rows: 4, Absent: 1, KeyColumns: lines.Key}, departure.Rejected{},
			2, [][]string{{"3", ""}, {"4", "A"}}},
		"one before, who is back": {"insert into sf_ingest.departed values ('shop', 'lines', '{1,a}')", &store.PublishedTable{AsOf: "2024-01-31", Rows: 4, Absent: 1, KeyColumns: lines.Key}, departure.Rejected{},
			3, [][]string{{"2", "a"}, {"3", ""}, {"4", "A"}}},
		"one of another table": {"insert into sf_ingest.departed values ('shop', 'others', '{2,a}'), ('other', 'lines', '{2,a}')", &store.PublishedTable{AsOf: "2024-01-31", Rows: 4, Absent: 1, KeyColumns: lines.Key}, departure.Rejected{},
			3, [][]string{{"2", "a"}, {"3", ""}, {"4", "A"}}},
		"all before": {"insert into sf_ingest.departed values ('shop', 'lines', '{2,a}'), ('shop', 'lines', '{3,\"\"}'), ('shop', 'lines', '{4,A}')", &store.PublishedTable{AsOf: "2024-01-31", Rows: 2, Absent: 3, KeyColumns: lines.Key}, departure.Rejected{},
			0, [][]string{}},
		"a ledger by another key": {"insert into sf_ingest.departed values ('shop', 'lines', '{2}')", &store.PublishedTable{AsOf: "2024-01-31", Rows: 4, Absent: 1, KeyColumns: []string{"nr"}}, departure.Rejected{},
			2, [][]string{{"2", "a"}, {"3", ""}, {"4", "A"}}},
		"one delivered and rejected": {"select", &store.PublishedTable{AsOf: "2024-01-31", Rows: 5, KeyColumns: lines.Key}, departure.Rejected{Keys: [][]string{{"02", "a"}, {"9", "z"}}},
			2, [][]string{{"3", ""}, {"4", "A"}}},
		"one whose key nobody can read": {"select", &store.PublishedTable{AsOf: "2024-01-31", Rows: 5, KeyColumns: lines.Key}, departure.Rejected{Unknown: 2},
			1, [][]string{{"2", "a"}, {"3", ""}, {"4", "A"}}},
		"more unknown than gone": {"select", &store.PublishedTable{AsOf: "2024-01-31", Rows: 5, KeyColumns: lines.Key}, departure.Rejected{Unknown: 7},
			0, [][]string{{"2", "a"}, {"3", ""}, {"4", "A"}}},
		"never delivered": {"select", nil, departure.Rejected{}, 3, [][]string{{"2", "a"}, {"3", ""}, {"4", "A"}}},
		"rows without a key": {"insert into lines values (null, 'x'), (7, null)", &store.PublishedTable{AsOf: "2024-01-31", Rows: 5, KeyColumns: lines.Key}, departure.Rejected{},
			3, [][]string{{"2", "a"}, {"3", ""}, {"4", "A"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			db.Exec(t, "create table lines (nr int, code text); grant select on lines to sf_ingest; create unlogged table sf_staging.cand (nr int, code text); grant select on sf_staging.cand to sf_ingest; insert into sf_staging.cand values (1, 'a'), (1, 'b'), (5, 'new')")
			db.Exec(t, five)
			db.Exec(t, tc.sql)
			pool := db.Pool(t, "sf_ingest")
			if tc.last != nil {
				require.NoError(t, store.Delivered(t.Context(), pool, "shop", "lines", *tc.last))
			}

			before, err := departure.Live(t.Context(), pool, "shop", lines, called.Names{})
			require.NoError(t, err)
			n, err := departure.Count(t.Context(), pool, "shop", lines, before, staged, tc.rejected)
			require.NoError(t, err)
			keys, err := departure.List(t.Context(), pool, "shop", lines, before, staged, tc.rejected)

			require.NoError(t, err)
			require.Equal(t, tc.want, n)
			require.Equal(t, tc.keys, keys)
			require.Equal(t, tc.last == nil, before.Unpublished())
			if tc.last == nil {
				require.EqualValues(t, 5, before.Rows, "the rows that stand are counted")
			} else {
				require.Equal(t, tc.last.Rows, before.Rows)
			}
		})
	}
}

// What cannot be compared is not: nothing there, another key, rows that may not be read
// or that a policy hides. Publishing says what is wrong with it.
func TestWhatIsNotComparedWith(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sql  string
		want bool
	}{
		"nothing":            {"select", false},
		"a table":            {"create table lines (nr int, code text, more int); grant select on lines to sf_ingest", true},
		"a partitioned one":  {"create table lines (nr int, code text) partition by list (nr); grant select on lines to sf_ingest", true},
		"a view":             {"create view lines as select 1 as nr, 'a'::text as code; grant select on lines to sf_ingest", false},
		"a key less":         {"create table lines (nr int); grant select on lines to sf_ingest", false},
		"another type":       {"create table lines (nr bigint, code text); grant select on lines to sf_ingest", false},
		"not to be read":     {"create table lines (nr int, code text)", false},
		"read in part":       {"create table lines (nr int, code text); grant select (nr) on lines to sf_ingest", false},
		"hidden by a policy": {"create table lines (nr int, code text); grant select on lines to sf_ingest; alter table lines enable row level security", false},
		"hidden by ours":     {"create table lines (nr int, code text); alter table lines owner to sf_ingest; alter table lines enable row level security", true},
		"forced upon us":     {"create table lines (nr int, code text); alter table lines owner to sf_ingest; alter table lines enable row level security, force row level security", false},
		"a dropped column":   {"create table lines (nr int, code text, code2 text); alter table lines drop code; alter table lines rename code2 to code; grant select on lines to sf_ingest", true},
	} {
		db := pgtest.New(t)
		db.Exec(t, tc.sql)

		got, err := departure.Readable(t.Context(), db.Pool(t, "sf_ingest"), lines, lines.Live, nil)

		require.NoError(t, err, name)
		require.Equal(t, tc.want, got, name)
	}
}
