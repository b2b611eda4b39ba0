package command_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestSampleWritesTheSameBytesForTheSameFlags(t *testing.T) {
	t.Parallel()
	one, two, other := t.TempDir(), t.TempDir(), t.TempDir()
	flags := []string{"--users", "50", "--months", "3", "--departed", "5", "--joined", "2", "--start", "2023-11-30"}

	first := sfctl(nil, append([]string{"sample", "--dir", one, "-o", "json"}, flags...)...)
	elsewhere := sfctl(nil, "sample", "--dir", t.TempDir(), "--users", "5", "--server", "127.0.0.1:9")
	byEnv := sfctl(map[string]string{"SFCTL_SERVER": "127.0.0.1:9"}, "sample", "--dir", t.TempDir(), "--users", "5")
	second := sfctl(nil, append([]string{"sample", "--dir", two, "-q"}, flags...)...)
	third := sfctl(nil, append([]string{"sample", "--dir", other, "--seed", "2"}, flags...)...)

	require.Zero(t, first.code, first.err)
	require.Zero(t, second.code, second.err)
	require.Zero(t, third.code, third.err)
	require.Empty(t, second.err)
	require.Contains(t, elsewhere.err, "month_000 --server 127.0.0.1:9\n")
	require.NotContains(t, byEnv.err, "--server", "the environment says it already")
	require.Contains(t, third.err, "Next: sfctl run start --as-of 2023-11-30 --source "+filepath.Join(other, "month_000"))
	var written struct {
		Months []struct {
			AsOf string `json:"as_of"`
			Dir  string
			Rows int64
		}
	}
	require.NoError(t, json.Unmarshal([]byte(first.out), &written))
	require.Len(t, written.Months, 3)
	require.Equal(t, "2024-01-31", written.Months[2].AsOf)
	require.Equal(t, int64(6*(50-2*5+2*2)), written.Months[2].Rows)
	file := "month_002/usage_agg_30d.csv"
	require.Equal(t, read(t, one, file), read(t, two, file))
	require.NotEqual(t, read(t, one, file), read(t, other, file))
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	require.NoError(t, err)
	return string(text)
}

func TestSampleTellsAFullDiskFromWrongUsage(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	disk := sfctl(nil, "sample", "--dir", file, "--users", "5")
	usage := sfctl(nil, "sample", "--dir", t.TempDir(), "--users", "5", "--departed", "9")

	require.Equal(t, 1, disk.code)
	require.Equal(t, 2, usage.code)
}

func TestTheBuiltinDatasetHasNoMistakes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "dataset.yaml")
	require.NoError(t, os.WriteFile(file, builtin.YAML(), 0o600))

	r := sfctl(nil, "dataset", "lint", file)

	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "no mistakes in streamflow version ")
	require.Contains(t, r.out, "(6 tables, 7 snapshots)")
}

func TestLintWarnsOfRowsThatMayNotFit(t *testing.T) {
	t.Parallel()
	yaml := "name: wide\ncalendar: {period: day}\ntables:\n  - name: wide\n    key: [id]\n    columns:\n      - {name: id, type: bigint}\n"
	for i := range 1400 {
		yaml += fmt.Sprintf("      - {name: c%d, type: timestamptz}\n", i)
	}
	file := filepath.Join(t.TempDir(), "wide.yaml")
	require.NoError(t, os.WriteFile(file, []byte(yaml), 0o600))

	r, quiet := sfctl(nil, "dataset", "lint", file), sfctl(nil, "-q", "dataset", "lint", file)

	require.Zero(t, r.code, "it is no mistake")
	require.Contains(t, r.out, "no mistakes in wide version ")
	require.Equal(t, "warning: "+file+`:6:5: tables[0].columns: a row of table "wide" with a value in every column takes up to 11248 bytes, `+
		"and PostgreSQL stores at most 8160 in one row: such a row would end the run; split the table, or declare narrower types\n", r.err)
	require.Empty(t, quiet.err)
}

