package command

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) snapshotPin() *cobra.Command {
	req := &snapshotv1.PinRequest{}
	cmd := &cobra.Command{
		Use:   "pin AS_OF",
		Short: "Keep a date from retention",
		Long: `Keep a date from retention, with all its snapshots and revisions, until it is unpinned. The
reason is shown wherever the date is listed; one that is pinned already gets the new one, and
the one of before is said.`,
		Example: `  sfctl snapshot pin 2024-01-31 --reason "the model in use was trained on it"`,
		Args:    oneArg("AS_OF"),
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	cmd.Flags().StringVar(&req.Reason, "reason", "", "why; shown wherever the date is")
	_ = cmd.MarkFlagRequired("reason")
	cmd.ValidArgsFunction = a.completeArg(asOfDates(&req.Dataset))
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		if err := checkAsOf("AS_OF", args[0]); err != nil {
			return err
		}
		if prose.Blank(req.GetReason()) {
			return exit.BadUsage(errors.New("--reason is empty: why the date is kept is shown wherever it is"))
		}
		req.AsOf, req.RequestedBy = args[0], a.requestedBy()
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.snapshot.Pin(ctx, req)
		if err != nil {
			return err
		}
		return a.emit(resp, []string{resp.GetAsOf()}, func(w io.Writer) error {
			instead := ""
			if was := resp.GetReplaced(); was != nil {
				instead = fmt.Sprintf(" (instead of what %s said at %s: %s)", was.GetPinnedBy(), printer.Moment(was.GetPinnedAt()), was.GetReason())
			}
			_, err := fmt.Fprintf(w, "%s is kept: %s\n", resp.GetAsOf(), printer.OneLine(resp.GetPin().GetReason()+instead))
			return err
		})
	})
	return cmd
}

func (a *app) snapshotUnpin() *cobra.Command {
	req := &snapshotv1.UnpinRequest{}
	cmd := &cobra.Command{
		Use:     "unpin AS_OF",
		Short:   "Give a date back to retention",
		Long:    `Give a date back to retention: if it is due, the next run drops it, which is said.`,
		Example: `  sfctl snapshot unpin 2024-01-31`,
		Args:    oneArg("AS_OF"),
	}
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	cmd.ValidArgsFunction = a.completeArg(asOfDates(&req.Dataset))
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		if err := checkAsOf("AS_OF", args[0]); err != nil {
			return err
		}
		req.AsOf, req.RequestedBy = args[0], a.requestedBy()
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.snapshot.Unpin(ctx, req)
		if err != nil {
			return err
		}
		defer a.noteNext(cmd.Context(), c, req.GetDataset())
		return a.emit(resp, []string{resp.GetAsOf()}, func(w io.Writer) error {
			said := "was not pinned"
			if p := resp.GetPin(); p != nil {
				said = fmt.Sprintf("is not pinned any more (by %s: %s)", p.GetPinnedBy(), p.GetReason())
			}
			_, err := fmt.Fprintf(w, "%s %s\n", resp.GetAsOf(), printer.OneLine(said))
			return err
		})
	})
	return cmd
}
