package step_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// Later dates that a stamp made stale are told by the run that did it, with what makes them
// anew; a run that makes them anew, one after the other, does not tell of the next.
func TestWhatAStampMadeStaleIsTold(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stale   []string
		restamp bool
		want    string
	}{
		"nothing":          {nil, false, ""},
		"two":              {[]string{"2024-03-31", "2024-04-30"}, false, "later as_of dates stand on what is another by now, and are stale: 2024-03-31, 2024-04-30"},
		"one that goes on": {[]string{"2024-03-31"}, true, ""},
	} {
		w, s := setup(t)
		w.Answers("ExpandHistory", &snapshotv1.ExpandResponse{})
		w.Answers("Stamp", &snapshotv1.StampResult{Stale: tc.stale})
		tk := task(run.Full)
		tk.Run.Restamp = tc.restamp
		tk.Run.Findings = []*stepv1.Finding{{Reason: "STALE_EXTRACT", Message: "before"}}

		o, err := s.Do(t.Context(), run.Stamp, tk)

		require.NoError(t, err, name)
		if tc.want == "" {
			require.Empty(t, o.Findings, name)
			continue
		}
		require.Len(t, o.Findings, 2, "%s: those of before stay", name)
		require.Equal(t, tc.want, o.Findings[1].GetMessage())
		require.Contains(t, o.Findings[1].GetAction(), "`sfctl run start --dataset shop --restamp --from 2024-03-31`")
	}
}

// A plan says it before, and a run that goes on to stamp does not say it twice.
func TestAPlanTellsWhatWouldBeStale(t *testing.T) {
	t.Parallel()
	for mode, want := range map[run.Mode]int{run.Plan: 1, run.Full: 0} {
		w, s := setup(t)
		tk := task(mode)
		w.Answers("GetBatch", stagedBatch(tk))
		w.Answers("Validate", held(4))
		w.Answers("Prepare", &snapshotv1.PrepareResult{Stale: []string{"2024-03-31", "2024-04-30"}})

		o, err := s.Do(t.Context(), run.Validate, tk)

		require.NoError(t, err)
		require.Len(t, o.Findings, want, mode)
		if want > 0 {
			require.Equal(t, "later as_of dates would stand on what is another then, and be stale: 2024-03-31, 2024-04-30", o.Findings[0].GetMessage())
			require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, o.Findings[0].GetSeverity())
			require.Contains(t, o.Findings[0].GetAction(), "After the run, make them again from what was delivered, `sfctl run start --dataset shop --restamp --from 2024-03-31`")
		}
	}
}

// Dates whose rows others dropped from the history are told by every run that stamps, as many
// as can be named.
func TestWhatHistoryLostIsTold(t *testing.T) {
	t.Parallel()
	many := make([]string, 25)
	for i := range many {
		many[i] = fmt.Sprintf("2022-01-%02d", i+1)
	}
	for name, tc := range map[string]struct {
		lost, stale []string
		want        string
	}{
		"nothing":  {nil, nil, ""},
		"two":      {[]string{"2024-01-31", "2024-03-31"}, nil, "the history has lost rows of other as_of dates, whose tables somebody dropped or renamed: 2024-01-31, 2024-03-31"},
		"too many": {many, []string{"2024-04-30"}, " more"},
	} {
		w, s := setup(t)
		w.Answers("ExpandHistory", &snapshotv1.ExpandResponse{})
		w.Answers("Stamp", &snapshotv1.StampResult{Lost: tc.lost, Stale: tc.stale})

		o, err := s.Do(t.Context(), run.Stamp, task(run.Full))

		require.NoError(t, err, name)
		if tc.want == "" {
			require.Empty(t, o.Findings, name)
			continue
		}
		require.Len(t, o.Findings, 1+len(tc.stale), name)
		f := o.Findings[len(o.Findings)-1]
		require.Equal(t, "HISTORY_LOST", f.GetReason())
		require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
		require.EqualValues(t, len(tc.lost), f.GetCount())
		require.True(t, strings.HasSuffix(f.GetMessage(), tc.want), f.GetMessage())
		require.Contains(t, f.GetAction(), "Deliver the same files of each of these dates again")
	}
}
