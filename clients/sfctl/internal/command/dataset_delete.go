package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) datasetDelete() *cobra.Command {
	req := &orchestratorv1.DeleteDatasetRequest{}
	cmd := &cobra.Command{
		Use:   "delete NAME",
		Short: "Take a dataset out of the registry, and free the names of its tables",
		Long: `Take a dataset out of the registry, and free the names of its tables and snapshots for
other datasets. It is refused while a run of it has not ended, and, without --keep-tables,
while it has history or live rows. No table is ever dropped: runs, batches, validations
and tables stay, and applying the dataset again goes on with them. Another dataset may
go on with live tables of the columns that it declares; what was stamped stays history of
the deleted one, and another's snapshots need other names.`,
		Example: `  sfctl dataset delete trial
  sfctl dataset delete trial --keep-tables`,
		Args: oneArg("NAME"),
	}
	cmd.ValidArgsFunction = a.completeArg(datasetNames)
	cmd.Flags().BoolVar(&req.KeepTables, "keep-tables", false, "also where it has history or live rows, which stay where they are")
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		req.Dataset, req.RequestedBy = args[0], a.requestedBy()
		resp, err := c.orchestrator.DeleteDataset(ctx, req)
		if err != nil {
			return err
		}
		return a.emit(resp, []string{args[0]}, func(w io.Writer) error {
			_, err := io.WriteString(w, deleted(args[0], resp))
			return err
		})
	})
	return cmd
}

// deleted says what a deletion came to.
func deleted(name string, resp *orchestratorv1.DeleteDatasetResponse) string {
	if resp.GetVersion() == "" {
		return fmt.Sprintf("%s was deleted already\n", name)
	}
	var freed []string
	for _, t := range resp.GetTables() {
		freed = append(freed, t.GetSchema()+"."+t.GetName())
	}
	if resp.GetNeverPublished() {
		return fmt.Sprintf("%s deleted; no run of it came to publishing, so no table was made: its names are free for other datasets: %s\n", name, strings.Join(freed, ", "))
	}
	return fmt.Sprintf("%[1]s deleted; what stands under its names stays: %[2]s\n"+
		"%[1]s, applied again, goes on with all of it; another dataset may go on with live tables of the columns that it declares, and needs other names for its snapshots where %[1]s stamped any\n",
		name, strings.Join(freed, ", "))
}
