package config_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/config"
)

func TestAVariableThatCannotBeReadSaysWhatItTakes(t *testing.T) {
	t.Parallel()
	for variable, c := range map[string]struct{ value, says string }{
		"SF_WAIT":  {"10", `SF_WAIT="10": expected a time, such as 10s`},
		"SF_COUNT": {"many", `SF_COUNT="many": expected a whole number`},
		"SF_FAST":  {"yes", `SF_FAST="yes": expected true or false`},
	} {
		_, _, err := parse(t, map[string]string{variable: c.value})
		require.ErrorContains(t, err, c.says)
	}
}

func TestAFlagDoesNotHideAVariableThatIsWrong(t *testing.T) {
	t.Parallel()
	_, _, err := parse(t, map[string]string{"SF_COUNT": "many"}, "--count", "3")
	require.ErrorContains(t, err, "SF_COUNT", "it would strike once the flag is gone")
}

func TestTheFirstOfSeveralIsSaid(t *testing.T) {
	t.Parallel()
	_, _, err := parse(t, map[string]string{"SF_COUNT": "many", "SF_WAIT": "soon"})
	require.ErrorContains(t, err, "SF_WAIT", "in the order of their declaration")
	require.NotContains(t, err.Error(), "SF_COUNT")
}

func TestListsAreReadAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  string
		args []string
		want []string
	}{
		"blanks around":           {" /a ,/b ", nil, []string{"/a", "/b"}},
		"an empty one between":    {"/a,,/b,", nil, []string{"/a", "/b"}},
		"one flag for two":        {"", []string{"--root=/x,/y"}, []string{"/x", "/y"}},
		"a flag over a variable":  {"/a,/b", []string{"--root=/x"}, []string{"/x"}},
		"flags add to each other": {"/a", []string{"--root=/x", "--root=/y,/z"}, []string{"/x", "/y", "/z"}},
		"blanks inside":           {"/my data", nil, []string{"/my data"}},
	} {
		got, _, err := parse(t, map[string]string{"SF_ROOTS": c.env}, c.args...)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got.roots, name)
	}
}

func TestHelpNamesEachSettingOnceWithItsDefault(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := config.New("ingestd serve", &out, func(string) (string, bool) { return "", false })
	wait, count, roots := 3*time.Second, 4, []string{"/data", "/more"}
	s.Lead("Usage: %s [settings]\n", "ingestd")
	s.Duration(&wait, "wait", "SF_WAIT", "how long to wait")
	s.Int(&count, "count", "SF_COUNT", "how many")
	s.List(&roots, "root", "SF_ROOTS", "a folder; may be repeated")

	_, err := s.Parse([]string{"--help"})

	require.Error(t, err)
	text := out.String()
	require.True(t, bytes.HasPrefix(out.Bytes(), []byte("Usage: ingestd [settings]\n")), text)
	for _, want := range []string{"how long to wait [SF_WAIT] (default 3s)", "how many [SF_COUNT] (default 4)", "a folder; may be repeated [SF_ROOTS] (default /data,/more)"} {
		require.Equal(t, 1, bytes.Count(out.Bytes(), []byte(want)), "%s in\n%s", want, text)
	}
}

func TestTheProcessItselfIsAskedWhereNothingElseIs(t *testing.T) {
	t.Setenv("SF_NAME", "from the process")
	name := ""
	s := config.New("test", &bytes.Buffer{}, nil)
	s.String(&name, "name", "SF_NAME", "a name")

	_, err := s.Parse(nil)

	require.NoError(t, err)
	require.Equal(t, "from the process", name)
}
