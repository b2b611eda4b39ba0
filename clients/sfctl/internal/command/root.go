package command

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/buildinfo"
	"github.com/streamflow/streamflow/platform/problem"
)

// DefaultServer is the gateway's gRPC address that `sfctl dev` listens on.
const DefaultServer = "127.0.0.1:7100"

// Main runs sfctl in this process and returns its exit code. The first Ctrl-C asks
// the command to end in order, the second ends it at once.
func Main() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return Run(ctx, OS())
}

// Run runs one command line and returns the exit code.
func Run(ctx context.Context, proc Process) int {
	a := &app{proc: proc, format: printer.Table}
	root := a.root()
	root.SetArgs(proc.Args)
	root.SetIn(proc.In)
	root.SetOut(proc.Out)
	root.SetErr(proc.Err)
	shells(root)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return problem.ExitOK
	}
	failure := a.failure(cmd, err)
	// An error that cannot be shown is still told by the exit code.
	_ = failure.Print(proc.Err, a.format, a.errStyle())
	return failure.Code
}

// failure reads how a command ended. What fails before it begins is wrong usage, told
// in the format that was asked for, also behind the flag that was not understood.
func (a *app) failure(cmd *cobra.Command, err error) *exit.Failure {
	if a.began {
		return a.advised(exit.Of(err, a.server))
	}
	if f, parseErr := printer.ParseFormat(a.outputAsked()); parseErr == nil {
		a.format = f
	}
	f := exit.BadUsage(err)
	f.Action = "See: " + cmd.CommandPath() + " --help"
	return f
}

// outputAsked looks for --output alone on the command line.
func (a *app) outputAsked() string {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.ParseErrorsAllowlist.UnknownFlags = true
	flags.BoolP("help", "h", false, "") // a flag set without it prints its own
	asked := flags.StringP("output", "o", a.output, "")
	_ = flags.Parse(a.proc.Args) // what else is wrong with it is told already
	return *asked
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "sfctl",
		Short: "Validated, point-in-time-correct feature snapshots in your own PostgreSQL",
		Long: `sfctl runs and asks StreamFlow: monthly files go in, validated live tables and
immutable snapshots by as_of come out.

Results go to stdout, everything else to stderr. Flags win over the environment
(SFCTL_SERVER, SFCTL_CONTEXT, SFCTL_DATASET, SFCTL_USER, SF_TOKEN, SF_TOKEN_FILE, NO_COLOR),
the environment over the context in use, and that over the defaults. Who signed in with
sfctl login, and the token of sfctl dev on this machine, are found by themselves.`,
		Example: `  sfctl dev                                                   # the whole suite on this machine
  sfctl sample --dir ./data                                   # two months of made-up data
  sfctl run start --as-of 2024-01-31 --source ./data/month_000
  sfctl snapshot list`,
		Args:              aVerb,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
	}
	root.Version = "sfctl " + buildinfo.Read().String()
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetUsageTemplate(usageTemplate)
	root.SetHelpTemplate(helpTemplate)
	root.SetFlagErrorFunc(flagError)
	flags := root.PersistentFlags()
	a.flags = flags
	flags.StringVar(&a.context, "context", a.fromEnv("SFCTL_CONTEXT", ""), "name of the gateway to call, as sfctl context set keeps it [SFCTL_CONTEXT]")
	_ = root.RegisterFlagCompletionFunc("context", a.contextNames)
	flags.StringVar(&a.server, "server", a.fromEnv("SFCTL_SERVER", DefaultServer), "address of the gateway, https://host:port where it speaks TLS [SFCTL_SERVER]")
	a.tlsFlags(flags)
	flags.StringVar(&a.tokenFile, "token-file", a.fromEnv("SF_TOKEN_FILE", ""), "file of the token to call with; otherwise SF_TOKEN, or that of sfctl dev [SF_TOKEN_FILE]")
	flags.StringVarP(&a.output, "output", "o", string(printer.Table), "how results are written: "+strings.Join(printer.Formats(), ", "))
	flags.BoolVar(&a.noColor, "no-color", false, "no colours [NO_COLOR]")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "no progress and no notes, only results and errors")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(printer.Formats(), cobra.ShellCompDirectiveNoFileComp))
	root.AddCommand(
		a.runCommand(), a.planCommand(), a.batchCommand(), a.validationCommand(), a.snapshotCommand(), a.trainingSetCommand(), a.feastCommand(), a.datasetCommand(), a.unmaskCommand(),
		a.loginCommand(), a.logoutCommand(), a.contextCommand(), a.tokenCommand(), a.grantCommand(), a.authCommand(), a.auditCommand(),
		a.sampleCommand(), a.devCommand(), a.versionCommand(), a.referenceCommand(),
	)
	return root
}

func (a *app) fromEnv(name, otherwise string) string {
	if v, ok := a.proc.Env(name); ok && v != "" {
		return v
	}
	return otherwise
}

// noun makes a command that only holds others. Without a verb it shows them; with one
// that it does not have, it says which was probably meant.
func noun(use, short, example string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: aVerb,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(verbs...)
	return cmd
}
