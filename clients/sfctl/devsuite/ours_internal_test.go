package devsuite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestADataFolderThatOthersMayWriteIsRefused(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, ourFolder(dir), "made where it is missing")
	for mode, want := range map[os.FileMode]string{0o755: "", 0o700: "", 0o775: "found mode 0775: chmod go-w", 0o777: "found mode 0777"} {
		require.NoError(t, os.Chmod(dir, mode))
		_, err := Config{DataDir: dir}.withDefaults()
		if want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
	require.NoError(t, os.Chmod(dir, 0o755))
	theirs(t, dir)
	_, err := Config{DataDir: dir}.withDefaults()
	require.ErrorContains(t, err, "found it to be of user 12345")
}

func TestPasswordsThatOthersMayHaveWrittenAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	roles := []string{"sf_ingest"}
	first, err := ensurePasswords(dir, roles)
	require.NoError(t, err)
	again, err := ensurePasswords(dir, roles)
	require.NoError(t, err)
	require.Equal(t, first, again)
	path := filepath.Join(dir, passwordFile)

	require.NoError(t, os.Chmod(path, 0o620))
	_, err = ensurePasswords(dir, roles)
	require.ErrorContains(t, err, "found mode 0620")

	require.NoError(t, os.Chmod(path, 0o600))
	require.NoError(t, os.Rename(path, path+".moved"))
	require.NoError(t, os.Symlink(path+".moved", path))
	_, err = ensurePasswords(dir, roles)
	require.ErrorContains(t, err, "read the services' passwords", "a link may lead to what somebody else wrote")

	require.NoError(t, os.Rename(path+".moved", path))
	theirs(t, path)
	_, err = ensurePasswords(dir, roles)
	require.ErrorContains(t, err, "found it to be of user 12345")
}

// theirs gives something to another user, which root alone can.
func theirs(t *testing.T, path string) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root gives files to others")
	}
	require.NoError(t, os.Chown(path, 12345, -1))
}

// The folder of PostgreSQL may be of another user, and is to be written by that one alone.
func TestTheFolderOfPostgreSQLIsClosed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "postgres")
	require.NoError(t, closedFolder(dir), "it is not there yet")
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, closedFolder(dir))

	require.NoError(t, os.Chmod(dir, 0o777))
	require.ErrorContains(t, closedFolder(dir), "found mode 0777: chmod go-w "+dir)
	_, err := Start(t.Context(), Config{DataDir: filepath.Dir(dir), GRPCListen: "127.0.0.1:0", HTTPListen: "127.0.0.1:0"})
	require.ErrorContains(t, err, "found mode 0777: chmod go-w "+dir)
}
