// Package settingfile reads files that say whose word is taken and who may do what: anybody
// may read them, and nobody but their owner may have written them. They are read again when
// they change.
package settingfile

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/streamflow/streamflow/platform/secretfile"
)

const (
	// most is how many bytes a file holds: thousands of grants.
	most = 4 << 20
	// lookEvery is how often a file is looked at for a change, at most.
	lookEvery = time.Second
)

// File is a file, and what it holds. It is safe for concurrent use.
type File[T any] struct {
	path  string
	parse func([]byte) (T, error)
	log   *slog.Logger

	mu      sync.Mutex
	content T
	version secretfile.Version
	looked  time.Time
}

// Open reads a file. It is read again when it changes; what cannot be taken then leaves
// everything as it was, and log says so, once. Errors: a file that cannot be read, that
// others may write, or that parse refuses.
func Open[T any](path string, parse func([]byte) (T, error), log *slog.Logger) (*File[T], error) {
	f := &File[T]{path: path, parse: parse, log: log, version: secretfile.VersionOf(path), looked: time.Now()}
	var err error
	if f.content, err = f.read(); err != nil {
		return nil, err
	}
	return f, nil
}

// Current returns what the file holds, or held when it could be taken last.
func (f *File[T]) Current() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) < lookEvery {
		return f.content
	}
	f.looked = time.Now()
	version := secretfile.VersionOf(f.path)
	if version == f.version {
		return f.content
	}
	f.version = version
	content, err := f.read()
	if err != nil {
		f.log.Error("a file that changed is not taken: what it said before stands", "file", f.path, "error", err)
		return f.content
	}
	f.content = content
	f.log.Info("a file changed and was read again", "file", f.path)
	return content
}

func (f *File[T]) read() (content T, err error) {
	text, err := Read(f.path)
	if err != nil {
		return content, err
	}
	if content, err = f.parse(text); err != nil {
		return content, fmt.Errorf("%s: %w", f.path, err)
	}
	return content, nil
}

// Read returns what is in a file that nobody but its owner, who runs the program or is root,
// may have written; links are followed, as Kubernetes mounts a ConfigMap. Errors: one that
// cannot be read, is no file, is of another user, may be written by others, or is of more
// than 4 MiB.
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
	if err == nil && len(text) > most {
		err = fmt.Errorf("%s: expected at most %d bytes, found more", path, most)
	}
	return text, err
}

// judge says what is wrong with a file as one that says what user mine goes by.
func judge(path string, info fs.FileInfo, mine int) error {
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: expected a file, found %s", path, info.Mode().Type())
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	switch mode := info.Mode().Perm(); {
	case ok && int(st.Uid) != mine && st.Uid != 0:
		return fmt.Errorf("%s: expected a file of the user who runs this (%d) or of root, found it to be of user %d: chown it", path, mine, st.Uid)
	case mode&0o022 != 0:
		return fmt.Errorf("%s: expected a file that nobody but its owner may write, found mode %04o: chmod go-w %s, after a look at what it says", path, mode, path)
	}
	return nil
}
