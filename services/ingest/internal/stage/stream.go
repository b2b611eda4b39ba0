package stage

import (
	"errors"
	"io"
	"sync"

	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// rowStream is what COPY reads: records, converted as they are asked for.
type rowStream struct {
	// mu is held while a read is under way. COPY reads from a goroutine of its own,
	// which may outlive it where the connection breaks: after stop it reads no more.
	mu      sync.Mutex
	reader  *csvread.Reader
	file    *source.File
	convert *converter
	// ended says why reading must stop, as a context's Err does.
	ended func() error
	// read tells of every piece that was made.
	read func(rows int64)
	out  []byte
	off  int
	err  error // io.EOF at the end of the file
	done bool
}

var errStopped = errors.New("the stream was stopped")

// Read fills p with rows.
func (s *rowStream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return 0, errStopped
	}
	if s.off == len(s.out) {
		s.out, s.off = s.out[:0], 0
		s.fill(len(p))
		s.read(s.convert.rows)
	}
	n := copy(p, s.out[s.off:])
	s.off += n
	if n == 0 {
		return 0, s.err
	}
	return n, nil
}

// recordsPerLook is how many records pass between two looks at whether to go on:
// where all of them are rejected, nothing else would stop the reading.
const recordsPerLook = 1024

// fill converts records until there are size bytes of rows, or the file ends.
func (s *rowStream) fill(size int) {
	for n := 0; len(s.out) < size && s.err == nil; n++ {
		if n%recordsPerLook == 0 && s.ended() != nil {
			s.err = errStopped
			return
		}
		rec, err := s.reader.Next()
		if err != nil {
			s.err = err
			return
		}
		s.out = s.convert.append(s.out, rec)
	}
}

// stop waits for a read that is under way and lets no other begin. It returns what
// kept the file from being read to its end; nil where nothing did, or where the
// reading was not at fault.
func (s *rowStream) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	if errors.Is(s.err, io.EOF) || errors.Is(s.err, errStopped) {
		return nil
	}
	return s.err
}
