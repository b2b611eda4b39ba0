package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/clients/sfctl/internal/report"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) snapshotRestatements() *cobra.Command {
	req := &snapshotv1.ListRestatementsRequest{}
	var limit int
	cmd := &cobra.Command{
		Use:   "restatements",
		Short: "List what corrections changed in history, who asked for them, and why",
		Example: `  sfctl snapshot restatements
  sfctl snapshot restatements --as-of 2024-01-31 -o json`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	a.onlyAsOfFlag(cmd, &req.AsOf, &req.Dataset)
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := checkForm("--as-of", req.GetAsOf()); req.GetAsOf() != "" && err != nil {
			return err
		}
		resp := &snapshotv1.ListRestatementsResponse{}
		var err error
		resp.Restatements, resp.NextPageToken, err = gather(cmd.Context(), limit,
			func(ctx context.Context, size int32, token string) ([]*snapshotv1.Restatement, string, error) {
				req.PageSize, req.PageToken = size, token
				page, err := c.snapshot.ListRestatements(ctx, req)
				return page.GetRestatements(), page.GetNextPageToken(), err
			})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetRestatements()), resp.GetNextPageToken())
		runs := names(resp.GetRestatements(), (*snapshotv1.Restatement).GetRun)
		return a.emit(resp, runs, func(w io.Writer) error {
			if len(resp.GetRestatements()) == 0 {
				a.note("Nothing of %s was corrected.", req.GetDataset())
				return nil
			}
			return writeRestatements(w, resp.GetRestatements())
		})
	})
	return cmd
}

// writeRestatements writes one paragraph for each: who, when and why, then what changed.
func writeRestatements(w io.Writer, all []*snapshotv1.Restatement) error {
	for i, r := range all {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintf(w, "%s corrected at %s by %s, %s: %s\n", r.GetAsOf(), printer.Moment(r.GetKnownAt()),
			printer.OneLine(r.GetRequestedBy()), r.GetRun(), printer.OneLine(r.GetReason()))
		if err != nil {
			return err
		}
		if err := report.Restated(r.GetSnapshots()).Write(w); err != nil {
			return err
		}
		if err := writeBuiltOn(w, r); err != nil {
			return err
		}
	}
	return nil
}

// writeBuiltOn says which training sets hold what was wrong, and what was laid over it.
func writeBuiltOn(w io.Writer, r *snapshotv1.Restatement) error {
	if dates := r.GetLaidOver(); len(dates) > 0 {
		if _, err := fmt.Fprintf(w, "Incremental extracts laid over what was superseded: %s.\n", strings.Join(dates, ", ")); err != nil {
			return err
		}
	}
	if r.GetBuiltOnCount() == 0 {
		return nil
	}
	var sets []string
	for _, b := range r.GetBuiltOn() {
		sets = append(sets, fmt.Sprintf("%s (%s, of %s)", b.GetTrainingSet(), b.GetName(), strings.Join(b.GetSnapshots(), ", ")))
	}
	if more := r.GetBuiltOnCount() - int64(len(sets)); more > 0 {
		sets = append(sets, fmt.Sprintf("and %s more", prose.Number(more)))
	}
	_, err := fmt.Fprintf(w, "Built on what was superseded: %s.\n", strings.Join(sets, ", "))
	return err
}
