package pooler

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// lower lets a command run as nobody, who owns its folder and files.
func lower(t testing.TB, cmd *exec.Cmd, dir string, files ...string) {
	t.Helper()
	nobody, err := user.Lookup("nobody")
	require.NoError(t, err)
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	require.NoError(t, err)
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	require.NoError(t, err)
	for _, f := range append(files, dir) {
		require.NoError(t, os.Chown(f, int(uid), int(gid)))
	}
	// The folders of a test above its own are root's alone.
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
