package command

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestATokenFileIsItsOwnersAlone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "me.token")
	require.NoError(t, os.WriteFile(path, []byte("sf_x"), 0o600))
	for mode, taken := range map[fs.FileMode]bool{0o600: true, 0o400: true, 0o644: false, 0o604: false, 0o620: false} {
		require.NoError(t, os.Chmod(path, mode))
		text, err := readTokenFile(path)
		require.Equal(t, taken, err == nil, "%o: %v", mode, err)
		if !taken {
			require.Empty(t, text)
			require.Regexp(t, "chmod (600|640)", err.Error(), "what to do")
		}
	}
	_, err := readTokenFile(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = readTokenFile(t.TempDir())
	require.ErrorContains(t, err, "expected a file")
}

// TestATokenComesThroughAPipe is sfctl --token-file <(pass show streamflow).
func TestATokenComesThroughAPipe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(path, 0o600))
	wrote := make(chan error, 1)
	go func() { wrote <- os.WriteFile(path, []byte("sf_x"), 0o600) }()
	text, err := readTokenFile(path)
	require.NoError(t, err)
	require.Equal(t, "sf_x", string(text))
	require.NoError(t, <-wrote)
}
