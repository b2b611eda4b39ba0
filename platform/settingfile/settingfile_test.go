package settingfile_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/settingfile"
)

func parse(text []byte) (string, error) {
	if strings.Contains(string(text), "bad") {
		return "", errors.New("expected something good, found bad")
	}
	return string(text), nil
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	require.NoError(t, os.Chmod(path, mode))
}

// said is a log that a test reads while others write it.
type said struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

func TestWhatChangesIsReadAgain(t *testing.T) {
	t.Parallel()
	path, log := filepath.Join(t.TempDir(), "grants.yaml"), &said{}
	write(t, path, "one", 0o644)
	f, err := settingfile.Open(path, parse, slog.New(slog.NewTextHandler(log, nil)))
	require.NoError(t, err)
	require.Equal(t, "one", f.Current())

	write(t, path, "two and more", 0o644)
	require.Eventually(t, func() bool { return f.Current() == "two and more" }, 30*time.Second, 20*time.Millisecond)

	write(t, path, "bad now", 0o644)
	require.Eventually(t, func() bool { f.Current(); return strings.Contains(log.String(), "expected something good") }, 30*time.Second, 20*time.Millisecond)
	require.Equal(t, "two and more", f.Current(), "what it said before stands")

	require.NoError(t, os.Remove(path))
	require.Eventually(t, func() bool { f.Current(); return strings.Contains(log.String(), "no such file") }, 30*time.Second, 20*time.Millisecond)
	require.Equal(t, "two and more", f.Current(), "a file that is gone takes nothing back by itself")
}

func TestWhatIsNotTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		write(t, path, text, mode)
		return path
	}
	pipe := filepath.Join(dir, "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	for name, tc := range map[string]struct{ path, says string }{
		"none":           {filepath.Join(dir, "none"), "no such file"},
		"others write":   {at("others", "x", 0o646), "expected a file that nobody but its owner may write, found mode 0646"},
		"a group writes": {at("group", "x", 0o664), "found mode 0664: chmod go-w"},
		"refused":        {at("refused", "bad", 0o644), "refused: expected something good"},
		"a folder":       {dir, "expected a file, found d"},
		"a pipe":         {pipe, "expected a file, found p"},
		"too much":       {at("much", strings.Repeat("x", 4<<20+1), 0o644), "expected at most 4194304 bytes"},
	} {
		_, err := settingfile.Open(tc.path, parse, slog.New(slog.DiscardHandler))
		require.ErrorContains(t, err, tc.says, name)
	}
}

func TestAFileOfAnotherUserIsNotTaken(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root gives files away")
	}
	path := filepath.Join(t.TempDir(), "theirs")
	write(t, path, "x", 0o644)
	require.NoError(t, os.Chown(path, 65534, 65534))
	_, err := settingfile.Read(path)
	require.ErrorContains(t, err, "found it to be of user 65534")
}

// Kubernetes mounts a ConfigMap as links to a folder that it exchanges.
func TestLinksAreFollowed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "real"), "x", 0o644)
	link := filepath.Join(dir, "link")
	require.NoError(t, os.Symlink("real", link))
	text, err := settingfile.Read(link)
	require.NoError(t, err)
	require.Equal(t, "x", string(text))
}
