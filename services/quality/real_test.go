package quality_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/dataset/datatest"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

func TestTheRealMonthHoldsAndABadLastRowIsFound(t *testing.T) {
	t.Parallel()
	month := filepath.Join(datatest.Folder(t, datatest.Real), "month_000")
	s := setup(t)
	d := builtin.Streamflow()
	s.fence = s.db.Fence(t, d.GetName())
	var delivered []*stepv1.DeliveredTable
	for _, table := range d.GetTables() {
		delivered = append(delivered, s.copyFile(t, month, table))
	}
	req := s.request(nil, delivered...)
	req.Dataset = d

	v := s.mustValidate(t, req)

	require.True(t, v.GetSuccess(), "%v", v.GetFindings())
	require.Empty(t, v.GetFindings())
	require.Equal(t, [5]int32{47, 47, 0, 0, 100}, numbers(v))

	s.db.Exec(t, `update sf_staging.bat_test_f1_usage_agg_30d set watch_hours_30d = -1.5 where sf_line = 7044`)
	s.db.Exec(t, `update sf_staging.bat_test_f1_users set user_gender = 'male' where sf_line in (2, 3)`)
	req.Validation = "val_second"

	v = s.mustValidate(t, req)

	require.False(t, v.GetSuccess())
	require.Len(t, v.GetFindings(), 2)
	require.Equal(t, `users.user_gender: 2 of 7,043 values are not one of "Male", "Female" (expect_column_values_to_be_in_set)`,
		v.GetFindings()[0].GetMessage())
	f := v.GetFindings()[1]
	require.Equal(t, "usage_agg_30d.watch_hours_30d: 1 of 7,043 values is not at least 0 (expect_column_values_to_be_between)", f.GetMessage())
	require.Equal(t, "at least 0", f.GetExpected())
	require.Equal(t, `"-1.5"`, f.GetFound())
	require.Equal(t, "usage_agg_30d.csv", f.GetFile())
	require.Equal(t, int64(7044), f.GetRows()[0].GetLine())
	require.Equal(t, []string{"3186-AJIEK"}, f.GetRows()[0].GetKey())
}

// copyFile stages a real file the way in which ingest does: by its header.
func (s *suite) copyFile(t *testing.T, month string, table *datasetv1.Table) *stepv1.DeliveredTable {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(month, dataset.File(table)))
	require.NoError(t, err)
	line, _, _ := strings.Cut(string(b), "\n")
	header := strings.Split(strings.TrimSpace(line), ",")
	rel := deliver.Create(t, s.db, table)
	s.db.Exec(t, "create sequence sf_staging.line_"+table.GetName()+" start 2")
	s.db.Exec(t, "alter table "+rel.SQL()+" alter sf_file set default 0, alter sf_line set default nextval('sf_staging.line_"+table.GetName()+"')")
	conn, err := s.db.Owner.Acquire(context.Background())
	require.NoError(t, err)
	defer conn.Release()
	tag, err := conn.Conn().PgConn().CopyFrom(context.Background(), strings.NewReader(string(b)),
		"copy "+rel.SQL()+" ("+relation.QuoteAll(header)+") from stdin with (format csv, header)")
	require.NoError(t, err)
	delivered := deliver.Delivered(table, rel, tag.RowsAffected())
	delivered.Header = header
	return delivered
}
