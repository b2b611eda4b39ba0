package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

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

It listens on loopback only. Runs may read files from any folder that you may read;
--source-root narrows that.`,
		Example: `  sfctl dev
  sfctl dev --data ./sf --listen 127.0.0.1:0 --http-listen 127.0.0.1:0
  sfctl dev --source-root /srv/extracts -v`,
		Args: noArgs,
	}
	f := cmd.Flags()
	f.StringVar(&cfg.DataDir, "data", "", "folder of the data; otherwise /var/lib/streamflow for root, $XDG_DATA_HOME/streamflow or ~/.local/share/streamflow for others")
	f.StringVar(&cfg.PostgresBin, "postgres-bin", "", "folder of PostgreSQL's binaries, 15 or newer; looked for where it is not given [SF_POSTGRES_BIN]")
	f.StringVar(&cfg.GRPCListen, "listen", devsuite.DefaultGRPCListen, "address for sfctl; port 0 takes any")
	f.StringVar(&cfg.HTTPListen, "http-listen", devsuite.DefaultHTTPListen, "address of the page and the REST API; port 0 takes any")
	f.StringArrayVar(&cfg.SourceRoots, "source-root", []string{"/"}, "folder that files may come from; may be repeated")
	f.BoolVarP(&verbose, "verbose", "v", false, "log everything, not only warnings")
	for _, name := range []string{"data", "postgres-bin", "source-root"} {
		_ = cmd.MarkFlagDirname(name) // for completion only
	}
	cmd.RunE = a.action(func(cmd *cobra.Command, _ []string) error {
		level := "warn"
		if verbose {
			level = "info"
		}
		var err error
		if cfg.Log, err = telemetry.NewLogger(a.proc.Err, telemetry.FormatText, level, ""); err != nil {
			return err
		}
		if cfg.SourceRoots, err = roots(cfg.SourceRoots); err != nil {
			return err
		}
		if cfg.DataDir == "" {
			cfg.DataDir = dataDir(a.proc.Env, os.Geteuid())
		}
		if cfg.DataDir, err = filepath.Abs(cfg.DataDir); err != nil {
			return exit.BadUsage(fmt.Errorf("--data: %w", err))
		}
		return a.dev(cmd.Context(), cfg)
	})
	return cmd
}

// dataDir is where the data lies unless told: where the system keeps the state of its
// services for root, who cannot use the home (PostgreSQL runs as another user, who
// cannot enter it), and the user's own data folder otherwise
// (https://specifications.freedesktop.org/basedir-spec).
func dataDir(env func(string) (string, bool), uid int) string {
	if uid == 0 {
		return "/var/lib/streamflow"
	}
	if dir, ok := env("XDG_DATA_HOME"); ok && filepath.IsAbs(dir) {
		return filepath.Join(dir, "streamflow")
	}
	home, _ := env("HOME")
	return filepath.Join(home, ".local", "share", "streamflow")
}

func roots(given []string) ([]string, error) {
	absolute := make([]string, 0, len(given))
	for _, root := range given {
		path, err := filepath.Abs(root)
		if err != nil {
			return nil, exit.BadUsage(fmt.Errorf("--source-root %s: %w", root, err))
		}
		absolute = append(absolute, path)
	}
	return absolute, nil
}

// dev runs the suite until the context ends or a service fails.
func (a *app) dev(ctx context.Context, cfg devsuite.Config) error {
	began := time.Now()
	a.note("Starting in %s …", cfg.DataDir)
	s, err := devsuite.Start(ctx, cfg)
	if err != nil {
		return devError(err)
	}
	if err := a.whereabouts(cfg, s, time.Since(began)); err != nil {
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

// devError says what to do where an address is taken.
func devError(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return &exit.Failure{
			Code: problem.ExitConflict, Reason: string(problem.ServiceUnavailable), Message: err.Error(),
			Action: "Another sfctl dev may be running. Stop it, or choose other addresses with --listen and --http-listen.",
		}
	}
	return err
}
