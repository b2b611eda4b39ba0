package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/nearest"
)

// suggestionDistance is how many letters a word may be off and still be guessed.
const suggestionDistance = 2

// aVerb refuses the arguments of a command that only holds others: what cobra found
// no command for.
func aVerb(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return unknownVerb(cmd, args[0])
}

// unknownVerb is the error of `sfctl run stard`.
func unknownVerb(cmd *cobra.Command, verb string) error {
	cmd.SuggestionsMinimumDistance = suggestionDistance
	if near := cmd.SuggestionsFor(verb); len(near) > 0 {
		return fmt.Errorf("unknown command %q for %q: did you mean %s?", verb, cmd.CommandPath(), strings.Join(near, " or "))
	}
	var have []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			have = append(have, c.Name())
		}
	}
	return fmt.Errorf("unknown command %q for %q: it has %s", verb, cmd.CommandPath(), strings.Join(have, ", "))
}

// oneArg wants exactly one argument and names it where it is missing.
func oneArg(name string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return fmt.Errorf("%s is missing", name)
		case 1:
			return nil
		default:
			return fmt.Errorf("unexpected argument %q after %s", args[1], name)
		}
	}
}

// twoArgs wants two arguments, and names the one that is missing.
func twoArgs(first, second string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return fmt.Errorf("%s and %s are missing", first, second)
		case 1:
			return fmt.Errorf("%s is missing", second)
		case 2:
			return nil
		default:
			return fmt.Errorf("unexpected argument %q after %s", args[2], second)
		}
	}
}

// atMostOneArg is oneArg for an argument that may be left out.
func atMostOneArg(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		return oneArg(name)(cmd, args)
	}
}

// checkAsOf wants a date as the services do, before one of them is asked. where is the
// flag or argument that it was given with.
func checkAsOf(where, asOf string) error {
	_, err := dataset.ParseAsOf(asOf)
	var none *dataset.NoSuchDayError
	if errors.As(err, &none) {
		return exit.BadUsage(fmt.Errorf("%s: %w", where, none))
	}
	if err != nil {
		return exit.BadUsage(fmt.Errorf("%s %q: want YYYY-MM-DD, such as 2024-01-31", where, asOf))
	}
	return nil
}

// checkForm is checkAsOf for a date that a calendar will judge: what is no such day goes
// on to where the dataset is known, and the answer is the closest as_of of its calendar.
func checkForm(where, asOf string) error {
	var none *dataset.NoSuchDayError
	if err := checkAsOf(where, asOf); !errors.As(err, &none) {
		return err
	}
	return nil
}

// checkFilter checks --as-of where a list is to be narrowed by it.
func checkFilter(cmd *cobra.Command, asOf string) error {
	if !cmd.Flags().Changed("as-of") {
		return nil
	}
	return checkAsOf("--as-of", asOf)
}

// wanted is what a flag of a type is given, in words.
var wanted = map[string]string{
	"int": "a whole number", "uint64": "a whole number from 0 on", "duration": "a duration, such as 10m", "bool": "true or false",
}

// flagError says what a flag wants, instead of what the parser met.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if near := nearest.Name(unknown.GetSpecifiedName(), flagNames(cmd)); near != "" {
			return fmt.Errorf("%w: did you mean --%s?", err, near)
		}
		return err
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if want, ok := wanted[invalid.GetFlag().Value.Type()]; ok {
			return fmt.Errorf("--%s %q: want %s", invalid.GetFlag().Name, invalid.GetValue(), want)
		}
	}
	return err
}

// flagNames are the flags that a command takes, those of every command included.
func flagNames(cmd *cobra.Command) []string {
	var all []string
	for _, set := range []*pflag.FlagSet{cmd.Flags(), cmd.InheritedFlags()} {
		set.VisitAll(func(f *pflag.Flag) { all = append(all, f.Name) })
	}
	return all
}

// noArgs wants no argument.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("unexpected argument %q", args[0])
	}
	return nil
}

// needs marks flags that a command cannot do without.
func needs(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.MarkFlagRequired(name); err != nil {
			panic(err) //nolint:forbidigo // the flag is not declared: every call of sfctl would show it
		}
	}
}

// helpTemplate and usageTemplate put what people look for first: what it does,
// examples, then everything else.
const helpTemplate = `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{.UsageString}}`

const usageTemplate = `{{if .HasExample}}Examples:
{{.Example}}

{{end}}Usage:{{if .HasAvailableSubCommands}}
  {{.CommandPath}} COMMAND [flags]{{else}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}

Commands:{{range .Commands}}{{if or .IsAvailableCommand (eq .Name "help")}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Flags of every command:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableSubCommands}}

More about a command: {{.CommandPath}} COMMAND --help{{end}}
`
