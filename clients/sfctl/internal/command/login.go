package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/clients/sfctl/internal/signin"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/secretfile"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// logins is where it is kept who signed in to which gateway.
func (a *app) logins() signin.Store {
	dir := configDir(a.proc.Env)
	if dir == "" {
		return signin.Store{}
	}
	return signin.Store{Dir: filepath.Join(dir, "logins")}
}

func (a *app) loginCommand() *cobra.Command {
	var client signin.Client
	var secretFile string
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Sign in to the gateway with an account of your company",
		Long: `Sign in to the gateway with an account of your company: at an OpenID issuer that the gateway
believes, by the device code. A page and a code are shown; open the page in any browser, on
this machine or another, and type the code there.

The token is kept in a file of yours alone, beside the address of the gateway, is sent only
there, and is renewed by itself for as long as the issuer lets it. Who signed in before gives
no flags: the issuer is kept as well. sfctl auth status says who you are.`,
		Example: `  sfctl login --issuer https://login.example
  sfctl login --server https://streamflow.example:7100 --issuer https://login.example --client-id streamflow`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&client.Issuer, "issuer", "", "address of the issuer; otherwise the one that you signed in with before")
	f.StringVar(&client.ID, "client-id", "sfctl", "what the issuer knows sfctl as, which has to be an audience that the gateway takes")
	f.StringVar(&secretFile, "client-secret-file", "", "file of the client's secret, where the issuer wants one")
	f.StringVar(&client.CA, "issuer-ca", "", "file of the CA of the issuer's certificate; otherwise the system's")
	f.StringSliceVar(&client.Scopes, "scope", []string{"openid", "profile", "email", "offline_access"}, "what is asked for; may be repeated")
	_ = cmd.MarkFlagFilename("client-secret-file") // for completion only
	_ = cmd.MarkFlagFilename("issuer-ca")
	cmd.RunE = a.action(func(cmd *cobra.Command, _ []string) error {
		if err := a.inContext(); err != nil {
			return err
		}
		if err := checkServer(a.server); err != nil {
			return err
		}
		client, err := a.client(cmd, client, secretFile)
		if err != nil {
			return err
		}
		return a.login(cmd.Context(), client)
	})
	return cmd
}

// client is by which somebody signs in: as given, otherwise as before.
func (a *app) client(cmd *cobra.Command, given signin.Client, secretFile string) (signin.Client, error) {
	if given.Issuer == "" {
		before, err := a.logins().Read(a.server)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			f := exit.BadUsage(fmt.Errorf("want --issuer: you did not sign in to %s before", a.server))
			f.Action = "Who runs the gateway knows the issuer's address, and what it knows sfctl as (--client-id)."
			return given, f
		case err != nil:
			return given, exit.BadUsage(err)
		}
		given.Issuer, given.CA = before.Issuer, before.CA
		if !cmd.Flags().Changed("client-id") {
			given.ID, given.Secret = before.ID, before.Secret
		}
		if !cmd.Flags().Changed("scope") {
			given.Scopes = before.Scopes
		}
	}
	if secretFile != "" {
		text, err := secretfile.Read(secretFile)
		if err != nil {
			return given, exit.BadUsage(fmt.Errorf("--client-secret-file: %w", err))
		}
		given.Secret = strings.TrimSpace(string(text))
	}
	if given.CA != "" {
		var err error
		if given.CA, err = filepath.Abs(given.CA); err != nil {
			return given, exit.BadUsage(fmt.Errorf("--issuer-ca: %w", err))
		}
	}
	return given, nil
}

// login signs somebody in, and keeps what the gateway takes.
func (a *app) login(ctx context.Context, client signin.Client) error {
	kept, err := client.ByDevice(ctx, a.server, func(page, code, whole string) {
		_, _ = fmt.Fprintf(a.proc.Err, "Open %s and type the code %s", printer.OneLine(page), printer.OneLine(code)) // nobody left to tell
		if whole != "" {
			_, _ = fmt.Fprintf(a.proc.Err, "\n  or %s", printer.OneLine(whole)) // nobody left to tell
		}
		_, _ = fmt.Fprintln(a.proc.Err, "\nWaiting for you to say yes there …") // nobody left to tell
	})
	if err != nil {
		return denied(err)
	}
	c, err := a.connectWith(func(context.Context) (string, error) { return kept.Token, nil })
	if err != nil {
		return err
	}
	defer c.close()
	asking, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	resp, err := c.orchestrator.WhoAmI(asking, &orchestratorv1.WhoAmIRequest{})
	if err != nil {
		return err // and nothing is kept that the gateway does not take
	}
	if err := a.logins().Write(kept); err != nil {
		return fmt.Errorf("you are signed in, and it cannot be kept: %w", err)
	}
	return a.emit(resp, []string{resp.GetIdentity().GetName()}, func(w io.Writer) error { return a.whoTable(w, resp.GetIdentity()) })
}

// denied is the failure of somebody who could not sign in.
func denied(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &exit.Failure{Code: problem.ExitDenied, Reason: string(problem.Unauthenticated), Message: err.Error(), Action: "Try again with sfctl login; see: sfctl login --help"}
}

func (a *app) logoutCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Forget who signed in to the gateway on this machine",
		Long: `Forget who signed in to the gateway on this machine. The issuer knows nothing of it: a copy
of the token, if there is one, is good until it ends.`,
		Example: "  sfctl logout",
		Args:    noArgs,
	}
	cmd.RunE = a.action(func(*cobra.Command, []string) error {
		if err := a.inContext(); err != nil {
			return err
		}
		err := a.logins().Forget(a.server)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			a.note("Nobody is signed in to %s here.", a.server)
			return nil
		case err != nil:
			return err
		}
		a.note("Nobody is signed in to %s here any more.", a.server)
		return nil
	})
	return cmd
}
