package console

import (
	"context"
	"net/http"

	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// gapList is the dates that the calendar expects and history lacks, and why.
func (c *Console) gapList(ctx context.Context, r *http.Request, token string) (table, error) {
	resp, err := c.services.Snapshot.ListGaps(ctx, &snapshotv1.ListGapsRequest{Dataset: r.PathValue("dataset"), PageSize: listed, PageToken: token})
	t := table{
		Head: heads("as_of", "Why", "#Days since", "Lacks", "Run", "Reason", "In words"), Empty: "History lacks no date since the first that is stamped.",
		Next: pageOf(r, resp.GetNextPageToken()),
	}
	for _, g := range resp.GetGaps() {
		lacks := joined(g.GetSnapshots())
		if g.GetAll() {
			lacks = "all"
		}
		t.Rows = append(t.Rows, []entry{
			words(g.GetAsOf()), marked(label(g.GetWhy()), gapKind(g.GetWhy())), figure(prose.Number(g.GetDays())), words(lacks), runLink(g.GetRun()),
			code(g.GetReason()), words(g.GetMessage()),
		})
	}
	return t, err
}

// gapKind is how the reason of a gap is coloured.
func gapKind(why snapshotv1.GapReason) string {
	switch why {
	case snapshotv1.GapReason_GAP_REASON_FAILED:
		return "bad"
	case snapshotv1.GapReason_GAP_REASON_UNDER_WAY:
		return "busy"
	default:
		return "gap"
	}
}
