package command

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// anApp is sfctl without a terminal, an environment or a server.
func anApp(args ...string) (*app, *bytes.Buffer, *bytes.Buffer) {
	var out, err bytes.Buffer
	return &app{proc: Process{
		Args: args, In: strings.NewReader(""), Out: &out, Err: &err, User: "ana@desk",
		Env:   func(string) (string, bool) { return "", false },
		Width: func() int { return 80 }, Now: time.Now,
	}}, &out, &err
}

// every visits all commands but those that cobra adds.
func every(t *testing.T, visit func(path string, cmd *cobra.Command)) {
	t.Helper()
	a, _, _ := anApp()
	n := 0
	var walk func(cmd *cobra.Command)
	walk = func(cmd *cobra.Command) {
		n++
		visit(cmd.CommandPath(), cmd)
		for _, c := range cmd.Commands() {
			walk(c)
		}
	}
	walk(a.root())
	require.Greater(t, n, 25, "all commands were visited")
}

func TestEveryCommandSaysWhatItDoes(t *testing.T) {
	t.Parallel()
	every(t, func(path string, cmd *cobra.Command) {
		require.NotEmpty(t, cmd.Short, path)
		require.NotRegexp(t, `\.$`, cmd.Short, "%s: a title has no full stop", path)
		require.Regexp(t, `^[A-Z]`, cmd.Short, path)
		if !cmd.Hidden {
			require.NotEmpty(t, cmd.Example, "%s: an example is what people read", path)
		}
		require.NotNil(t, cmd.Args, "%s: a stray argument would be taken without a word", path)
		require.True(t, cmd.Runnable(), path)
	})
}

func TestEveryFlagSaysWhatItIsFor(t *testing.T) {
	t.Parallel()
	name := regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	usage := map[string]string{}
	every(t, func(path string, cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			require.Regexp(t, name, f.Name, path)
			require.NotEmpty(t, f.Usage, "%s --%s", path, f.Name)
			require.NotRegexp(t, `^[A-Z][a-z]`, f.Usage, "%s --%s: as the others, no sentence", path, f.Name)
			require.NotRegexp(t, `\.$`, f.Usage, "%s --%s", path, f.Name)
			if f.Name == "as-of" || f.Name == "limit" {
				kind, known := usage[f.Name]
				require.True(t, !known || kind == f.Value.Type(), "%s --%s is of another type elsewhere", path, f.Name)
				usage[f.Name] = f.Value.Type()
			}
		})
	})
}

// What a help shows is a command line that is understood: its flags are those of the
// command, and it is told all that it needs.
func TestEveryExampleIsUnderstood(t *testing.T) {
	t.Parallel()
	examples := 0
	every(t, func(path string, cmd *cobra.Command) {
		for _, line := range strings.Split(cmd.Example, "\n") {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " #")
			line, _, _ = strings.Cut(line, " |")
			line, _, _ = strings.Cut(line, " >")
			line, _, _ = strings.Cut(line, " <")
			args := shellWords(line)
			if len(args) == 0 {
				continue
			}
			i := slices.Index(args, "sfctl")
			if i < 0 {
				continue // a line of a shell around it
			}
			examples++
			understood(t, path, args[i+1:])
		}
	})
	require.Greater(t, examples, 40)
}

// shellWords are the arguments of a line, of which one in double quotes is one.
func shellWords(line string) []string {
	words := regexp.MustCompile(`"[^"]*"|\S+`).FindAllString(line, -1)
	for i, w := range words {
		words[i] = strings.Trim(w, `"`)
	}
	return words
}

// understood fails where a command line is refused before it is begun.
func understood(t *testing.T, path string, args []string) {
	t.Helper()
	a, _, _ := anApp(args...)
	root := a.root()
	found, rest, err := root.Find(args)
	require.NoError(t, err, "%s: sfctl %s", path, strings.Join(args, " "))
	require.NoError(t, found.ParseFlags(rest), "%s: sfctl %s", path, strings.Join(args, " "))
	require.NoError(t, found.ValidateRequiredFlags(), "%s: sfctl %s", path, strings.Join(args, " "))
	require.NoError(t, found.ValidateFlagGroups(), "%s: sfctl %s", path, strings.Join(args, " "))
	require.NoError(t, found.Args(found, found.Flags().Args()), "%s: sfctl %s", path, strings.Join(args, " "))
}

func TestHelpIsNeverAnError(t *testing.T) {
	t.Parallel()
	every(t, func(path string, _ *cobra.Command) {
		for _, flag := range []string{"--help", "-h"} {
			a, out, errs := anApp(slices.Concat(strings.Fields(path)[1:], []string{flag})...)

			code := Run(context.Background(), a.proc)

			require.Zero(t, code, "%s %s: %s", path, flag, errs.String())
			require.Contains(t, out.String(), "Usage:", path)
			require.Empty(t, errs.String(), path)
		}
	})
}

// A flag that is meant for one server, dataset or output is meant so everywhere.
func TestTheSameFlagMeansTheSame(t *testing.T) {
	t.Parallel()
	short := map[string]string{}
	every(t, func(path string, cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Shorthand == "" {
				return
			}
			long, known := short[f.Shorthand]
			require.True(t, !known || long == f.Name, "%s: -%s is --%s and --%s", path, f.Shorthand, long, f.Name)
			short[f.Shorthand] = f.Name
		})
		if d := cmd.Flags().Lookup("dataset"); d != nil && d.Value.Type() == "string" { // a list of them is what a token is for
			require.Equal(t, defaultDataset, d.DefValue, path)
			require.Contains(t, d.Usage, "[SFCTL_DATASET]", path)
		}
		if l := cmd.Flags().Lookup("limit"); l != nil {
			require.Equal(t, "50", l.DefValue, path)
			require.Contains(t, l.Usage, "0 for all", path)
		}
	})
}

// Whoever writes a word for a verb is told of the one that there is.
func TestAVerbThatIsBegunIsNamed(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"run gt": "get", "batch lst": "list", "snapshot gett": "get", "validation lis": "list", "dataset aply": "apply", "dataset dif": "diff",
		"dataset migrat": "migrate", "dataset delet": "delete", "versio": "version", "snapsot": "snapshot", "sampl": "sample",
	} {
		a, out, errs := anApp(strings.Fields(line)...)

		code := Run(context.Background(), a.proc)

		require.Equal(t, 2, code, line)
		require.Empty(t, out.String(), line)
		require.Contains(t, errs.String(), "did you mean", line)
		require.Contains(t, errs.String(), want, line)
	}
}
