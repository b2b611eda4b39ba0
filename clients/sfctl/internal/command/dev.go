package command

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
)

// stopLimit is how long an orderly stop may take: calls get ten seconds to end, the
// rest is PostgreSQL's last checkpoint.
const stopLimit = time.Minute

func (a *app) devCommand() *cobra.Command {
	var cfg devsuite.Config
	var verbose bool
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run the whole suite on this machine, until Ctrl-C",
		Long: `Run the whole suite in one process: the five services, and a private PostgreSQL
started from this machine's binaries. Everything is kept in one folder; a second start
goes on with it, also after a crash. Ctrl-C stops all in order, a second Ctrl-C at once.

It listens on loopback unless told otherwise, and asks everybody for a token. Yours lies in
the data folder, where sfctl finds it by itself and curl -H @FILE reads it; the link that is
printed lets a browser in, once. With --auth none whoever reaches it may do everything.
With --tls it speaks TLS, of a CA that is made at each start and lies beside the token: sfctl
finds it, curl takes it with --cacert, and a browser asks once.

Who is let in reads, by runs, what you may read in the folders that files may come from: those
that --root names, otherwise the current folder. For root, and in /, there is no such default.`,
		Example: `  sfctl dev
  sfctl dev --data ./sf --listen 127.0.0.1:0 --http-listen 127.0.0.1:0
  sfctl dev --root /srv/extracts -v`,
		Args: noArgs,
	}
	a.devFlags(cmd, &cfg)
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "log everything, not only warnings")
	cmd.RunE = a.action(func(cmd *cobra.Command, _ []string) error {
		level := "warn"
		if verbose {
			level = "info"
		}
		var err error
		if cfg.Log, err = telemetry.NewLogger(a.proc.Err, telemetry.FormatText, level, ""); err != nil {
			return err
		}
		if err := leaveOtherServers(); err != nil {
			return err
		}
		if err := a.settle(&cfg); err != nil {
			return err
		}
		return a.dev(cmd.Context(), cfg)
	})
	return cmd
}

// devFlags declares where the suite keeps its data, listens and reads files from.
func (a *app) devFlags(cmd *cobra.Command, cfg *devsuite.Config) {
	f := cmd.Flags()
	f.StringVar(&cfg.DataDir, "data", "", "folder of the data; otherwise /var/lib/streamflow for root, $XDG_DATA_HOME/streamflow or ~/.local/share/streamflow for others")
	f.StringVar(&cfg.PostgresBin, "postgres-bin", "", "folder of PostgreSQL's binaries, 15 or newer; looked for where it is not given [SF_POSTGRES_BIN]")
	f.StringVar(&cfg.GRPCListen, "listen", devsuite.DefaultGRPCListen, "address for sfctl; port 0 takes any")
	f.StringVar(&cfg.HTTPListen, "http-listen", devsuite.DefaultHTTPListen, "address of the page and the REST API; port 0 takes any")
	f.StringVar(&cfg.Auth, "auth", a.fromEnv("SF_AUTH", devsuite.AuthTokens), "tokens: everybody is asked for one; none: whoever reaches it may do everything [SF_AUTH]")
	f.BoolVar(&cfg.TLS, "tls", false, "speak TLS on both ports, by a CA that is made at each start")
	f.StringVar(&cfg.IssuersFile, "issuers-file", a.fromEnv("SF_ISSUERS_FILE", ""), "file of the OpenID issuers whose tokens are taken, beside those of the suite [SF_ISSUERS_FILE]")
	f.StringVar(&cfg.GrantsFile, "grants-file", a.fromEnv("SF_GRANTS_FILE", ""), "file of roles that are granted to those whom they tell of [SF_GRANTS_FILE]")
	f.StringArrayVar(&cfg.AllowedHosts, "allowed-host", a.listFromEnv("SF_ALLOWED_HOSTS"), "name that the page and the REST API answer under, beside localhost, or *.example.com; may be repeated [SF_ALLOWED_HOSTS]")
	f.StringArrayVar(&cfg.SourceRoots, "root", nil, "folder that files may come from; otherwise the current one; may be repeated")
	f.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if name == "source-root" { // as ingest itself has it
			name = "root"
		}
		return pflag.NormalizedName(name)
	})
	f.StringArrayVar(&cfg.DataSchemas, "data-schema", a.listFromEnv("SF_DATA_SCHEMAS"), "schema that datasets may make tables in, besides public; made where it is missing; may be repeated [SF_DATA_SCHEMAS]")
	for _, name := range []string{"data", "postgres-bin", "root"} {
		_ = cmd.MarkFlagDirname(name) // for completion only
	}
}

// dev runs the suite until the context ends or a service fails.
func (a *app) dev(ctx context.Context, cfg devsuite.Config) error {
	began := time.Now()
	a.warnOfOthers(cfg)
	a.note("Starting in %s …", cfg.DataDir)
	s, err := devsuite.Start(ctx, cfg)
	if err != nil {
		return devError(err)
	}
	if err := a.whereabouts(ctx, cfg, s, time.Since(began)); err != nil {
		return errors.Join(err, s.Stop(ctx))
	}
	failed := make(chan error, 1)
	go func() { failed <- s.Wait() }() // ends with Stop, below
	select {
	case err = <-failed:
	case <-ctx.Done():
		a.note("Stopping; Ctrl-C again ends it at once.")
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
	defer cancel()
	if err := errors.Join(err, s.Stop(stopping)); err != nil {
		return devError(err)
	}
	a.note("Stopped. The data is in %s; sfctl dev goes on with it.", cfg.DataDir)
	return nil
}

// devError says what to do where an address is taken, or is none.
func devError(err error) error {
	var address *net.OpError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return &exit.Failure{
			Code: problem.ExitUnavailable, Reason: string(problem.ServiceUnavailable), Message: err.Error(),
			Action: "Another sfctl dev may be running. Stop it, or choose other addresses with --listen and --http-listen.",
		}
	case errors.As(err, &address) && address.Op == "listen" && !errors.Is(err, context.Canceled):
		return exit.BadUsage(fmt.Errorf("%w: give --listen and --http-listen addresses of this machine, such as %s", err, devsuite.DefaultGRPCListen))
	default:
		return err
	}
}
