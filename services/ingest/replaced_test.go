package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// firstCalled writes twenty people, the first of them by this name.
func firstCalled(name string) files {
	f := everyone(upTo(20)...)
	f["people.csv"] = "id,name\n1," + name + f["people.csv"][len("id,name\n1,p1"):]
	return f
}

// replacedIn returns the warnings of replaced files among findings.
func replacedIn(findings []*stepv1.Finding) (all []*stepv1.Finding) {
	for _, f := range findings {
		if f.GetReason() == string(problem.FilesReplaced) {
			all = append(all, f)
		}
	}
	return all
}

// Files that others have replaced since come again, as from an old folder: live goes back to
// them, and plan and publish say so.
func TestFilesThatWereReplacedAreSaid(t *testing.T) {
	t.Parallel()
	h := open(t, crowd+unguarded)
	first := h.published(january, firstCalled("Ann"))
	second := h.corrected(january, firstCalled("Anna"))
	require.Empty(t, replacedIn(second.GetFindings()), "they are new")
	b := h.stage(january, firstCalled("Ann"))

	planned, err := h.plan(b.GetId())
	require.NoError(t, err)
	done, err := h.publish(b.GetId())

	require.NoError(t, err)
	for _, findings := range [][]*stepv1.Finding{planned.GetFindings(), done.GetBatch().GetFindings()} {
		all := replacedIn(findings)
		require.Len(t, all, 1)
		require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, all[0].GetSeverity())
		require.EqualValues(t, 1, all[0].GetCount())
		require.Equal(t, "the files of batch "+first.GetId()+", which batch "+second.GetId()+" has replaced since: live changes back by 1 row", all[0].GetMessage())
		require.Contains(t, all[0].GetAction(), "deliver the files of batch "+second.GetId()+" again")
	}
	require.Equal(t, []string{"Ann"}, h.db.Rows(t, "select name from people where id = 1"))
	require.Empty(t, replacedIn(h.published(january, firstCalled("Anna")).GetFindings()), "what the advice says is no new fault")
	require.Equal(t, []string{"Anna"}, h.db.Rows(t, "select name from people where id = 1"))
}

func TestFilesThatWereReplacedAreSaidOnlyWhereTheyChangeLiveUnasked(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]func(h *house, first, second *ingestv1.Batch) *ingestv1.Batch{
		"somebody corrects": func(h *house, _, _ *ingestv1.Batch) *ingestv1.Batch {
			return h.corrected(january, firstCalled("Ann"))
		},
		"the newer were never stamped": func(h *house, first, _ *ingestv1.Batch) *ingestv1.Batch {
			h.stamped = first.GetId()
			return h.published(january, firstCalled("Ann"))
		},
		"the newer come again": func(h *house, _, _ *ingestv1.Batch) *ingestv1.Batch {
			return h.published(january, firstCalled("Anna"))
		},
		"live is so already": func(h *house, _, _ *ingestv1.Batch) *ingestv1.Batch {
			h.db.Exec(h.t, "update people set name = 'Ann' where id = 1")
			return h.published(january, firstCalled("Ann"))
		},
		"others are new": func(h *house, _, _ *ingestv1.Batch) *ingestv1.Batch {
			return h.published(january, firstCalled("Annie"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, crowd+unguarded)
			first := h.published(january, firstCalled("Ann"))
			second := h.corrected(january, firstCalled("Anna"))

			b := again(h, first, second)

			require.Empty(t, replacedIn(b.GetFindings()))
		})
	}
}
