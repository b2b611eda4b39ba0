package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

// shown is a command of the README, and what is printed below it, if anything is.
type shown struct {
	command string
	output  []string
}

// TestREADME does what the README says, in its order, on a suite where `make demo` has
// published January, and compares what it shows. What differs from run to run is
// masked, and a … of the README stands for anything.
func TestREADME(t *testing.T) {
	t.Parallel()
	s := setup(t)
	dir := t.TempDir()
	bin := buildSfctl(t)
	replace := strings.NewReplacer("/srv/", dir+"/", "127.0.0.1:8080", s.HTTPAddr(), "@$TOKEN", "@"+s.tokenFile(t), "curl ", "curl --silent --show-error --fail ")
	run := "run_…"
	sh := func(command string) (string, error) {
		cmd := exec.Command("sh", "-c", strings.ReplaceAll(replace.Replace(command), "run_…", run))
		cmd.Dir = dir
		cmd.Env = s.environment("PATH=" + bin + ":" + os.Getenv("PATH"))
		out, err := cmd.CombinedOutput()
		if ids := runID.FindAllString(string(out), -1); len(ids) > 0 {
			run = ids[len(ids)-1]
		}
		return string(out), err
	}
	_, err := sh("sfctl sample --dir .build/demo/data && sfctl run start --as-of 2024-01-31 --source .build/demo/data/month_000")
	require.NoError(t, err)
	deliver(t, dir)

	transcripts := 0
	for _, c := range readREADME(t) {
		if len(c.output) > 0 {
			transcripts++
		}
		t.Run(c.command, func(t *testing.T) {
			program, _, _ := strings.Cut(c.command, " ")
			if _, err := exec.LookPath(program); err != nil && program != "sfctl" {
				t.Skip("no " + program + " here")
			}
			out, err := sh(c.command)
			if len(c.output) == 0 {
				require.NoError(t, err, out)
				return
			}
			require.Regexp(t, pattern(c.output), mask(out))
		})
	}
	require.NotZero(t, transcripts, "output that the README shows")
}

func buildSfctl(t *testing.T) (bin string) {
	t.Helper()
	bin = t.TempDir()
	cmd := exec.Command("go", "build", "-o", bin, "./cmd/sfctl")
	cmd.Dir = filepath.Join(extract.Root(), "clients", "sfctl")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return bin
}

// deliver makes what the README takes as there: tables of the reader's own, and the
// dataset that declares them.
func deliver(t *testing.T, dir string) {
	t.Helper()
	shop := filepath.Join(dir, "data", "shop")
	require.NoError(t, os.MkdirAll(shop, 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(shop, "customers.csv"), []byte("customer_id,city\nc1,Bern\nc2,Lyon\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "my.yaml"), []byte(shopYAML), 0o600))
}

const shopYAML = `name: shop
calendar: {period: month_end}
tables:
- name: customers
  columns:
  - {name: customer_id, type: text}
  - {name: city, type: text}
  key: [customer_id]
  expectations:
  - {type: expect_column_values_to_not_be_null, kwargs: {column: city}}
snapshots:
- {name: customers_snapshots, from: customers}
`

// readREADME returns the lines of its code that call sfctl or curl, in order. In a
// fence, a command has a prompt, and all below it is its output. `sfctl dev` is the
// suite itself.
func readREADME(t *testing.T) (commands []shown) {
	t.Helper()
	var at *shown // whose output the lines are
	fenced := false
	lines := extract.Lines(t, extract.Root(), "README.md")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if strings.HasPrefix(line, "```") {
			fenced, at = !fenced, nil
			continue
		}
		prompt := "$ "
		if !fenced {
			prompt = "    "
		}
		command, code := strings.CutPrefix(line, prompt)
		for code && strings.HasSuffix(command, "\\") && i+1 < len(lines) {
			i++
			command += "\n" + lines[i]
		}
		switch {
		case code && call.MatchString(command):
			commands = append(commands, shown{command: command})
			at = &commands[len(commands)-1]
		case fenced && at != nil:
			at.output = append(at.output, line)
		}
	}
	return commands
}

var (
	call  = regexp.MustCompile(`^(sfctl (sample|run|plan|snapshot|dataset|batch|validation)|curl) `)
	runID = regexp.MustCompile(`\brun_[0-9a-z]{26}\b`)
	// masks are what differs from one run to the next, and the blanks that it moves.
	masks = []struct {
		what *regexp.Regexp
		as   string
	}{
		{regexp.MustCompile(`\b(run|val)_[0-9a-z]{26}\b`), "$1"},
		{regexp.MustCompile(`\b(\d+m)?\d+(\.\d+)?m?s\b`), "TIME"},
		{regexp.MustCompile(`[ \t]+`), " "},
	}
)

func mask(text string) string {
	for _, m := range masks {
		text = m.what.ReplaceAllString(text, m.as)
	}
	return strings.TrimSpace(text)
}

// pattern matches output as it is shown.
func pattern(output []string) string {
	return `(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(mask(strings.Join(output, "\n"))), "…", ".*") + `$`
}
