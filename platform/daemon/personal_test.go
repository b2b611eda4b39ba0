package daemon_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/personal"
)

// A service gets the keys of personal values from wherever they are, and does not start with
// some that are none.
func TestAServiceHasTheKeysOfPersonalValues(t *testing.T) {
	t.Parallel()
	one, two := personal.NewKey(), personal.NewKey()
	want, err := personal.Parse(two)
	require.NoError(t, err)
	newest, _ := want.Newest()
	file := filepath.Join(t.TempDir(), "pii.keys")
	require.NoError(t, os.WriteFile(file, []byte(one+"\n"+two+"\n"), 0o600))
	open := filepath.Join(t.TempDir(), "open.keys")
	require.NoError(t, os.WriteFile(open, []byte(one), 0o644))

	for name, tc := range map[string]struct {
		cfg     daemon.Config
		refused string
	}{
		"a file":                {daemon.Config{PersonalFile: file}, ""},
		"text":                  {daemon.Config{PersonalText: one + "," + two}, ""},
		"given by the host":     {daemon.Config{Personal: want}, ""},
		"a file before a text":  {daemon.Config{PersonalFile: file, PersonalText: one}, ""},
		"a file that is open":   {daemon.Config{PersonalFile: open}, "chmod 600"},
		"a file that is not":    {daemon.Config{PersonalFile: file + ".none"}, "no such file"},
		"a text that is no key": {daemon.Config{PersonalText: "changeme"}, "SF_PII_KEY: key 1: expected 64 hex digits"},
	} {
		spec := serving(&worker{})
		var got *personal.Keys
		made := spec.New
		spec.New = func(d daemon.Deps) (daemon.Service, error) {
			got = d.Personal
			return made(d)
		}
		tc.cfg.Listener = listener(t)
		err := runs(t, spec, tc.cfg)
		if tc.refused != "" {
			require.ErrorContains(t, err, tc.refused, name)
			require.NotContains(t, err.Error(), one, name)
			continue
		}
		require.NoError(t, err, name)
		key, ok := got.Newest()
		require.True(t, ok, name)
		require.Equal(t, newest, key, name)
	}
}
