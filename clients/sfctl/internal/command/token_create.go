package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) tokenCreate() *cobra.Command {
	var asked newToken
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
	f.StringVar(&asked.name, "name", "", "who will call with it: a person, or a machine")
	f.StringVar(&asked.role, "role", "", "what it may do: reader, operator, steward or admin")
	f.StringSliceVar(&asked.datasets, "dataset", nil, "dataset that it is for; may be repeated; otherwise all")
	f.DurationVar(&asked.lasts, "expires-in", 0, "how long it lasts, such as 2160h for 90 days; otherwise until it is revoked")
	needs(cmd, "name", "role")
	completeWords(cmd, "role", []string{"reader", "operator", "steward", "admin"})
	a.completeFlag(cmd, "dataset", datasetNames)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		asked.ends = cmd.Flags().Changed("expires-in")
		req, err := asked.request(a.requestedBy())
		if err != nil {
			return err
		}
		return a.makeToken(cmd.Context(), c, req)
	})
	return cmd
}

// newToken is a token as it is asked for.
type newToken struct {
	name, role string
	datasets   []string
	lasts      time.Duration
	// ends says that it is to last for no longer than that.
	ends bool
}

func (t newToken) request(by string) (*orchestratorv1.CreateTokenRequest, error) {
	role, err := identity.ParseRole(t.role)
	if err != nil {
		return nil, exit.BadUsage(fmt.Errorf("--role: %w", err))
	}
	req := &orchestratorv1.CreateTokenRequest{
		Name: t.name, Role: role.Proto(), Datasets: t.datasets, AllDatasets: len(t.datasets) == 0, RequestedBy: by,
	}
	if t.ends {
		if t.lasts <= 0 { // 0 would be for ever
			return nil, exit.BadUsage(errors.New("--expires-in: want a time above 0, such as 2160h"))
		}
		req.ExpiresIn = durationpb.New(t.lasts)
	}
	return req, nil
}

// makeToken makes a token, and prints its secret alone on stdout.
func (a *app) makeToken(ctx context.Context, c *clients, req *orchestratorv1.CreateTokenRequest) error {
	notes, err := tokenNotes(ctx, c, req)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
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
}
