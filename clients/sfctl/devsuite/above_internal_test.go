package devsuite

import (
	"bytes"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheFoldersAboveTheDataAreLookedAt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mode fs.FileMode
		gid  int // -1: as it is
		told string
	}{
		"closed":                 {0o755, -1, ""},
		"everybody's":            {0o777, -1, "by everybody"},
		"everybody's and sticky": {0o777 | fs.ModeSticky, -1, ""},
		"a group's":              {0o775, 4711, "by its group"},
		"its own group's":        {0o775, os.Geteuid(), ""},
		"others' to write only":  {0o757, -1, "by everybody"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			parent := filepath.Join(t.TempDir(), "above")
			dir := filepath.Join(parent, "between", "data")
			require.NoError(t, os.MkdirAll(dir, 0o755))
			if c.gid >= 0 && os.Chown(parent, -1, c.gid) != nil {
				return // a plain user gives nothing to a group that they are not in
			}
			require.NoError(t, os.Chmod(parent, c.mode))
			link := filepath.Join(t.TempDir(), "link")
			require.NoError(t, os.Symlink(dir, link))
			for _, path := range []string{dir, link} {
				var log bytes.Buffer
				require.NoError(t, above(path, slog.New(slog.NewTextHandler(&log, nil))))
				var told string // of the one that is made here; those above it are the machine's
				for l := range strings.Lines(log.String()) {
					if strings.HasSuffix(strings.TrimSpace(l), "folder="+parent) {
						told += l
					}
				}
				require.Equal(t, c.told != "", told != "", told)
				require.Contains(t, told, c.told)
			}
		})
	}
}

func TestASecretThatOthersMayReadIsNone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
	for mode, taken := range map[fs.FileMode]bool{0o600: true, 0o400: true, 0o640: false, 0o644: false, 0o604: false, 0o660: false} {
		require.NoError(t, os.Chmod(path, mode))
		_, err := readSecret(path)
		require.Equal(t, taken, err == nil, "%o: %v", mode, err)
		if !taken {
			require.ErrorContains(t, err, "chmod")
		}
	}
}
