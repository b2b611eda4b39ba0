package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) snapshotRetain() *cobra.Command {
	req := &orchestratorv1.StartRunRequest{Mode: orchestratorv1.RunMode_RUN_MODE_RETENTION}
	var w wait
	cmd := &cobra.Command{
		Use:   "retain",
		Short: "Drop the dates that a dataset's history is not to keep",
		Long: `Drop the dates that a dataset's history is not to keep, as its history: {keep: N} or
{keep_for: DAYS} says. Every run that stamps does so in its end; this is for a history that was
cut by a new version of the dataset, or where something was in the way. It is a run.

A date goes with all its snapshots and revisions. Its entries stay, and every list says that
its rows were dropped; they do not come back, and the date is not taken again. The newest date
is never dropped, nor one that is pinned, or that a training set stands on which was not
forgotten. What somebody has put onto a table of a date keeps it, and is named.

With --dry-run nothing is dropped: each date is shown with what becomes of it, and why.`,
		Example: `  sfctl snapshot retain --dry-run
  sfctl snapshot retain --reason "36 months are what the contract asks for"`,
		Args: noArgs,
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	w.flags(cmd)
	detach, dry := false, false
	f := cmd.Flags()
	f.BoolVar(&dry, "dry-run", false, "only say what would be dropped")
	f.BoolVar(&detach, "detach", false, "print the run's id and do not wait")
	f.StringVar(&req.Reason, "reason", "", "why; kept with the run")
	f.StringVar(&req.RequestId, "request-id", "", "key under which the same request may be sent again; made up where it is not given")
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if dry {
			return a.planRetention(cmd.Context(), c, req.GetDataset())
		}
		if err := w.check(); err != nil {
			return err
		}
		run, err := a.ask(cmd.Context(), c, req)
		if err != nil {
			return err
		}
		return a.awaitUnless(cmd.Context(), detach, c, run, w)
	})
	return cmd
}

// planRetention says what becomes of each date.
func (a *app) planRetention(ctx context.Context, c *clients, dataset string) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	resp, err := c.snapshot.PlanRetention(ctx, &snapshotv1.PlanRetentionRequest{Dataset: dataset})
	if err != nil {
		return err
	}
	return a.emit(resp, names(resp.GetDates(), (*snapshotv1.RetainedDate).GetAsOf), func(w io.Writer) error {
		if len(resp.GetDates()) == 0 {
			a.note("No snapshots of %s.", dataset)
			return nil
		}
		return a.retentionTable(w, resp)
	})
}

func (a *app) retentionTable(w io.Writer, resp *snapshotv1.PlanRetentionResponse) error {
	g := a.grid(printer.Text("AS_OF"), printer.Text("STATE"), printer.Number("ROWS"), printer.Text("WHY"),
		printer.Text("SNAPSHOTS").InWide(), printer.Text("DROPPED").InWide())
	due := 0
	for _, d := range resp.GetDates() {
		if d.GetState() == snapshotv1.RetentionState_RETENTION_STATE_DUE {
			due++
		}
		g.Row(d.GetAsOf(), printer.Enum(d.GetState()), prose.Number(d.GetRows()), printer.OneLine(d.GetWhy()),
			strings.Join(d.GetSnapshots(), ", "), printer.Moment(d.GetDroppedAt()))
	}
	if err := g.Write(w); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s: %s would be dropped\n", printer.OneLine(resp.GetRule()), prose.Count(int64(due), "date"))
	return err
}
