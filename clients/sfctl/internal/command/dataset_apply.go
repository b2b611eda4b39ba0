package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) datasetApply() *cobra.Command {
	req := &orchestratorv1.ApplyDatasetRequest{}
	cmd := &cobra.Command{
		Use:   "apply FILE",
		Short: "Register a dataset; the same content is the same version",
		Long: `Register a dataset, and print what differs from the version that was current, how heavy
that is for the tables that are there, what the next run alters in them, and what it means
for the dates that are stamped. It is checked
first, every mistake at once; then whether the schemas and tables that are there
take what its runs will write. A version that drops, narrows or re-keys what has rows or
history is refused, with the ways out. The same content is the same version; runs that
have begun keep the version that they began with. --dry-run says all of that, and registers
nothing.`,
		Example: `  sfctl dataset apply dataset.yaml
  sfctl dataset apply dataset.yaml --dry-run`,
		Args: oneArg("FILE"),
	}
	cmd.Flags().BoolVar(&req.DryRun, "dry-run", false, "say what would become of it, and register nothing")
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		d, err := a.readDataset(args[0])
		if err != nil {
			return err
		}
		req.Dataset, req.RequestedBy = d, a.requestedBy()
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.orchestrator.ApplyDataset(ctx, req)
		if err != nil {
			return err
		}
		for _, warning := range resp.GetWarnings() {
			defer a.note("warning: %s", warning)
		}
		for _, note := range resp.GetNotes() {
			defer a.note("note: %s", note)
		}
		return a.emit(resp, []string{d.GetName()}, func(w io.Writer) error { return a.applied(w, req, resp) })
	})
	return cmd
}

// applied says what became of a dataset, or would.
func (a *app) applied(w io.Writer, req *orchestratorv1.ApplyDatasetRequest, resp *orchestratorv1.ApplyDatasetResponse) error {
	became := "registered, and current from now on"
	switch {
	case resp.GetUnchanged():
		became = "unchanged: it was current already"
	case req.GetDryRun():
		became = "would be registered: this was a dry run"
	}
	_, err := fmt.Fprintf(w, "%s version %s %s\n", req.GetDataset().GetName(), printer.Short(resp.GetVersion().GetVersion()), became)
	if err == nil && len(resp.GetChanges()) > 0 {
		err = a.changes(w, resp.GetPreviousVersion(), resp.GetVersion().GetVersion(), resp.GetChanges())
	}
	if err != nil {
		return err
	}
	return nextRun(w, resp.GetNextRun())
}
