package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) tokenCommand() *cobra.Command {
	return noun("token", "Tokens of people and machines: who may do what",
		`  sfctl token create --name ci --role operator --dataset shop --expires-in 2160h
  sfctl token list
  sfctl token revoke tok_01hq7d`,
		a.tokenCreate(), a.tokenList(), a.tokenRevoke())
}

func (a *app) tokenCreate() *cobra.Command {
	req := &orchestratorv1.CreateTokenRequest{}
	var role string
	var lasts time.Duration
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a token, and print its secret this once",
		Long: `Make a token for a person or a machine, and print its secret. Nothing keeps the secret:
who loses it gets another token. Roles, of which each may do what those before it may:

  reader    reads everything, and exports
  operator  starts and cancels runs, builds training sets
  steward   accepts findings; supersedes, rolls back, restamps, pins and drops history
  admin     registers, alters and deletes datasets; makes tokens (one for all datasets only)

The name stands in "requested by" of whatever is done with the token. Several tokens may
have one, as while one replaces another; where they may do different things, a note says so.`,
		Example: `  sfctl token create --name ci --role operator --dataset shop --expires-in 2160h
  sfctl token create --name ann --role reader -q > ann.token`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&req.Name, "name", "", "who will call with it: a person, or a machine")
	f.StringVar(&role, "role", "", "what it may do: reader, operator, steward or admin")
	f.StringSliceVar(&req.Datasets, "dataset", nil, "dataset that it is for; may be repeated; otherwise all")
	f.DurationVar(&lasts, "expires-in", 0, "how long it lasts, such as 2160h for 90 days; otherwise until it is revoked")
	needs(cmd, "name", "role")
	completeWords(cmd, "role", []string{"reader", "operator", "steward", "admin"})
	a.completeFlag(cmd, "dataset", datasetNames)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		asked, err := identity.ParseRole(role)
		if err != nil {
			return exit.BadUsage(fmt.Errorf("--role: %w", err))
		}
		switch {
		case lasts <= 0 && cmd.Flags().Changed("expires-in"): // 0 would be for ever
			return exit.BadUsage(errors.New("--expires-in: want a time above 0, such as 2160h"))
		case lasts > 0:
			req.ExpiresIn = durationpb.New(lasts)
		}
		req.Role, req.AllDatasets, req.RequestedBy = asked.Proto(), len(req.GetDatasets()) == 0, a.requestedBy()
		notes, err := tokenNotes(cmd.Context(), c, req)
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.orchestrator.CreateToken(ctx, req)
		if err != nil {
			return err
		}
		for _, note := range notes {
			a.note("%s", note)
		}
		return a.emit(resp, []string{resp.GetToken().GetId()}, func(w io.Writer) error {
			t := resp.GetToken()
			a.note("%s of %s: %s of %s, until %s. The secret is shown this once:", t.GetId(), t.GetName(), printer.Enum(t.GetRole()), datasetsOf(t), until(t))
			_, err := fmt.Fprintln(w, resp.GetSecret())
			return err
		})
	})
	return cmd
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
