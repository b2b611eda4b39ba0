package secretfile

import (
	"io/fs"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// file is what a file system says of a file.
type file struct {
	mode  fs.FileMode
	owner uint32
}

func (file) Name() string        { return "peer" }
func (file) Size() int64         { return 64 }
func (f file) Mode() fs.FileMode { return f.mode }
func (file) ModTime() time.Time  { return time.Time{} }
func (f file) IsDir() bool       { return f.mode.IsDir() }
func (f file) Sys() any          { return &syscall.Stat_t{Uid: f.owner} }

func TestWhoseFileAndWhatMode(t *testing.T) {
	t.Parallel()
	const mine, root, other = 1000, 0, 1001
	for name, c := range map[string]struct {
		file    file
		refused string
	}{
		"ours alone":                      {file{0o600, mine}, ""},
		"ours, and read only":             {file{0o400, mine}, ""},
		"ours, read by the group":         {file{0o640, mine}, "found mode 0640: chmod 600"},
		"ours, read by others":            {file{0o604, mine}, "found mode 0604"},
		"ours, written by others":         {file{0o602, mine}, "found mode 0602"},
		"ours, as an editor left it":      {file{0o644, mine}, "found mode 0644"},
		"a Secret of Kubernetes, fsGroup": {file{0o440, root}, ""},
		"of root, read by the group":      {file{0o640, root}, ""},
		"of root alone":                   {file{0o600, root}, ""},
		"a Secret with the usual mode":    {file{0o644, root}, "defaultMode 0400"},
		"of root, written by the group":   {file{0o660, root}, "found mode 0660"},
		"of another, and closed":          {file{0o600, other}, "found it to be of user 1001"},
		"of another, and open":            {file{0o666, other}, "found it to be of user 1001"},
		"a folder":                        {file{fs.ModeDir | 0o700, mine}, "expected a file"},
		"a pipe":                          {file{fs.ModeNamedPipe | 0o600, mine}, "expected a file"},
		"a socket":                        {file{fs.ModeSocket | 0o600, mine}, "expected a file"},
	} {
		err := judge("/run/peer", c.file, mine)
		if c.refused == "" {
			require.NoError(t, err, name)
			continue
		}
		require.ErrorContains(t, err, c.refused, name)
		require.ErrorContains(t, err, "/run/peer", name)
	}
}

func TestRootTakesNoFileOfOthers(t *testing.T) {
	t.Parallel()
	require.NoError(t, judge("peer", file{0o600, 0}, 0))
	require.NoError(t, judge("peer", file{0o640, 0}, 0))
	require.ErrorContains(t, judge("peer", file{0o600, 1000}, 0), "found it to be of user 1000")
	require.ErrorContains(t, judge("peer", file{0o644, 0}, 0), "found mode 0644")
}
