package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// reasonsAndTables lists findings in their order.
func reasonsAndTables(findings []*stepv1.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, f.GetReason()+" "+f.GetTable())
	}
	return out
}

// edited is a month that may be edited: without a manifest, which would say of it what
// it is no more.
func edited(t *testing.T) string {
	t.Helper()
	january, _ := extract.Sample(t, 50)
	require.NoError(t, os.Remove(filepath.Join(january, "manifest.json")))
	return january
}

// One row that is rejected is one finding, although the five other tables of the built-in
// dataset refer to it.
func TestARejectedParentIsOneFinding(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january := edited(t)
	extract.SetField(t, january, "users.csv", 12, "signup_date", "2022-02-30")

	r := s.run(t, extract.January, january)

	require.Equal(t, orchestratorv1.RunState_RUN_STATE_FAILED, r.GetState())
	require.Equal(t, "ROWS_REJECTED", r.GetReason())
	require.Equal(t, []string{"ROWS_REJECTED users"}, reasonsAndTables(r.GetFindings()))
	require.Equal(t, []string{
		"ORPHANED_ROWS subscriptions", "ORPHANED_ROWS usage_agg_30d", "ORPHANED_ROWS payments_agg_90d", "ORPHANED_ROWS support_agg_90d", "ORPHANED_ROWS labels",
	}, reasonsAndTables(r.GetFindings()[0].GetFollows()))
	require.NotContains(t, r.GetMessage(), "more", "what follows is no finding of its own")
}

// A child that is rejected is missing where its parent is expected to have one: that
// follows from it, too.
func TestARejectedChildIsOneFinding(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january := edited(t)
	extract.SetField(t, january, "labels.csv", 12, "churn_label", "perhaps")

	r := s.run(t, extract.January, january)

	require.Equal(t, []string{"ROWS_REJECTED labels"}, reasonsAndTables(r.GetFindings()))
}

// A lost column is one finding with one advice, although ingest and quality both see it.
func TestALostColumnIsOneFinding(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january := edited(t)
	dropColumn("usage_agg_30d.csv", "skips_7d")(t, january)

	r := s.run(t, extract.January, january)

	require.Equal(t, []string{"HEADER_MISMATCH usage_agg_30d"}, reasonsAndTables(r.GetFindings()))
	f := r.GetFindings()[0]
	require.Equal(t, "Deliver the column, or declare it optional: true where a file may lack it.", f.GetAction())
	require.Equal(t, []string{"EXPECTATIONS_FAILED usage_agg_30d"}, reasonsAndTables(f.GetFollows()))
	require.Equal(t, "expect_table_columns_to_match_set", f.GetFollows()[0].GetExpectation())
}
