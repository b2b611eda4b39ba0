package departure

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

func TestAShareIsShownWithWhatTellsItFromTheLimit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		rows, gone int64
		limit      float64
		want       string
	}{
		{7043, 6044, 0.2, "85.8 %"}, {7043, 3522, 0.2, "50 %"}, {10, 3, 0.2, "30 %"}, {9, 3, 0.3333, "33.333 %"},
		{1_000_000, 200_001, 0.2, "20.0001 %"}, {1_000_000_000, 290_000_001, 0.29, "29.0000001 %"}, {3, 9, 0.2, "300 %"},
		{1000, 1, 0, "0.1 %"}, {100_000, 1, 0, "0.001 %"},
	} {
		b := &Before{Rows: tc.rows, AsOf: "2024-01-31", Delivered: true}
		require.True(t, b.Over(tc.gone, tc.limit), "%+v", tc)
		require.Contains(t, b.Found(&declared.Table{DepartedLimit: tc.limit}, tc.gone), ", "+tc.want, "%+v", tc)
	}
}

func TestALimitIsWrittenAsPeopleWroteIt(t *testing.T) {
	t.Parallel()
	for limit, want := range map[float64]string{0.2: "20 %", 0.29: "29 %", 0.07: "7 %", 0.001: "0.1 %", 0: "0 %", 1: "100 %", 0.333: "33.3 %"} {
		require.Equal(t, want, percent(limit))
	}
}

func TestOver(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		rows, gone int64
		limit      float64
		want       bool
	}{
		{100, 29, 0.29, false}, {100, 30, 0.29, true}, {10, 10, 1, false}, {10, 0, 0, false}, {10, 1, 0, true},
		{0, 0, 0.2, false}, {0, 1, 0.2, true}, {0, 1, 1, false},
	} {
		require.Equal(t, tc.want, (&Before{Rows: tc.rows}).Over(tc.gone, tc.limit), "%+v", tc)
	}
}

func TestWhoseRowsTheyWere(t *testing.T) {
	t.Parallel()
	table := &declared.Table{DepartedLimit: 0.2}
	for want, b := range map[string]*Before{
		"at most 20 % of the 1 row of 2024-01-31 to be gone":                            {Rows: 1, AsOf: "2024-01-31", Delivered: true},
		"at most 20 % of the 7,043 rows of the snapshot of 2024-01-31 to be gone":       {Rows: 7043, AsOf: "2024-01-31", History: true},
		"at most 20 % of the 5 rows that live held before its first publish to be gone": {Rows: 5},
		"at most 20 % of the 5 rows of live to be gone":                                 {Rows: 5, AsOf: "2024-01-31", Delivered: true, counted: true},
	} {
		require.Equal(t, want, b.Expected(table))
	}
}

func TestRejectedKeysAreTurnedIntoColumns(t *testing.T) {
	t.Parallel()
	r := Rejected{Keys: [][]string{{"a", "1"}, {"b", "2"}}}

	require.Equal(t, []any{[]string{"a", "b"}, []string{"1", "2"}}, r.columns(2))
	require.Equal(t, []any{[]string{}}, Rejected{Unknown: 3}.columns(1))
}
