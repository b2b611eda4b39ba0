package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// Folder is the folder of a delivery. Names are looked up through its root, so a
// link may lead to another place under the root and no further.
type Folder struct {
	root *os.Root
	rel  string
	// watch is told of what is waited for.
	watch *Watch
}

func (f *Folder) check() error {
	info, err := f.root.Stat(f.rel)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errNoFolder
	}
	dir, err := f.open(f.rel)
	if err != nil {
		return err
	}
	return dir.Close()
}

// Close gives the folder back.
func (f *Folder) Close() { _ = f.root.Close() }

// Size returns the size of a file in bytes; ErrMissing where there is none,
// ErrNotRegular where it is not a file, and for a link that is not followed what
// keeps it from being: ErrDangling, ErrAbsoluteLink or ErrOutside.
func (f *Folder) Size(name string) (int64, error) {
	defer f.watch.Begin(name)()
	path := filepath.Join(f.rel, name)
	info, err := f.root.Stat(path)
	if err != nil {
		return 0, f.explain(path, err)
	}
	return info.Size(), kind(info)
}

// Open opens a file for reading once, from its beginning to its end.
func (f *Folder) Open(name string) (*File, error) {
	if _, err := f.Size(name); err != nil { // first, since to open a device is to use it
		return nil, err
	}
	defer f.watch.Begin(name)()
	opened, err := f.open(filepath.Join(f.rel, name))
	if err != nil {
		return nil, f.explain(filepath.Join(f.rel, name), err)
	}
	info, err := opened.Stat()
	if err == nil {
		err = kind(info) // of what was opened: another may lie there by now than was looked at
	}
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return &File{
		Name: name, Size: info.Size(), stamp: stampOf(info), file: opened, sum: sha256.New(), watch: f.watch,
	}, nil
}

// open opens what lies at a path without waiting for anybody: to open a pipe is to wait
// for its writer otherwise.
func (f *Folder) open(path string) (*os.File, error) {
	return f.root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// Changed says whether somebody wrote to the file since it was opened: what was read is
// then a part of one state and a part of another, whatever its size.
func (f *File) Changed() bool {
	info, err := f.file.Stat()
	return err != nil || info.Size() != f.Size || stampOf(info) != f.stamp
}

// Sum returns the SHA-256 of a file, in hex, and its size.
func (f *Folder) Sum(ctx context.Context, name string) (string, int64, error) {
	file, err := f.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer func() { _ = file.Close() }()
	if err := file.drain(ctx); err != nil {
		return "", 0, fmt.Errorf("read %s: %w", name, err)
	}
	return file.Sum(), file.Read64(), nil
}

// File is a delivered file that is being read; its checksum is made on the way.
type File struct {
	// Name relative to the source.
	Name string
	// Size when it was opened, in bytes.
	Size int64
	// stamp tells its state, as of its opening, from any other.
	stamp stamp
	file  *os.File
	sum   hash.Hash
	read  int64
	watch *Watch
}

// Read reads on.
func (f *File) Read(p []byte) (int, error) {
	end := f.watch.Begin(f.Name)
	n, err := f.file.Read(p)
	end()
	_, _ = f.sum.Write(p[:n]) // a hash never fails
	f.read += int64(n)
	return n, err
}

// Read64 returns how many bytes were read.
func (f *File) Read64() int64 { return f.read }

// Sum returns the SHA-256 of what was read, in hex.
func (f *File) Sum() string { return hex.EncodeToString(f.sum.Sum(nil)) }

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// drainStep is how much is read between two looks at the context.
const drainStep = 256 << 10

func (f *File) drain(ctx context.Context) error {
	buf := make([]byte, drainStep)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := f.Read(buf)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
