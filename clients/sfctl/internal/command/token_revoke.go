package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/ident"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) tokenRevoke() *cobra.Command {
	yes := false
	cmd := &cobra.Command{
		Use:   "revoke TOKEN",
		Short: "End a token, and the sessions of the page that were made by it",
		Long: `End a token, and the sessions of the page that were made by it. It takes effect within
seconds, also for what is under way. TOKEN is its id or a unique part of it, not its secret.

The last by which anybody is admin of all datasets is revoked with --yes only: without one
nobody makes or revokes tokens, or grants roles, through the gateway. Of the others, a token
counts where it is good, and a grant where somebody came in by it.`,
		Example: "  sfctl token revoke tok_01hq7d",
		Args:    oneArg("TOKEN"),
	}
	cmd.ValidArgsFunction = a.completeArg(newestTokens)
	cmd.Flags().BoolVar(&yes, "yes", false, "also the last by which anybody is admin of all datasets")
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		already, err := revokedBefore(cmd.Context(), c, args[0])
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		who, err := c.orchestrator.WhoAmI(ctx, &orchestratorv1.WhoAmIRequest{})
		if err != nil {
			return err
		}
		resp, err := c.orchestrator.RevokeToken(ctx, &orchestratorv1.RevokeTokenRequest{Token: args[0], RequestedBy: a.requestedBy(), LastAdmin: yes})
		if err != nil {
			return err
		}
		if id := who.GetIdentity().GetToken(); id != "" && resp.GetToken().GetId() == id {
			a.note("It is the token that you called with: within seconds it is refused.")
		}
		return a.emit(resp, []string{resp.GetToken().GetId()}, func(w io.Writer) error {
			_, err := io.WriteString(w, revoked(resp.GetToken(), already))
			return err
		})
	})
	return cmd
}

// revokedBefore says whether the token that part stands for was revoked already.
func revokedBefore(ctx context.Context, c *clients, part string) (bool, error) {
	all, _, err := gather(ctx, 0, tokensOf(c, true))
	return theToken(all, part).GetRevokedAt() != nil, err
}

// theToken is the one token that a part of an id stands for, as the orchestrator reads it
// (ident.Pattern); nil where there is none, or several.
func theToken(tokens []*orchestratorv1.Token, part string) (found *orchestratorv1.Token) {
	rest, typed := strings.CutPrefix(part, ident.Token+"_")
	for _, t := range tokens {
		id := strings.TrimPrefix(t.GetId(), ident.Token+"_")
		begins := typed && len(rest) < ident.ShortestPart
		if begins && !strings.HasPrefix(id, rest) || !strings.Contains(id, rest) {
			continue
		}
		if found != nil {
			return nil
		}
		found = t
	}
	return found
}

// revoked says what a revocation came to.
func revoked(t *orchestratorv1.Token, already bool) string {
	name := printer.OneLine(t.GetName())
	if already {
		return fmt.Sprintf("%s of %s: was revoked already, by %s at %s\n", t.GetId(), name, printer.OneLine(t.GetRevokedBy()), printer.Moment(t.GetRevokedAt()))
	}
	return fmt.Sprintf("%s of %s: %s\n", t.GetId(), name, until(t))
}
