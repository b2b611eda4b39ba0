package audit_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/audit"
)

func TestAKeyIsMadeOnceAndForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit-key")
	require.NoError(t, audit.MakeKey(path))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	before, err := audit.ReadKey(path)
	require.NoError(t, err)
	require.Regexp(t, "^[0-9a-f]{16}$", before.ID)

	require.NoError(t, os.Remove(path+".pub"))
	require.NoError(t, audit.MakeKey(path))
	after, err := audit.ReadKey(path)
	require.NoError(t, err)
	require.Equal(t, before.ID, after.ID, "one that is there is kept")
	public, err := audit.ReadPublic(path + ".pub")
	require.NoError(t, err)
	require.Equal(t, before.ID, public.ID)
}

func TestWhatIsNoKeyIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "audit-key")
	require.NoError(t, audit.MakeKey(path))
	write := func(name, text string, mode os.FileMode) string {
		at := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(at, []byte(text), mode))
		return at
	}
	open := write("open", "x", 0o644)
	require.NoError(t, os.Chmod(open, 0o644))
	for at, want := range map[string]string{
		open:                           "found mode 0644",
		write("text", "secret", 0o600): "expected a private key in PEM, found none",
		write("half", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0o600): "expected a private key of PKCS #8",
		filepath.Join(dir, "none"): "no such file",
	} {
		_, err := audit.ReadKey(at)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "the audit key")
	}
	_, err := audit.ReadPublic(path)
	require.ErrorContains(t, err, "expected a public key in PEM, found none")
	_, err = audit.ReadKey(path + ".pub")
	require.Error(t, err)
	require.ErrorContains(t, audit.MakeKey(open), "found mode 0644", "it is not written over")
	require.Error(t, audit.MakeKey(filepath.Join(dir, "none", "key")))
}

func TestAKeyOnOneLineIsTheSameKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit-key")
	require.NoError(t, audit.MakeKey(path))
	of, err := audit.ReadKey(path)
	require.NoError(t, err)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	line := strings.Split(string(text), "\n")[1]
	for _, said := range []string{line, " " + line + "\n", string(text)} {
		key, err := audit.ParseKey(said)
		require.NoError(t, err)
		require.Equal(t, of.ID, key.ID)
	}
	for _, wrong := range []string{"", "hunter2", line[:60], line + line, string(text) + string(text), "-----BEGIN PRIVATE KEY-----", "-----BEGIN PUBLIC KEY-----\n" + line + "\n-----END PUBLIC KEY-----"} {
		_, err := audit.ParseKey(wrong)
		require.Error(t, err, wrong)
		require.NotContains(t, err.Error(), "hunter2")
		if wrong != "" {
			require.NotContains(t, err.Error(), wrong, "a key is told to nobody")
		}
	}
}
