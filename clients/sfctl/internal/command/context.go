package command

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/contexts"
	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
)

// configDir is where a person's settings lie; empty where they have no home
// (https://specifications.freedesktop.org/basedir-spec).
func configDir(env func(string) (string, bool)) string {
	if dir, ok := env("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		return filepath.Join(dir, "streamflow")
	}
	if home, ok := env("HOME"); ok && filepath.IsAbs(home) {
		return filepath.Join(home, ".config", "streamflow")
	}
	return ""
}

// contexts are those that are kept, and the file of them; empty where there is no home.
func (a *app) keptContexts() (*contexts.Kept, string, error) {
	dir := configDir(a.proc.Env)
	if dir == "" {
		return &contexts.Kept{All: map[string]contexts.Context{}}, "", nil
	}
	path := filepath.Join(dir, "contexts.yaml")
	c, err := contexts.Read(path)
	if err != nil {
		return nil, path, exit.BadUsage(fmt.Errorf("contexts: %w", err))
	}
	return c, path, nil
}

// inContext has a call go to the gateway of a context: the one that is named, otherwise the
// current one, where no server is given. What a context has is for its server alone, so that
// its token goes to no other.
func (a *app) inContext() error {
	if a.placed {
		return nil
	}
	a.placed = true
	given := a.isGiven("server", "SFCTL_SERVER")
	if given && a.context == "" {
		return nil
	}
	c, _, err := a.keptContexts()
	if err != nil {
		return err
	}
	name := a.context
	if name == "" {
		name = c.Current
	}
	if name == "" {
		return nil
	}
	to, there := c.All[name]
	switch {
	case !there:
		return noContext(name)
	case given && to.Server != a.server:
		return exit.BadUsage(fmt.Errorf("--context %s is of the server %s, and --server (SFCTL_SERVER) says %s: give one of them", name, to.Server, a.server))
	}
	a.server = to.Server
	for _, each := range []struct {
		flag, env string
		to        *string
		value     string
	}{
		{"tls-ca", "SFCTL_TLS_CA", &a.tls.CA, to.CA},
		{"tls-cert", "SFCTL_TLS_CERT", &a.tls.Cert, to.Cert},
		{"tls-key", "SFCTL_TLS_KEY", &a.tls.Key, to.Key},
		{"token-file", "SF_TOKEN_FILE", &a.tokenFile, to.TokenFile},
	} {
		if each.value != "" && !a.isGiven(each.flag, each.env) {
			*each.to = each.value
		}
	}
	if _, given := a.proc.Env("SF_TOKEN"); given && !a.isGiven("token-file", "SF_TOKEN_FILE") {
		a.tokenFile = "" // the environment goes before a context
	}
	return nil
}

// isGiven says whether a setting is given, by its flag or by the environment.
func (a *app) isGiven(flag, env string) bool {
	return a.flags != nil && a.flags.Changed(flag) || a.fromEnv(env, "") != ""
}

func (a *app) contextCommand() *cobra.Command {
	return noun("context", "The gateways that you call, each under a name of yours",
		`  sfctl context set prod --server https://streamflow.example:7100 --tls-ca ca.crt
  sfctl context use prod
  sfctl context list`,
		a.contextList(), a.contextUse(), a.contextSet(), a.contextDelete())
}

func (a *app) contextList() *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List the contexts", Args: noArgs,
		Long:    "List the contexts. The one with a star is used where neither --context nor --server is given.",
		Example: "  sfctl context list",
	}
	cmd.RunE = a.action(func(*cobra.Command, []string) error {
		c, _, err := a.keptContexts()
		if err != nil {
			return err
		}
		return a.emitValue(c, c.Names(), func(w io.Writer) error {
			g := a.grid(printer.Text(""), printer.Text("NAME"), printer.Text("SERVER"), printer.Text("CA"), printer.Text("CERTIFICATE"), printer.Text("TOKEN"))
			for _, name := range c.Names() {
				star, each := "", c.All[name]
				if name == c.Current {
					star = "*"
				}
				g.Row(star, name, each.Server, each.CA, each.Cert, each.TokenFile)
			}
			return g.Write(w)
		})
	})
	return cmd
}

