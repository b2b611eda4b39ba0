package sample

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"os"
	"path/filepath"
)

// bufferSize is how much of a file is kept until it is written: large enough
// that system calls do not count, small enough for six of them to be nothing.
const bufferSize = 64 << 10

// file is one file of a month while it is written.
type file struct {
	table
	out     *os.File
	sum     hash.Hash
	pending []byte
	rows    int64
	bytes   int64
	// wrong changes a row, by its number from 1; nil where the file has no mistakes.
	wrong func(row int64, text string) string
}

// create opens the six files. Where it fails, those that it opened are returned
// beside the error, to be finished.
func create(dir string) ([]*file, error) {
	files := make([]*file, 0, len(tables))
	for _, t := range tables {
		out, err := os.Create(filepath.Join(dir, t.file))
		if err != nil {
			return files, err
		}
		f := &file{table: t, out: out, sum: sha256.New(), pending: make([]byte, 0, bufferSize+bufferSize/8)}
		f.pending = append(append(f.pending, t.header...), '\n')
		files = append(files, f)
	}
	return files, nil
}

func (f *file) add(p *person, now state) error {
	begun := len(f.pending)
	f.pending = f.row(f.pending, p, now)
	f.rows++
	if f.wrong != nil {
		f.pending = append(f.pending[:begun], f.wrong(f.rows, string(f.pending[begun:]))...)
	}
	if len(f.pending) < bufferSize {
		return nil
	}
	return f.flush()
}

func (f *file) flush() error {
	f.sum.Write(f.pending) // a hash never fails
	n, err := f.out.Write(f.pending)
	f.bytes += int64(n)
	f.pending = f.pending[:0]
	return err
}

// finish writes what is left and closes the file, also where writing fails.
func (f *file) finish() error {
	err := f.flush()
	if closed := f.out.Close(); err == nil {
		err = closed
	}
	return err
}

func (f *file) checksum() string { return hex.EncodeToString(f.sum.Sum(nil)) }
