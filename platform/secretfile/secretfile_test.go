package secretfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/secretfile"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	require.NoError(t, os.Chmod(path, mode)) // whatever the umask is
}

func TestASecretIsReadThroughTheLinksOfKubernetes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "..2024"), 0o700))
	write(t, filepath.Join(dir, "..2024", "peer"), "secret\n", 0o600)
	require.NoError(t, os.Symlink("..2024", filepath.Join(dir, "..data")))
	require.NoError(t, os.Symlink("..data/peer", filepath.Join(dir, "peer")))

	text, err := secretfile.Read(filepath.Join(dir, "peer"))

	require.NoError(t, err)
	require.Equal(t, "secret\n", string(text))
}

func TestWhatIsNoSecretFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open, large, pipe := filepath.Join(dir, "open"), filepath.Join(dir, "large"), filepath.Join(dir, "pipe")
	write(t, open, "secret", 0o644)
	write(t, large, strings.Repeat("x", 64<<10+1), 0o600)
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for path, want := range map[string]string{
		open: "found mode 0644", large: "at most 65536 bytes", pipe: "expected a file", dir: "expected a file",
		filepath.Join(dir, "none"): "no such file",
	} {
		_, err := secretfile.Read(path)
		require.ErrorContains(t, err, want, path)
		require.ErrorContains(t, err, path)
	}
}

func TestAFileThatWasWrittenAgainHasAnotherVersion(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "peer")
	require.Zero(t, secretfile.VersionOf(path), "there is none")
	write(t, path, "one", 0o600)
	first := secretfile.VersionOf(path)
	require.Equal(t, first, secretfile.VersionOf(path))

	require.NoError(t, os.Chtimes(path, time.Time{}, time.Now().Add(time.Minute)))
	touched := secretfile.VersionOf(path)
	require.NotEqual(t, first, touched)

	write(t, path+".new", "two", 0o600)
	require.NoError(t, os.Rename(path+".new", path))
	require.NotEqual(t, touched, secretfile.VersionOf(path))
}
