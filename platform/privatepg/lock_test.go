package privatepg

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A process that is being started has the open files of this one for a moment: the lock is
// free all the same once it was given back.
func TestALockIsGivenBackWhoeverHasTheFileOpen(t *testing.T) {
	t.Parallel()
	l := layout{dir: t.TempDir()}
	lock, err := takeLock(l)
	require.NoError(t, err)
	child, err := unix.Dup(int(lock.Fd()))
	require.NoError(t, err)
	defer func() { _ = unix.Close(child) }()
	_, err = takeLock(l)
	require.ErrorContains(t, err, "in use by the running process")

	require.NoError(t, giveLock(lock))

	again, err := takeLock(l)
	require.NoError(t, err)
	require.NoError(t, giveLock(again))
}
