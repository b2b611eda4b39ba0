package publish

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

var orders = &declared.Table{
	Name: "orders", Key: []string{"n", "customer"},
	Columns: []declared.Column{
		{Name: "customer", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
		{Name: "n", Type: dataset.ColumnType{Name: dataset.Integer}, Key: true},
		{Name: "amount", Type: dataset.ColumnType{Name: dataset.Numeric, Precision: 8, Scale: 2}},
	},
}

func TestDifferencesOfALiveTable(t *testing.T) {
	t.Parallel()
	same := liveTable{
		exists: true, kind: "r", columns: []string{"n", "amount", "customer"},
		types: []string{"integer", "numeric(8,2)", "text"}, keys: [][]string{{"amount"}, {"customer", "n"}},
	}
	change := func(f func(l *liveTable)) *liveTable {
		l := same
		l.columns = append([]string(nil), same.columns...)
		l.types = append([]string(nil), same.types...)
		f(&l)
		return &l
	}
	for name, tc := range map[string]struct {
		live *liveTable
		want []string
	}{
		"none":        {&liveTable{}, nil},
		"the same":    {&same, nil},
		"partitioned": {change(func(l *liveTable) { l.kind = "p" }), nil},
		"a view":      {change(func(l *liveTable) { l.kind = "v" }), []string{"expected a table, found another kind of relation"}},
		"a type":      {change(func(l *liveTable) { l.types[1] = "numeric" }), []string{"expected column amount to be numeric(8,2), found numeric"}},
		"a name": {change(func(l *liveTable) { l.columns[1] = "sum" }),
			[]string{"expected a column amount numeric(8,2), found none", "found a column sum that the dataset does not declare"}},
		"no key":      {change(func(l *liveTable) { l.keys = nil }), []string{"expected a primary key or unique index on (n, customer), found none"}},
		"another key": {change(func(l *liveTable) { l.keys = [][]string{{"n"}} }), []string{"expected a primary key or unique index on (n, customer), found none"}},
	} {
		require.Equal(t, tc.want, tc.live.differences(orders), name)
	}
}

func TestDepartedIsWhatDidNotMeet(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ live, rows, inserted, want int64 }{
		{0, 5, 5, 0}, {5, 5, 0, 0}, {5, 5, 5, 5}, {10, 4, 1, 7}, {3, 0, 0, 3},
	} {
		require.Equal(t, tc.want, departed(tc.live, tc.rows, tc.inserted), "%+v", tc)
	}
}

func TestWhatALiveTableRefusesHasItsReason(t *testing.T) {
	t.Parallel()
	pg := func(code string) error {
		return fmt.Errorf("publish public.orders: %w", &pgconn.PgError{Code: code, Message: "no", SchemaName: "public", TableName: "orders", ConstraintName: "positive"})
	}
	for code, want := range map[string]problem.Reason{
		"23502": problem.LiveTableDiffers, "23503": problem.LiveTableDiffers, "23514": problem.LiveTableDiffers,
		"42501": problem.LiveTableDiffers, "42703": problem.Internal, "40001": problem.Internal,
	} {
		err := refused(pg(code))
		var own *problem.Error
		if want == problem.Internal {
			require.NotErrorAs(t, err, &own, code)
			continue
		}
		require.ErrorAs(t, err, &own, code)
		require.Equal(t, want, own.Reason, code)
		require.ErrorContains(t, err, "nothing was written", code)
	}
	kept := problem.Wrap(pg("23502"), problem.StagingLost, "lost")
	require.Same(t, error(kept), refused(kept), "a reason stays")
	require.NoError(t, refused(nil))
	require.EqualError(t, refused(errors.New("odd")), "odd")
}
