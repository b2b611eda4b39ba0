package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

// TestTheGuideToTrainCanBeFollowed does what the guide says, in its order: sfctl, curl, and
// Python where there is one with what the guide imports.
func TestTheGuideToTrainCanBeFollowed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, february)
	dir, bin := t.TempDir(), buildSfctl(t)
	commands, programs := trainGuide(t)
	require.Len(t, commands, 12)
	askAbout(t, dir, january)
	require.Len(t, programs, 4)
	id, token := "", s.tokenFile(t)
	for _, c := range commands {
		if _, err := exec.LookPath("curl"); err != nil && strings.HasPrefix(c, "curl") {
			t.Logf("no curl here: %s", c)
			continue
		}
		out := shell(t, s, dir, bin, strings.NewReplacer("127.0.0.1:8080", s.HTTPAddr(), "@$TOKEN", "@"+token, "trn_…", id, "curl ", "curl --silent --show-error --fail ").Replace(c))
		if i := strings.Index(out, "trn_"); i >= 0 {
			id = out[i : i+len("trn_")+26]
		}
	}
	require.Equal(t, contents(t, filepath.Join(dir, "churn.csv")), contents(t, filepath.Join(dir, "again.csv")))
	shell(t, s, dir, bin, "sfctl training-set export $(sfctl training-set build churn --entity-file asked.csv -o name) -o asked_churn.csv")
	require.Equal(t, contents(t, filepath.Join(dir, "churn.csv")), withoutMoments(t, filepath.Join(dir, "asked_churn.csv")), "asked in February, they have what January's rows have")
	for _, p := range programs {
		t.Run(strings.SplitN(p, "\n", 2)[0], func(t *testing.T) { s.python(t, dir, p) })
	}
}

// shell runs a command of the guide in a folder, and returns what it said.
func shell(t *testing.T, s *suite, dir, bin, line string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = dir
	cmd.Env = s.environment("PATH=" + bin + ":" + os.Getenv("PATH"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s\n%s", line, out)
	return string(out)
}

// askAbout writes the file of entity rows that the guide names: of every user, in February.
func askAbout(t *testing.T, dir, month string) {
	t.Helper()
	rows := "user_id,event_timestamp\n"
	for _, line := range extract.Lines(t, month, "users.csv")[1:] {
		id, _, _ := strings.Cut(line, ",")
		rows += id + ",2024-02-10T18:30:00+01:00\n"
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "asked.csv"), []byte(rows), 0o600))
}

// withoutMoments is a file without its second column.
func withoutMoments(t *testing.T, path string) string {
	t.Helper()
	lines := strings.SplitAfter(contents(t, path), "\n")
	for i, line := range lines {
		if fields := strings.SplitN(line, ",", 3); len(fields) == 3 {
			lines[i] = fields[0] + "," + fields[2]
		}
	}
	return strings.Join(lines, "")
}

// trainGuide returns the commands and the programs of the guide, in order.
func trainGuide(t *testing.T) (commands, programs []string) {
	t.Helper()
	text := contents(t, filepath.Join(extract.Root(), "docs", "guides", "train.md"))
	for i, part := range strings.Split(text, "```") {
		if program, is := strings.CutPrefix(part, "python\n"); is && i%2 == 1 {
			programs = append(programs, program)
			continue
		}
		for _, line := range strings.Split(part, "\n") {
			command, code := strings.CutPrefix(line, "    ")
			switch {
			case !code:
			case strings.HasPrefix(command, "  "): // it goes on
				commands[len(commands)-1] += "\n" + command
			default:
				commands = append(commands, command)
			}
		}
	}
	return commands, programs
}

// python runs a program of the guide on the files of a folder and the rows of a suite. What
// sets a model up or logs it needs scikit-learn or MLflow, and is only read without them.
func (s *suite) python(t *testing.T, dir, program string) {
	t.Helper()
	read := exec.CommandContext(t.Context(), pythonWith(t), "-c", "import ast, sys; ast.parse(sys.stdin.read())")
	read.Stdin = strings.NewReader(program)
	out, err := read.CombinedOutput()
	require.NoError(t, err, string(out))
	imports, said := []string{"pandas", "sklearn"}, `^0\.\d+\n$`
	switch {
	case strings.Contains(program, "mlflow"):
		t.Skip("an MLflow of the reader's own is asked")
	case strings.Contains(program, "sqlalchemy"):
		imports, said = []string{"pandas", "sqlalchemy", "psycopg2"}, `^\d+\n$`
		program = strings.Replace(program, "postgresql+psycopg2://reader:…@host/streamflow", "postgresql+psycopg2"+strings.TrimPrefix(s.OwnerURL(), "postgres"), 1) + "print(len(rows))\n"
	}
	run := exec.CommandContext(t.Context(), pythonWith(t, imports...), "-c", program)
	run.Dir = dir
	out, err = run.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Regexp(t, said, string(out))
}
