package command

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) tokenCommand() *cobra.Command {
	return noun("token", "Tokens of people and machines: who may do what",
		`  sfctl token create --name ci --role operator --dataset shop --expires-in 2160h
  sfctl token list
  sfctl token revoke tok_01hq7d`,
		a.tokenCreate(), a.tokenList(), a.tokenRevoke())
}

// datasetsOf says which datasets a token is for.
func datasetsOf(t *orchestratorv1.Token) string {
	if t.GetAllDatasets() {
		return "all datasets"
	}
	return strings.Join(t.GetDatasets(), ", ")
}

// until says when a token ends, or how it has.
func until(t *orchestratorv1.Token) string {
	switch {
	case t.GetRevokedAt() != nil:
		return "revoked by " + printer.OneLine(t.GetRevokedBy())
	case t.GetExpiresAt() != nil:
		return printer.Moment(t.GetExpiresAt())
	default:
		return "it is revoked"
	}
}

func (a *app) tokenList() *cobra.Command {
	var limit int
	var ended bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the tokens, without their secrets",
		Long:    "List the tokens, the newest first, without their secrets. USED is true to the minute.",
		Example: "  sfctl token list\n  sfctl token list --ended -o wide",
		Args:    noArgs,
	}
	cmd.Flags().BoolVar(&ended, "ended", false, "also those that have ended or were revoked")
	limitFlag(cmd, &limit)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		resp := &orchestratorv1.ListTokensResponse{}
		var err error
		resp.Tokens, resp.NextPageToken, err = gather(cmd.Context(), limit, tokensOf(c, ended))
		if err != nil {
			return err
		}
		defer a.moreNote(len(resp.GetTokens()), resp.GetNextPageToken())
		return a.emit(resp, names(resp.GetTokens(), (*orchestratorv1.Token).GetId), func(w io.Writer) error {
			return a.tokenTable(w, resp.GetTokens())
		})
	})
	return cmd
}

// tokensOf asks for a page of the tokens that are good; ended says whether also for the others.
func tokensOf(c *clients, ended bool) func(context.Context, int32, string) ([]*orchestratorv1.Token, string, error) {
	return func(ctx context.Context, size int32, token string) ([]*orchestratorv1.Token, string, error) {
		page, err := c.orchestrator.ListTokens(ctx, &orchestratorv1.ListTokensRequest{PageSize: size, PageToken: token, Ended: ended})
		return page.GetTokens(), page.GetNextPageToken(), err
	}
}

// newestTokens are the ids of the newest tokens that are good.
func newestTokens(ctx context.Context, c *clients) ([]string, error) {
	resp, err := c.orchestrator.ListTokens(ctx, &orchestratorv1.ListTokensRequest{PageSize: completed})
	return names(resp.GetTokens(), (*orchestratorv1.Token).GetId), err
}

func (a *app) tokenTable(w io.Writer, tokens []*orchestratorv1.Token) error {
	now := a.proc.Now()
	g := a.grid(printer.Text("TOKEN"), printer.Text("NAME"), printer.Text("ROLE"), printer.Text("DATASETS"), printer.Text("UNTIL"), printer.Text("USED"),
		printer.Text("CREATED").InWide(), printer.Text("BY").InWide())
	for _, t := range tokens {
		used := "never"
		if t.GetLastUsedAt() != nil {
			used = printer.Age(now, t.GetLastUsedAt())
		}
		g.Row(t.GetId(), printer.OneLine(t.GetName()), printer.Enum(t.GetRole()), datasetsOf(t), until(t), used, printer.Moment(t.GetCreatedAt()), printer.OneLine(t.GetCreatedBy()))
	}
	return g.Write(w)
}
