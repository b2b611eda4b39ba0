package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) grantRevoke() *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use:   "revoke GRANT",
		Short: "Take a role back",
		Long: `Take a role back. It takes effect within seconds, also for what is under way. GRANT is its id
or a unique part of it; one of the orchestrator's file is taken back there.

The last by which anybody is admin of all datasets is taken back with --yes only.`,
		Example: "  sfctl grant revoke gra_01hq7d",
		Args:    oneArg("GRANT"),
	}
	cmd.ValidArgsFunction = a.completeArg(newestGrants)
	cmd.Flags().BoolVar(&yes, "yes", false, "also the last by which anybody is admin of all datasets")
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.orchestrator.RevokeRole(ctx, &orchestratorv1.RevokeRoleRequest{Grant: args[0], RequestedBy: a.requestedBy(), LastAdmin: yes})
		if err != nil {
			return err
		}
		return a.emit(resp, []string{resp.GetGrant().GetId()}, func(w io.Writer) error {
			g := resp.GetGrant()
			_, err := fmt.Fprintf(w, "%s: %s of %s is %s's no more, revoked by %s at %s\n", g.GetId(), printer.Enum(g.GetRole()), datasetsGranted(g), grantees(g),
				printer.OneLine(g.GetRevokedBy()), printer.Moment(g.GetRevokedAt()))
			return err
		})
	})
	return cmd
}
