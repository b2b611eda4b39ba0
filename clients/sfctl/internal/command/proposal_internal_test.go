package command

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// told are the flags whose values somebody can know, and a word that is among them where
// no server is needed for it.
var told = map[string]string{
	"dataset": "", "as-of": "", "batch": "", "accept-from": "", "output": "json", "state": "failed", "fail-on": "warning", "accept": "STALE_EXTRACT",
}

// toldOf are those of one command, where they are other ones.
var toldOf = map[string]string{"sfctl snapshot rollback --accept": "ROLLBACK_MIXED"}

// Tab behind a flag whose values are known proposes them, in every command alike, and
// never the names of files.
func TestEveryFlagWithKnownValuesCompletesThem(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	every(t, func(path string, cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			want, known := told[f.Name]
			if !known || strings.HasPrefix(f.Usage, "file to write") { // where the result is a file, --output names it
				return
			}
			seen[f.Name]++
			if path == "sfctl snapshot rollback" && f.Name == "accept" {
				want = "ROLLBACK_MIXED" // it takes no delivery, and can be told of nothing else
			}
			complete, ok := cmd.GetFlagCompletionFunc(f.Name)
			require.True(t, ok, "%s --%s", path, f.Name)
			if want == "" {
				return // it asks a server
			}
			words, directive := complete(cmd, nil, "")
			if other, ok := toldOf[path+" --"+f.Name]; ok {
				want = other
			}
			require.Contains(t, words, want, "%s --%s", path, f.Name)
			require.Equal(t, cobra.ShellCompDirectiveNoFileComp, directive&cobra.ShellCompDirectiveNoFileComp, "%s --%s", path, f.Name)
		})
	})
	for name := range told {
		if name != "output" { // every command has it from the root
			require.Positive(t, seen[name], "no command has --%s any more", name)
		}
	}
}

// Whatever is named by an argument is completed; a second argument there is none, except
// where the usage says so.
func TestEveryArgumentIsCompletedOnce(t *testing.T) {
	t.Parallel()
	arguments := 0
	every(t, func(path string, cmd *cobra.Command) {
		words := strings.Fields(cmd.Use)
		if len(words) < 2 || strings.HasPrefix(words[1], "-") || strings.Trim(words[1], "[]") == "FILE" || cmd.Hidden {
			return
		}
		arguments++
		require.NotNil(t, cmd.ValidArgsFunction, "%s: Tab behind it would propose files", path)
		if len(words) > 2 {
			return
		}
		proposed, directive := cmd.ValidArgsFunction(cmd, []string{"given"}, "")
		require.Empty(t, proposed, path)
		require.Equal(t, cobra.ShellCompDirectiveNoFileComp, directive, path)
	})
	require.GreaterOrEqual(t, arguments, 8)
}
