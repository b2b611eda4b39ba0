package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/ident"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/extract"
)

const refunds = `
name: refunds
calendar: {period: month_end}
tables:
  - name: sales
    key: [sale]
    columns: [{name: sale, type: text}, {name: amount, type: numeric}]
  - name: refunds
    key: [refund]
    references: [{columns: [sale], table: sales}]
    columns: [{name: refund, type: text}, {name: sale, type: text}, {name: amount, type: "numeric(8,2)"}]
    expectations:
      - type: expect_column_values_to_not_be_null
        kwargs: {column: amount}
      - type: expect_column_values_to_be_between
        kwargs: {column: amount, min_value: 0, mostly: 0.9}
snapshots:
  - {name: sales_snapshots, from: sales}
  - {name: refunds_snapshots, from: refunds}
`

// A month without refunds is a month: the file is a header alone, and the table, its
// validation and its snapshot are of no rows, first and later.
func TestATableMayBeEmpty(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d, mistakes := dataset.Read("refunds.yaml", []byte(refunds))
	require.NoError(t, mistakes.Err())
	s.apply(t, d)
	run := func(asOf, sales, refunds string) *orchestratorv1.Run {
		dir := t.TempDir()
		for name, content := range map[string]string{"sales.csv": sales, "refunds.csv": refunds} {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
		}
		r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
			Dataset: "refunds", AsOf: asOf, Source: dir, RequestId: ident.New(ident.Request), RequestedBy: "e2e",
		})
		require.NoError(t, err)
		ended := s.wait(t, r.GetRun().GetId())
		require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, ended.GetState(), "%s: %s\n%v", ended.GetReason(), ended.GetMessage(), ended.GetFindings())
		return ended
	}
	const sales, none = "sale,amount\ns1,10\n", "refund,sale,amount\n"

	first := run(extract.January, sales, none)
	require.Equal(t, "0 rows, 0 inserted, 0 updated, 0 unchanged, 0 departed", counts(first, publish)["refunds"])
	require.Empty(t, first.GetFindings())
	again := run(extract.January, sales, none)
	require.Empty(t, again.GetFindings(), "the same files again")
	run(extract.February, sales+"s2,20\n", none+"r1,s1,5.00\n")

	require.Equal(t, []string{"r1|s1|5.00"}, s.rows(t, "select refund, sale, amount from public.refunds"))
	require.Equal(t, []string{extract.February + "|r1"}, s.rows(t, "select as_of, refund from public.refunds_snapshots order by 1"))
	require.Equal(t, []string{extract.January + "|1", extract.February + "|2"}, s.rows(t, "select as_of, count(*) from public.sales_snapshots group by 1 order by 1"))
}
