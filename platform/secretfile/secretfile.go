// Package secretfile reads files that only their owner may know: a peer secret, a private
// key. What others could have read is no secret, and what others could have written may be
// anybody's.
package secretfile

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// most is far above what a secret or a private key takes, in bytes.
const most = 64 << 10

// Read returns what is in a file, links followed: Kubernetes mounts a Secret as links.
//
// A file of the user who runs the program is taken where nobody else may read or write it
// (0600, 0400). One of root is taken where its group may read it as well (0640, 0440): so
// Kubernetes mounts a Secret whose defaultMode is 0400, for the fsGroup of the pod.
// Errors: no such file, one of another user, one that others may read or write, one that is
// no file, one of more than 64 KiB; each says what to do.
func Read(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe does not hang it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat() // of what was opened
	if err != nil {
		return nil, err
	}
	if err := judge(path, info, os.Geteuid()); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err != nil {
		return nil, err
	}
	if len(text) > most {
		return nil, fmt.Errorf("%s: expected at most %d bytes, found more: it is no secret of ours", path, most)
	}
	return text, nil
}

// judge says what is wrong with a file as one that holds a secret of user mine.
func judge(path string, info fs.FileInfo, mine int) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: expected a file, found %s", path, info.Mode().Type())
	}
	mode := info.Mode().Perm()
	st, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok || int(st.Uid) == mine && mode&0o077 == 0:
		return nil
	case int(st.Uid) == 0 && mode&0o037 == 0:
		return nil
	case int(st.Uid) == mine:
		return fmt.Errorf("%s: expected a file that its owner alone may read and write, found mode %04o: chmod 600 %s, and make a new secret where others may have read this one", path, mode, path)
	case int(st.Uid) == 0:
		return fmt.Errorf("%s: expected a file of root that its group at most may read (0640, 0440), found mode %04o: chmod 640 it; as a Secret of Kubernetes, mount it with defaultMode 0400 and the pod's fsGroup", path, mode)
	default:
		return fmt.Errorf("%s: expected a file of the user who runs this (%d) or of root, found it to be of user %d: chown it", path, mine, st.Uid)
	}
}
