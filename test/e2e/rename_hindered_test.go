package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// Somebody makes a view between the apply and the run, on a column of live or of history that
// becomes wider. A run looks at both before it alters the first table, and alters none; once
// the view is gone it goes on.
func TestAViewThatIsMadeAfterTheApplyLeavesNoTableRenamed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		view   string
		reason problem.Reason
	}{
		"on live":    {"create view seen as select city from guests", problem.LiveTableDiffers},
		"on history": {"create view seen as select city from guests_snapshots", problem.SnapshotTableDiffers},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.applyYAML(t, lodging)
			requireSucceeded(t, s.lodge(t, "2024-01-31", lodgingJanuary))
			s.applyYAML(t, lodgingCalled)
			execute(t, s.person(t), tc.view)
			const names = "select table_name || '.' || column_name from information_schema.columns where table_name like any ('{guests%,bills%}') order by 1"
			before, ledgers := s.rows(t, names), "select column_name from sf_ingest.renamed union all select column_name from sf_snapshot.renamed"

			hindered := s.lodge(t, "2024-02-29", lodgingFebruary)
			altered, noted := s.rows(t, names), s.rows(t, ledgers)
			execute(t, s.person(t), "drop view seen")
			went := s.lodge(t, "2024-02-29", lodgingFebruary)

			require.Equal(t, string(tc.reason), hindered.GetReason(), hindered.GetMessage())
			require.Contains(t, hindered.GetMessage(), "view public.seen hangs on it")
			require.Equal(t, before, altered, "no table has another name by now")
			require.Empty(t, noted)
			requireSucceeded(t, went)
			require.Len(t, s.rows(t, ledgers), 6)
		})
	}
}

// What a run altered before it failed stands under its step, as of one that succeeds, and
// the message says only that it stays so.
func TestWhatAFailedRunRenamedIsListed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	bin := buildSfctl(t)
	s.applyYAML(t, lodging)
	requireSucceeded(t, s.lodge(t, "2024-01-31", lodgingJanuary))
	execute(t, s.person(t), "alter table bills add constraint few check (no < 2)")
	s.applyYAML(t, lodgingCalled)

	out, code := s.sfctl(t, bin, "run", "start", "--dataset", "inn", "--as-of", "2024-02-29", "--source", folder(t, lodgingFebruary))

	require.NotZero(t, code)
	require.Contains(t, out, "\nDone before publish:\n")
	require.Contains(t, out, `  alter table "public"."bills" rename column "guest" to "guest_id"`+"\n")
	require.Contains(t, out, "; what was altered before it stays so, and the next run goes on from there")
	require.Equal(t, 1, strings.Count(out, `rename column "guest"`), out)
}
