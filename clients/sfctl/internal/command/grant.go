package command

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) grantCommand() *cobra.Command {
	return noun("grant", "Roles of those whom an OpenID issuer tells of",
		`  sfctl grant create --role operator --dataset shop --issuer https://login.example --group data
  sfctl grant list
  sfctl grant revoke gra_01hq7d`,
		a.grantCreate(), a.grantList(), a.grantRevoke())
}

// grantees says whom a grant is for.
func grantees(g *orchestratorv1.Grant) string {
	var all []string
	if g.GetSubject() != "" {
		all = append(all, g.GetSubject())
	}
	for _, c := range g.GetClaims() {
		all = append(all, c.GetName()+"="+c.GetValue())
	}
	return printer.OneLine(strings.Join(all, " and "))
}

// datasetsGranted says which datasets a grant is for.
func datasetsGranted(g *orchestratorv1.Grant) string {
	return datasetsOf(&orchestratorv1.Token{AllDatasets: g.GetAllDatasets(), Datasets: g.GetDatasets()})
}

func (a *app) grantList() *cobra.Command {
	var limit int
	var ended bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the grants",
		Long: `List the grants: those of the orchestrator's file (file:N), which are changed there, and then
the others, the newest first. USED is when somebody came in by one last, true to the minute.`,
		Example: "  sfctl grant list\n  sfctl grant list --ended -o wide",
		Args:    noArgs,
	}
	cmd.Flags().BoolVar(&ended, "ended", false, "also those that were revoked")
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		resp := &orchestratorv1.ListGrantsResponse{}
		var err error
		resp.Grants, resp.NextPageToken, err = gather(cmd.Context(), limit, grantsOf(c, ended))
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetGrants()), resp.GetNextPageToken())
		return a.emit(resp, names(resp.GetGrants(), (*orchestratorv1.Grant).GetId), func(w io.Writer) error {
			return a.grantTable(w, resp.GetGrants())
		})
	})
	return cmd
}

// grantsOf asks for a page of the grants that are good; ended says whether also for the others.
func grantsOf(c *clients, ended bool) func(context.Context, int32, string) ([]*orchestratorv1.Grant, string, error) {
	return func(ctx context.Context, size int32, token string) ([]*orchestratorv1.Grant, string, error) {
		page, err := c.orchestrator.ListGrants(ctx, &orchestratorv1.ListGrantsRequest{PageSize: max(size, 1), PageToken: token, Ended: ended})
		return page.GetGrants(), page.GetNextPageToken(), err
	}
}

// newestGrants are the ids of the newest grants that are good and can be revoked.
func newestGrants(ctx context.Context, c *clients) (ids []string, err error) {
	resp, err := c.orchestrator.ListGrants(ctx, &orchestratorv1.ListGrantsRequest{PageSize: completed})
	for _, g := range resp.GetGrants() {
		if !g.GetFromFile() {
			ids = append(ids, g.GetId())
		}
	}
	return ids, err
}

func (a *app) grantTable(w io.Writer, grants []*orchestratorv1.Grant) error {
	now := a.proc.Now()
	g := a.grid(printer.Text("GRANT"), printer.Text("ROLE"), printer.Text("DATASETS"), printer.Text("TO"), printer.Text("ISSUER"), printer.Text("USED"),
		printer.Text("CREATED").InWide(), printer.Text("BY").InWide())
	for _, each := range grants {
		g.Row(each.GetId(), printer.Enum(each.GetRole()), datasetsGranted(each), grantees(each), printer.OneLine(each.GetIssuer()), grantUsed(each, func() string { return printer.Age(now, each.GetLastUsedAt()) }),
			printer.Moment(each.GetCreatedAt()), printer.OneLine(each.GetCreatedBy()))
	}
	return g.Write(w)
}

// grantUsed says when somebody came in by a grant, or why nobody does.
func grantUsed(g *orchestratorv1.Grant, age func() string) string {
	switch {
	case g.GetRevokedAt() != nil:
		return "revoked by " + printer.OneLine(g.GetRevokedBy())
	case g.GetFromFile():
		return ""
	case g.GetLastUsedAt() == nil:
		return "never"
	default:
		return age()
	}
}