func TestVersion(t *testing.T) {
	t.Parallel()
	line := sfctl(nil, "version", "--client")
	object := sfctl(nil, "version", "--client", "-o", "json")

	require.Zero(t, line.code)
	require.Regexp(t, `^sfctl \S+ \(.*go1\.\d+\S*, \w+/\w+\)\n$`, line.out)
	var v struct{ Client map[string]any }
	require.NoError(t, json.Unmarshal([]byte(object.out), &v))
	require.Contains(t, v.Client, "revision")
	require.Contains(t, v.Client, "platform")
}

func TestVersionOfBothSides(t *testing.T) {
	t.Parallel()
	both := sfctl(at(holding(t)), "version")
	alone := sfctl(map[string]string{"SFCTL_SERVER": "127.0.0.1:1"}, "version")

	require.Zero(t, both.code)
	require.Regexp(t, `^sfctl .*\ngateway \S+ \(.*go1\.`, both.out)
	require.Zero(t, alone.code, "that none answers is no failure")
	require.Contains(t, alone.err, "The gateway's version is not known: nothing answers at 127.0.0.1:1")
}

func TestHelp(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"help": "--help", "help-run": "run", "help-run-start": "run start --help",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := sfctl(map[string]string{"HOME": "/home/ana"}, strings.Fields(line)...)

			require.Zero(t, r.code)
			require.Empty(t, r.err)
			require.Less(t, strings.Index(r.out, "Examples:"), strings.Index(r.out, "Usage:"), "examples come first")
			golden.Equal(t, name, r.out)
		})
	}
}

func TestCompletionKnowsWhatCanFollow(t *testing.T) {
	t.Parallel()
	script := sfctl(nil, "completion", "bash")
	verbs := sfctl(nil, "__complete", "run", "")
	formats := sfctl(nil, "__complete", "run", "list", "-o", "")

	require.Zero(t, script.code)
	require.Contains(t, script.out, "bash completion V2 for sfctl")
	require.Contains(t, verbs.out, "start\t")
	require.Contains(t, formats.out, "table\nwide\njson\njsonl\nyaml\nname\n")
}

// What a flag may be set by is said in one table for all.
func TestReferenceListsWhatIsReadFromTheEnvironment(t *testing.T) {
	t.Parallel()
	text := sfctl(nil, "reference").out
	_, table, found := strings.Cut(text, "## Environment")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n## ")
	named := regexp.MustCompile(`\[((?:SF|NO)[A-Z]*_[A-Z_]+)\]|\b(SFCTL_[A-Z_]+)`).FindAllStringSubmatch(text, -1)
	require.NotEmpty(t, named)
	for _, n := range named {
		require.Contains(t, table, "| "+n[1]+n[2]+" |")
	}
}

func TestReference(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sfctl.md")

	printed := sfctl(map[string]string{"SFCTL_SERVER": "10.0.0.1:1", "XDG_DATA_HOME": "/x"}, "reference")
	written := sfctl(nil, "reference", file)

	require.Zero(t, printed.code)
	require.Zero(t, written.code)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, printed.out, string(text), "it does not depend on who makes it")
	for _, command := range []string{"run start", "run list", "run get", "run watch", "run cancel", "batch list", "batch get", "plan",
		"snapshot list", "snapshot get", "dataset lint", "dataset apply", "dataset list", "dataset get", "sample", "dev", "version"} {
		require.Contains(t, string(text), "## sfctl "+command+"\n")
	}
	for _, entry := range problem.Registry() {
		require.Contains(t, string(text), "| "+itoa(entry.Exit)+" | ", "the exit code of %s is explained", entry.Reason)
	}
	require.NotContains(t, string(text), "127.0.0.1:1 ")
}

func itoa(n int) string { text, _ := json.Marshal(n); return string(text) }
