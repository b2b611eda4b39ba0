package command

import (
	"context"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) snapshotCommand() *cobra.Command {
	return noun("snapshot", "Look at the history", `  sfctl snapshot list
  sfctl snapshot get 2024-01-31
  sfctl snapshot revisions --as-of 2024-01-31
  sfctl snapshot restore --as-of 2024-01-31 --into january
  sfctl snapshot gaps
  sfctl snapshot verify --all
  sfctl snapshot diff 2024-01-31 2024-02-29
  sfctl snapshot retain --dry-run
  sfctl snapshot pin 2024-01-31 --reason "the model in use was trained on it"`, a.snapshotList(), a.snapshotGet(), a.snapshotRevisions(), a.snapshotRestatements(), a.snapshotGaps(),
		a.snapshotRestore(), a.snapshotRollback(), a.snapshotVerify(), a.snapshotDiff(),
		a.snapshotRetain(), a.snapshotPin(), a.snapshotUnpin())
}

func (a *app) snapshotList() *cobra.Command {
	req := &snapshotv1.ListSnapshotsRequest{}
	var limit int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the snapshots of a dataset, newest as_of first",
		Example: `  sfctl snapshot list
  sfctl snapshot list --snapshot labels_snapshots`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	cmd.Flags().StringVar(&req.Snapshot, "snapshot", "", "only the snapshots of this name")
	a.completeFlag(cmd, "snapshot", stampedNames(&req.Dataset))
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		resp := &snapshotv1.ListSnapshotsResponse{}
		var err error
		resp.Snapshots, resp.NextPageToken, err = gather(cmd.Context(), limit,
			func(ctx context.Context, size int32, token string) ([]*snapshotv1.Snapshot, string, error) {
				req.PageSize, req.PageToken = size, token
				page, err := c.snapshot.ListSnapshots(ctx, req)
				return page.GetSnapshots(), page.GetNextPageToken(), err
			})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetSnapshots()), resp.GetNextPageToken())
		return a.emit(resp, snapshotNames(resp.GetSnapshots()), func(w io.Writer) error {
			if len(resp.GetSnapshots()) == 0 {
				a.note("No snapshots of %s.", req.GetDataset())
				return nil
			}
			return a.snapshotTable(w, resp.GetSnapshots(), heldDates(c.retention(cmd.Context(), req.GetDataset())))
		})
	})
	return cmd
}

func (a *app) snapshotGet() *cobra.Command {
	var dataset string
	cmd := &cobra.Command{
		Use:   "get AS_OF",
		Short: "Show the snapshots of one date",
		Example: `  sfctl snapshot get 2024-01-31
  sfctl snapshot get 2024-01-31 -o json`,
		Args: oneArg("AS_OF"),
	}
	a.datasetFlag(cmd, &dataset, "the dataset")
	cmd.ValidArgsFunction = a.completeArg(asOfDates(&dataset))
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		if err := checkAsOf("AS_OF", args[0]); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.snapshot.GetSnapshot(ctx, &snapshotv1.GetSnapshotRequest{Dataset: dataset, AsOf: args[0]})
		if err != nil {
			return err
		}
		return a.emit(resp, snapshotNames(resp.GetSnapshots()),
			func(w io.Writer) error {
				return a.snapshotTable(w, resp.GetSnapshots(), heldDates(c.retention(cmd.Context(), dataset)))
			})
	})
	return cmd
}

// snapshotNames name a snapshot and its date, as in labels_snapshots/2024-01-31.
func snapshotNames(snapshots []*snapshotv1.Snapshot) []string {
	return names(snapshots, func(s *snapshotv1.Snapshot) string { return s.GetSnapshot() + "/" + s.GetAsOf() })
}

func (a *app) snapshotTable(w io.Writer, snapshots []*snapshotv1.Snapshot, due map[string]string) error {
	columns, marks := markColumns(snapshots, append(slices.Clip(marks), held(due)))
	g := a.grid(append([]printer.Column{
		printer.Text("AS_OF"), printer.Text("SNAPSHOT"), printer.Number("ROWS"), printer.Number("REVISION"),
		printer.Text("KNOWN_AT"), printer.Text("BATCH"), printer.Text("TABLE").InWide(), printer.Text("CONTENT_HASH").InWide(),
	}, columns...)...)
	for _, s := range snapshots {
		g.Row(append([]string{s.GetAsOf(), s.GetSnapshot(), prose.Number(s.GetRows()), prose.Number(int64(s.GetRevision())),
			printer.Moment(s.GetKnownAt()), s.GetBatch(),
			s.GetTable().GetSchema() + "." + s.GetTable().GetName(), s.GetContentHash()}, marks(s)...)...)
	}
	return g.Write(w)
}