// changeContexts is a command that changes what is kept of a context.
func (a *app) changeContexts(change func(c *contexts.Kept, name string) error) func(*cobra.Command, []string) error {
	return a.action(func(_ *cobra.Command, args []string) error {
		c, path, err := a.keptContexts()
		if err != nil {
			return err
		}
		if err := change(c, args[0]); err != nil {
			return err
		}
		return c.Write(path)
	})
}

func (a *app) contextUse() *cobra.Command {
	cmd := &cobra.Command{
		Use: "use NAME", Short: "Call the gateway of a context from now on", Args: oneArg("NAME"),
		Long:    "Call the gateway of a context from now on, where neither --context nor --server is given.",
		Example: "  sfctl context use prod",
	}
	cmd.ValidArgsFunction = a.contextNames
	cmd.RunE = a.changeContexts(func(c *contexts.Kept, name string) error {
		if _, there := c.All[name]; !there {
			return noContext(name)
		}
		c.Current = name
		a.note("%s is called from now on, at %s.", name, c.All[name].Server)
		return nil
	})
	return cmd
}

func (a *app) contextSet() *cobra.Command {
	cmd := &cobra.Command{
		Use: "set NAME", Short: "Keep how a gateway is called, under a name", Args: oneArg("NAME"),
		Long: `Keep how a gateway is called under a name: what --server, --tls-ca, --tls-cert, --tls-key and
--token-file say. What is not given stays as it was; "" takes it away. The first one is used
from then on. A token is not kept here, but the file that it lies in; who signs in with
sfctl login needs none.`,
		Example: "  sfctl context set prod --server https://streamflow.example:7100 --tls-ca ca.crt\n  sfctl context set prod --token-file ./prod.token",
	}
	cmd.ValidArgsFunction = a.contextNames
	cmd.RunE = a.changeContexts(func(c *contexts.Kept, name string) error {
		if err := contexts.CheckName(name); err != nil {
			return exit.BadUsage(err)
		}
		each, err := a.given(c.All[name])
		if err != nil {
			return err
		}
		c.All[name] = each
		if c.Current == "" {
			c.Current = name
			a.note("%s is the only one, and is called from now on.", name)
		}
		return nil
	})
	return cmd
}

// given is a context with what the flags say.
func (a *app) given(c contexts.Context) (contexts.Context, error) {
	if a.flags.Changed("server") {
		c.Server = a.server
	}
	if c.Server == "" {
		return c, exit.BadUsage(errors.New("want --server: the address of the gateway"))
	}
	if err := checkServer(c.Server); err != nil {
		return c, err
	}
	for flag, to := range map[string]*string{"tls-ca": &c.CA, "tls-cert": &c.Cert, "tls-key": &c.Key, "token-file": &c.TokenFile} {
		if !a.flags.Changed(flag) {
			continue
		}
		*to = a.flags.Lookup(flag).Value.String()
		if *to == "" {
			continue
		}
		var err error
		if *to, err = filepath.Abs(*to); err != nil {
			return c, exit.BadUsage(fmt.Errorf("--%s: %w", flag, err))
		}
	}
	return c, nil
}

func (a *app) contextDelete() *cobra.Command {
	cmd := &cobra.Command{
		Use: "delete NAME", Short: "Forget a context", Args: oneArg("NAME"),
		Long:    "Forget a context. Files that it names stay, and so does who signed in to its gateway (sfctl logout).",
		Example: "  sfctl context delete prod",
	}
	cmd.ValidArgsFunction = a.contextNames
	cmd.RunE = a.changeContexts(func(c *contexts.Kept, name string) error {
		if _, there := c.All[name]; !there {
			return noContext(name)
		}
		delete(c.All, name)
		if c.Current == name {
			c.Current = ""
			a.note("It was the one in use: calls go to %s from now on, or to what --server, --context or sfctl context use says.", DefaultServer)
		}
		return nil
	})
	return cmd
}

func noContext(name string) error {
	f := exit.BadUsage(fmt.Errorf("context %q: there is none of that name", name))
	f.Action = "List them with: sfctl context list"
	return f
}

// contextNames completes the name of a context.
func (a *app) contextNames(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	c, _, err := a.keptContexts()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return c.Names(), cobra.ShellCompDirectiveNoFileComp
}
