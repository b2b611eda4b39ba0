package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// newGrant is a grant as it is asked for.
type newGrant struct {
	role, issuer, subject    string
	datasets, groups, claims []string
}

func (a *app) grantCreate() *cobra.Command {
	var asked newGrant
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Give a role to somebody whom an OpenID issuer tells of",
		Long: `Give a role to a subject of an OpenID issuer, or to whoever the issuer says certain things of:
that they are in a group, or that a CI job is of a repository. What is given is all needed at
once; another grant gives it to others as well. Roles are those of tokens.

The issuer has to be one that the gateway believes. Who somebody is to it, sfctl auth status
tells them. Of an issuer that others use too, such as the one of a CI service, a grant counts
only where it names whose the job is (repository=…).`,
		Example: `  sfctl grant create --role steward --issuer https://login.example --subject 248289761001
  sfctl grant create --role reader --issuer https://login.example --group data
  sfctl grant create --role operator --dataset shop --issuer https://token.actions.githubusercontent.com --claim repository=shop/etl --claim environment=production`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&asked.role, "role", "", "what they may do: reader, operator, steward or admin")
	f.StringSliceVar(&asked.datasets, "dataset", nil, "dataset that it is for; may be repeated; otherwise all")
	f.StringVar(&asked.issuer, "issuer", "", "address of the issuer, as it stands in its tokens (iss)")
	f.StringVar(&asked.subject, "subject", "", "who it is for, as the issuer calls them (sub)")
	f.StringArrayVar(&asked.groups, "group", nil, "group that they have to be in; may be repeated")
	f.StringArrayVar(&asked.claims, "claim", nil, "NAME=VALUE that the issuer has to say of them; may be repeated")
	needs(cmd, "role", "issuer")
	completeWords(cmd, "role", []string{"reader", "operator", "steward", "admin"})
	a.completeFlag(cmd, "dataset", datasetNames)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		req, err := asked.request(a.requestedBy())
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.orchestrator.GrantRole(ctx, req)
		if err != nil {
			return err
		}
		return a.emit(resp, []string{resp.GetGrant().GetId()}, func(w io.Writer) error {
			g := resp.GetGrant()
			_, err := fmt.Fprintf(w, "%s: %s of %s, to %s of %s\n", g.GetId(), printer.Enum(g.GetRole()), datasetsGranted(g), grantees(g), printer.OneLine(g.GetIssuer()))
			return err
		})
	})
	return cmd
}

func (g newGrant) request(by string) (*orchestratorv1.GrantRoleRequest, error) {
	role, err := identity.ParseRole(g.role)
	if err != nil {
		return nil, exit.BadUsage(fmt.Errorf("--role: %w", err))
	}
	if g.subject == "" && len(g.groups) == 0 && len(g.claims) == 0 {
		return nil, exit.BadUsage(fmt.Errorf("want --subject, --group or --claim: the issuer %s alone is everybody that it knows", g.issuer))
	}
	req := &orchestratorv1.GrantRoleRequest{
		Role: role.Proto(), Datasets: g.datasets, AllDatasets: len(g.datasets) == 0, Issuer: g.issuer, Subject: g.subject, RequestedBy: by,
	}
	for _, group := range g.groups {
		req.Claims = append(req.Claims, &orchestratorv1.Claim{Name: "groups", Value: group})
	}
	for _, text := range g.claims {
		name, value, found := strings.Cut(text, "=")
		if !found || name == "" || value == "" {
			return nil, exit.BadUsage(fmt.Errorf("--claim %q: want NAME=VALUE, such as repository=shop/etl", text))
		}
		req.Claims = append(req.Claims, &orchestratorv1.Claim{Name: name, Value: value})
	}
	return req, nil
}
