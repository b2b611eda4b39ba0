package personal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/personal"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

var people = personal.Table{Dataset: "shop", Key: []string{"id", "day"}, Personal: []string{"id", "email"}}

func keys(t *testing.T, text ...string) *personal.Keys {
	t.Helper()
	k, err := personal.Parse(strings.Join(text, "\n"))
	require.NoError(t, err)
	return k
}

func TestKeysAreLinesOfAFile(t *testing.T) {
	t.Parallel()
	one, two := personal.NewKey(), personal.NewKey()
	require.NotEqual(t, one, two)
	for name, tc := range map[string]struct{ text, refused string }{
		"one":            {one, ""},
		"two":            {one + "\n" + two + "\n", ""},
		"with a comma":   {one + "," + two, ""},
		"with blanks":    {"\n " + one + " \r\n\n", ""},
		"none":           {"\n", "expected 1 to 16 keys, the newest last, found 0"},
		"too short":      {one + "\n" + two[2:], "key 2: expected 64 hex digits"},
		"no hex":         {strings.Repeat("x", 64), "key 1: expected 64 hex digits"},
		"the same twice": {one + "\n" + two + "\n" + one, "key 3: expected each key once"},
		"more than sixteen": {func() (all string) {
			for range 17 {
				all += personal.NewKey() + "\n"
			}
			return all
		}(), "found 17"},
	} {
		k, err := personal.Parse(tc.text)
		if tc.refused != "" {
			require.ErrorContains(t, err, tc.refused, name)
			require.NotContains(t, err.Error(), two[2:], "a key is not told")
			continue
		}
		require.NoError(t, err, name)
		newest, ok := k.Newest()
		require.True(t, ok)
		again, ok := k.ByID(newest.ID)
		require.True(t, ok)
		require.Equal(t, newest, again)
	}
}

func TestAFileOfKeysIsASecret(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	require.NoError(t, os.WriteFile(path, []byte(personal.NewKey()), 0o600))
	_, err := personal.Open(path)
	require.NoError(t, err)
	require.NoError(t, os.Chmod(path, 0o644))
	_, err = personal.Open(path)
	require.ErrorContains(t, err, "chmod 600")
	_, err = personal.Open(path + ".none")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestATokenIsTheSameForTheSameValue(t *testing.T) {
	t.Parallel()
	one := personal.NewKey()
	veil := keys(t, one).Veil(people)
	token := veil.Value("id", "u-1")

	require.Regexp(t, `^pii:[0-9a-f]{4}:[0-9a-f]{16}$`, token)
	require.Equal(t, token, veil.Value("email", "u-1"), "whichever column has it")
	require.Equal(t, token, keys(t, one).Veil(people).Value("id", "u-1"), "whichever service shows it")
	require.NotEqual(t, token, veil.Value("id", "u-2"))
	require.NotEqual(t, token, keys(t, personal.NewKey()).Veil(people).Value("id", "u-1"), "another key makes another")
	other := people
	other.Dataset = "inn"
	require.NotEqual(t, token, keys(t, one).Veil(other).Value("id", "u-1"), "another dataset has others")
	require.Equal(t, "5", veil.Value("age", "5"), "what is not personal is shown")
	require.Equal(t, []string{token, "2024-01-31"}, veil.Key([]string{"u-1", "2024-01-31"}))
	require.Equal(t, []string{token, "(hidden)"}, veil.Values([]string{"id"}, []string{"u-1", "more"}))
	require.Equal(t, "(hidden)", veil.Line("u-1,5"))
}

func TestWithoutAKeyNothingIsShown(t *testing.T) {
	t.Parallel()
	var none *personal.Keys
	veil := none.Veil(people)
	require.Equal(t, "(hidden)", veil.Value("id", "u-1"))
	require.Nil(t, none.Forms(people, []string{"u-1", "x"}))
	_, ok := none.ByID("0")
	require.False(t, ok)

	open := keys(t, personal.NewKey()).Veil(personal.Table{Dataset: "shop", Key: []string{"id"}})
	require.Nil(t, open, "nothing is personal")
	require.Equal(t, "u-1", open.Value("id", "u-1"))
	require.Equal(t, []string{"u-1"}, open.Key([]string{"u-1"}))
	require.Equal(t, "u-1,5", open.Line("u-1,5"))
	require.False(t, open.Hides("id"))
}

// What was written under an older key is found under it.
func TestFormsAreOfEveryKey(t *testing.T) {
	t.Parallel()
	older, newer := personal.NewKey(), personal.NewKey()
	both := keys(t, older, newer)
	was, is := keys(t, older).Veil(people).Value("id", "u-1"), keys(t, newer).Veil(people).Value("id", "u-1")

	require.Equal(t, is, both.Veil(people).Value("id", "u-1"), "the last line is the newest")
	require.Equal(t, [][]string{{is, "d"}, {was, "d"}}, both.Forms(people, []string{"u-1", "d"}))
	require.Nil(t, both.Forms(people, []string{"u-1"}), "no key of the table")
	require.Nil(t, both.Forms(personal.Table{Dataset: "shop", Key: []string{"id"}, Personal: []string{"email"}}, []string{"u-1"}))
}

func TestTablesOfADataset(t *testing.T) {
	t.Parallel()
	d := &datasetv1.Dataset{Name: "shop", Tables: []*datasetv1.Table{{Name: "people", Key: []string{"id"}}, {Name: "days", Key: []string{"day"}}}}
	require.Equal(t, map[string]personal.Table{
		"people": {Dataset: "shop", Name: "people", Key: []string{"id"}, Personal: []string{"email"}},
		"days":   {Dataset: "shop", Name: "days", Key: []string{"day"}},
	}, personal.Tables(d, map[string][]string{"people": {"email"}}))
}
