package command

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) datasetVersions() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:     "versions NAME",
		Short:   "List the versions of a dataset, the one applied last first",
		Example: "  sfctl dataset versions streamflow",
		Args:    oneArg("NAME"),
	}
	cmd.ValidArgsFunction = a.completeArg(datasetNames)
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, "show at most this many, the one applied last first; 0 for all")
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		resp := &orchestratorv1.ListDatasetVersionsResponse{}
		var err error
		resp.Versions, resp.NextPageToken, err = gather(cmd.Context(), limit,
			func(ctx context.Context, size int32, token string) ([]*orchestratorv1.DatasetVersion, string, error) {
				page, err := c.orchestrator.ListDatasetVersions(ctx, &orchestratorv1.ListDatasetVersionsRequest{
					Dataset: args[0], PageSize: size, PageToken: token,
				})
				return page.GetVersions(), page.GetNextPageToken(), err
			})
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetVersions()), resp.GetNextPageToken())
		return a.emit(resp, names(resp.GetVersions(), (*orchestratorv1.DatasetVersion).GetVersion),
			func(w io.Writer) error { return a.versionTable(w, resp.GetVersions()) })
	})
	return cmd
}

func (a *app) versionTable(w io.Writer, versions []*orchestratorv1.DatasetVersion) error {
	g := a.grid(printer.Text("VERSION"), printer.Text("CURRENT"), printer.Number("TABLES"), printer.Number("SNAPSHOTS"),
		printer.Text("REQUESTED_BY"), printer.Number("APPLIED"))
	for _, v := range versions {
		current := ""
		if v.GetCurrent() {
			current = "yes"
		}
		g.Row(printer.Short(v.GetVersion()), current, prose.Number(int64(v.GetTables())), prose.Number(int64(v.GetSnapshots())),
			v.GetRequestedBy(), printer.Age(a.proc.Now(), v.GetAppliedAt()))
	}
	return g.Write(w)
}
