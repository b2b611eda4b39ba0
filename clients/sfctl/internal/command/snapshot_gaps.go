package command

import (
	"cmp"
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) snapshotGaps() *cobra.Command {
	req := &snapshotv1.ListGapsRequest{}
	var limit int
	cmd := &cobra.Command{
		Use:   "gaps",
		Short: "List the dates that the calendar expects and history lacks, and why",
		Long: `List the dates that the calendar of a dataset expects and history lacks, the newest first:
from the first that is stamped up to today, or between --from and --to.

WHY is late (it has come, and nothing was delivered so far), never_delivered (nothing was, and
a later date is stamped), failed, cancelled or under_way (what became of its newest run), or
not_stamped (it was delivered before the dataset had the snapshots that are lacking).`,
		Example: `  sfctl snapshot gaps
  sfctl snapshot gaps --from 2024-01-01 --to 2024-12-31 -o json`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	f := cmd.Flags()
	f.StringVar(&req.Snapshot, "snapshot", "", "only what the snapshot of this name lacks")
	f.StringVar(&req.From, "from", "", "the first day to look at, YYYY-MM-DD; default: the first date that is stamped")
	f.StringVar(&req.To, "to", "", "the last day to look at, YYYY-MM-DD; default: today, by UTC")
	a.completeFlag(cmd, "snapshot", stampedNames(&req.Dataset))
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		for _, day := range []struct{ flag, text string }{{"--from", req.GetFrom()}, {"--to", req.GetTo()}} {
			if err := checkAsOf(day.flag, day.text); day.text != "" && err != nil {
				return err
			}
		}
		return a.listGaps(cmd.Context(), c, req, limit)
	})
	return cmd
}

func (a *app) listGaps(ctx context.Context, c *clients, req *snapshotv1.ListGapsRequest, limit int) error {
	resp := &snapshotv1.ListGapsResponse{}
	var err error
	resp.Gaps, resp.NextPageToken, err = gather(ctx, limit,
		func(ctx context.Context, size int32, token string) ([]*snapshotv1.Gap, string, error) {
			req.PageSize, req.PageToken = size, token
			page, err := c.snapshot.ListGaps(ctx, req)
			return page.GetGaps(), page.GetNextPageToken(), err
		})
	if err != nil {
		return err
	}
	defer a.moreNote(len(resp.GetGaps()), resp.GetNextPageToken())
	return a.emit(resp, names(resp.GetGaps(), (*snapshotv1.Gap).GetAsOf), func(w io.Writer) error {
		if len(resp.GetGaps()) == 0 {
			a.note("History of %s lacks no date from %s to %s.", req.GetDataset(), cmp.Or(req.GetFrom(), "the first that is stamped"), cmp.Or(req.GetTo(), "today"))
			return nil
		}
		return a.gapTable(w, resp.GetGaps())
	})
}

func (a *app) gapTable(w io.Writer, gaps []*snapshotv1.Gap) error {
	g := a.grid(printer.Text("AS_OF"), printer.Text("WHY"), printer.Number("DAYS"), printer.Text("LACKS"), printer.Text("RUN"), printer.Text("REASON"),
		printer.Text("MESSAGE").InWide())
	for _, one := range gaps {
		lacks := strings.Join(one.GetSnapshots(), ", ")
		if one.GetAll() {
			lacks = "all"
		}
		g.Row(one.GetAsOf(), printer.Enum(one.GetWhy()), prose.Number(one.GetDays()), lacks, one.GetRun(), one.GetReason(), printer.OneLine(one.GetMessage()))
	}
	return g.Write(w)
}
