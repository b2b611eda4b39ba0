package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) snapshotRevisions() *cobra.Command {
	req := &snapshotv1.ListRevisionsRequest{}
	var limit int
	cmd := &cobra.Command{
		Use:   "revisions",
		Short: "List the revisions of snapshots, superseded ones as well",
		Example: `  sfctl snapshot revisions --as-of 2024-01-31
  sfctl snapshot revisions --snapshot labels_snapshots -o wide`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	cmd.Flags().StringVar(&req.Snapshot, "snapshot", "", "only the snapshots of this name")
	a.completeFlag(cmd, "snapshot", stampedNames(&req.Dataset))
	a.onlyAsOfFlag(cmd, &req.AsOf, &req.Dataset)
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := checkForm("--as-of", req.GetAsOf()); req.GetAsOf() != "" && err != nil {
			return err
		}
		resp := &snapshotv1.ListRevisionsResponse{}
		var err error
		resp.Revisions, resp.NextPageToken, err = gather(cmd.Context(), limit,
			func(ctx context.Context, size int32, token string) ([]*snapshotv1.Snapshot, string, error) {
				req.PageSize, req.PageToken = size, token
				page, err := c.snapshot.ListRevisions(ctx, req)
				return page.GetRevisions(), page.GetNextPageToken(), err
			})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetRevisions()), resp.GetNextPageToken())
		return a.emit(resp, revisionNames(resp.GetRevisions()), func(w io.Writer) error {
			if len(resp.GetRevisions()) == 0 {
				a.note("No snapshots of %s.", req.GetDataset())
				return nil
			}
			return a.revisionTable(w, resp.GetRevisions())
		})
	})
	return cmd
}

// onlyAsOfFlag adds --as-of to a command that lists.
func (a *app) onlyAsOfFlag(cmd *cobra.Command, asOf, dataset *string) {
	cmd.Flags().StringVar(asOf, "as-of", "", "only those of this date, YYYY-MM-DD")
	a.completeFlag(cmd, "as-of", asOfDates(dataset))
}

// revisionNames name a snapshot, its date and its revision, as in labels_snapshots/2024-01-31/2.
func revisionNames(revisions []*snapshotv1.Snapshot) []string {
	return names(revisions, func(s *snapshotv1.Snapshot) string {
		return fmt.Sprintf("%s/%s/%d", s.GetSnapshot(), s.GetAsOf(), s.GetRevision())
	})
}

// why is the reason of a revision, behind what a rollback made current again by it.
func why(s *snapshotv1.Snapshot) string {
	if s.GetRestores() == 0 {
		return printer.OneLine(s.GetReason())
	}
	return fmt.Sprintf("rollback of %d to %d: %s", s.GetRevision()-1, s.GetRestores(), printer.OneLine(s.GetReason()))
}

func (a *app) revisionTable(w io.Writer, revisions []*snapshotv1.Snapshot) error {
	columns, marks := markColumns(revisions, marks)
	g := a.grid(append([]printer.Column{
		printer.Text("AS_OF"), printer.Text("SNAPSHOT"), printer.Number("REVISION"), printer.Number("ROWS"), printer.Text("KNOWN_AT"),
		printer.Text("SUPERSEDED_AT"), printer.Text("REASON"), printer.Text("REQUESTED_BY").InWide(), printer.Text("RUN").InWide(),
		printer.Text("RELATION").InWide(), printer.Text("CONTENT_HASH").InWide(),
	}, columns...)...)
	for _, s := range revisions {
		g.Row(append([]string{s.GetAsOf(), s.GetSnapshot(), prose.Number(int64(s.GetRevision())), prose.Number(s.GetRows()), printer.Moment(s.GetKnownAt()),
			printer.Moment(s.GetSupersededAt()), why(s), printer.OneLine(s.GetRequestedBy()), s.GetRun(),
			s.GetRelation().GetSchema() + "." + s.GetRelation().GetName(), s.GetContentHash()}, marks(s)...)...)
	}
	return g.Write(w)
}
