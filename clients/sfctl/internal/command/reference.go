package command

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/streamflow/streamflow/platform/problem"
)

// referenceCommand writes the reference of the documentation out of the same
// declarations that the help comes from, so that the two cannot disagree.
func (a *app) referenceCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "reference [FILE]",
		Short:  "Write the reference of all commands as Markdown",
		Hidden: true,
		Args:   cobra.MaximumNArgs(1),
		RunE: a.action(func(_ *cobra.Command, args []string) error {
			// The defaults are shown as they are without the environment of who makes it.
			bare := &app{proc: Process{Env: func(string) (string, bool) { return "", false }}}
			text := reference(bare.root())
			if len(args) == 0 {
				_, err := io.WriteString(a.proc.Out, text)
				return err
			}
			return os.WriteFile(args[0], []byte(text), 0o644) //nolint:gosec // documentation is for everybody
		}),
	}
}

// exits says what each exit code means.
var exits = []struct {
	code  int
	means string
}{
	{problem.ExitOK, "success"},
	{problem.ExitUnexpected, "unexpected: a defect, or a fault without a reason of its own"},
	{problem.ExitUsage, "usage: the command line, the request or the dataset has mistakes"},
	{problem.ExitData, "the data failed validation"},
	{problem.ExitWarnings, "the run succeeded with warnings, and `--fail-on warning` was given"},
	{problem.ExitNotFound, "not found"},
	{problem.ExitConflict, "conflict with what is there"},
	{problem.ExitDenied, "not authenticated or not allowed"},
	{problem.ExitUnavailable, "unavailable or timed out"},
	{problem.ExitLeak, "refused because it would leak"},
	{problem.ExitInterrupted, "interrupted, or the run was cancelled"},
}

func reference(root *cobra.Command) string {
	var out strings.Builder
	fmt.Fprintf(&out, "<!-- Made by `sfctl reference`; do not edit. -->\n\n# sfctl\n\n%s\n", root.Long)
	out.WriteString("\n## Exit codes\n\n| code | meaning |\n| --- | --- |\n")
	for _, e := range exits {
		fmt.Fprintf(&out, "| %d | %s |\n", e.code, e.means)
	}
	out.WriteString("\nA failed run ends with the code of its reason: see [errors.md](errors.md).\n")
	out.WriteString("\n## Environment\n\n| variable | what it does |\n| --- | --- |\n")
	out.WriteString("| SFCTL_SERVER | address of the gateway, where --server is not given |\n")
	out.WriteString("| SFCTL_CONTEXT | name of the gateway, as `sfctl context set` keeps it, where --context is not given |\n")
	out.WriteString("| SFCTL_TLS_CA | CA whose word is taken for the gateway over TLS, where --tls-ca is not given |\n")
	out.WriteString("| SFCTL_TLS_CERT | certificate to show over TLS, where --tls-cert is not given |\n")
	out.WriteString("| SFCTL_TLS_KEY | its private key, where --tls-key is not given |\n")
	out.WriteString("| SFCTL_DATASET | the dataset, where --dataset is not given; otherwise streamflow |\n")
	out.WriteString("| SFCTL_USER | who asks, as the services record it; otherwise user@host. Where the gateway asks for a token, the token's name is recorded |\n")
	out.WriteString("| SF_TOKEN | the token to call with |\n")
	out.WriteString("| SF_ISSUERS_FILE | which OpenID issuers `sfctl dev` believes, where --issuers-file is not given |\n")
	out.WriteString("| SF_GRANTS_FILE | what `sfctl dev` grants to those whom they tell of, where --grants-file is not given |\n")
	out.WriteString("| SF_AUTH | whether `sfctl dev` asks for tokens, where --auth is not given |\n")
	out.WriteString("| SF_TOKEN_FILE | what `--token-file` is by default |\n")
	out.WriteString("| SF_POSTGRES_BIN | folder of PostgreSQL's binaries for `sfctl dev`, where --postgres-bin is not given |\n")
	out.WriteString("| SF_DATA_SCHEMAS | schemas of `sfctl dev`, separated by commas, where --data-schema is not given |\n")
	out.WriteString("| SF_ALLOWED_HOSTS | names under which `sfctl dev` answers over HTTP besides localhost, separated by commas, where --allowed-host is not given |\n")
	out.WriteString("| NO_COLOR | where it is not empty: no colours |\n")
	out.WriteString("\n## Flags of every command\n\n" + flagTable(root.PersistentFlags()))
	for _, c := range root.Commands() {
		section(&out, c)
	}
	return out.String()
}

func section(out *strings.Builder, cmd *cobra.Command) {
	if !cmd.IsAvailableCommand() || cmd.Name() == "help" || cmd.Name() == "completion" {
		return
	}
	fmt.Fprintf(out, "\n## %s\n\n", cmd.CommandPath())
	if cmd.Long != "" {
		out.WriteString(cmd.Long + "\n")
	} else {
		out.WriteString(cmd.Short + ".\n")
	}
	if cmd.HasSubCommands() {
		for _, c := range cmd.Commands() {
			section(out, c)
		}
		return
	}
	fmt.Fprintf(out, "\n```sh\n%s\n```\n", unindent(cmd.Example))
	fmt.Fprintf(out, "\nUsage: `%s`\n", cmd.UseLine())
	if cmd.HasAvailableLocalFlags() {
		out.WriteString("\n" + flagTable(cmd.LocalNonPersistentFlags()))
	}
}

func unindent(example string) string {
	return strings.ReplaceAll(strings.TrimPrefix(example, "  "), "\n  ", "\n")
}

func flagTable(flags *pflag.FlagSet) string {
	var out strings.Builder
	out.WriteString("| flag | default | what it does |\n| --- | --- | --- |\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value := f.DefValue
		if value == "[]" {
			value = ""
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", name, value, strings.ReplaceAll(f.Usage, "|", `\|`))
	})
	return out.String()
}
