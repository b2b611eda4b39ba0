package csvread

import (
	"bytes"
	"errors"
	"io"
)

// MaxRecord is the longest record, in bytes. It bounds the memory of a reader, and
// stops a quote that is never closed from swallowing a file.
const MaxRecord = 1 << 20

// startBuffer is what a reader begins with: a few hundred rows per read, and small
// enough to stay in a core's second-level cache.
const startBuffer = 64 << 10

// Field is one value of a record.
type Field struct {
	// Bytes is the value without its quotes.
	Bytes []byte
	// Quoted says whether the value stood in quotes, which tells "" from nothing.
	Quoted bool
}

// Record is one record of a file. It is valid until the next call of Next.
type Record struct {
	// Line on which the record begins, 1 for the first line of the file.
	Line int64
	// Fields in the order of the file; at least one.
	Fields []Field
	// Unended says that no line end follows the record: only the last of a file may lack
	// it, and is perhaps cut short.
	Unended bool
}

// Reader reads records from a stream.
type Reader struct {
	src      io.Reader
	buf      []byte
	pos, end int   // buf[pos:end] is read from src and not yet consumed
	srcErr   error // what src answered last, io.EOF at its end
	err      error // what Next answers from now on
	begun    bool
	line     int64 // physical lines consumed
	record   Record
	quoted   quotedRecord
}

// New returns a reader of src.
func New(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, startBuffer)}
}

// Next returns the next record; io.EOF at the end, a *SyntaxError where the file is
// not CSV, and src's own error where it cannot be read. An error stays.
func (r *Reader) Next() (*Record, error) {
	if r.err != nil {
		return nil, r.err
	}
	for {
		line, err := r.readLine()
		if err != nil {
			return nil, r.fail(err)
		}
		body := trimEnd(line)
		if len(body) == 0 {
			continue
		}
		r.record.Line = r.line
		if bytes.IndexByte(body, '"') >= 0 {
			if err := r.readQuoted(line); err != nil {
				return nil, r.fail(err)
			}
			return &r.record, nil
		}
		r.split(body)
		return &r.record, nil
	}
}

func (r *Reader) fail(err error) error {
	r.err = err
	return err
}

// split makes the fields of a line that has no quote: slices of the buffer.
func (r *Reader) split(body []byte) {
	fields := r.record.Fields[:0]
	for {
		i := bytes.IndexByte(body, ',')
		if i < 0 {
			break
		}
		fields = append(fields, Field{Bytes: body[:i]})
		body = body[i+1:]
	}
	fields = append(fields, Field{Bytes: body})
	r.record.Fields = fields
}

// readLine returns the next physical line with its end. It is valid until the next
// call. Only the last line of a file may lack its end.
func (r *Reader) readLine() ([]byte, error) {
	if !r.begun {
		if err := r.skipMark(); err != nil {
			return nil, err
		}
	}
	searched := r.pos
	for {
		if i := bytes.IndexByte(r.buf[searched:r.end], '\n'); i >= 0 {
			return r.take(searched + i + 1)
		}
		if r.srcErr != nil {
			return r.lastLine()
		}
		if r.end-r.pos > MaxRecord {
			return nil, r.tooLong(r.buf[r.pos:r.end])
		}
		done := r.end - r.pos // these bytes hold no line end
		r.fill()
		searched = r.pos + done
	}
}

// lastLine returns what stands after the last line end.
func (r *Reader) lastLine() ([]byte, error) {
	if r.pos == r.end || !errors.Is(r.srcErr, io.EOF) {
		return nil, r.srcErr
	}
	last := r.buf[r.end-1] // a CR is the beginning of a line end
	r.record.Unended = last != '\n' && last != '\r'
	return r.take(r.end)
}

// tooLong is the fault of a line that goes on and on.
func (r *Reader) tooLong(line []byte) error {
	kind := TooLong
	if bytes.IndexByte(line, '"') < 0 {
		kind = TooLongBare
	}
	return &SyntaxError{Line: r.line + 1, Kind: kind}
}

// take consumes the buffer up to end as one line.
func (r *Reader) take(end int) ([]byte, error) {
	line := r.buf[r.pos:end]
	if len(line) > MaxRecord {
		return nil, r.tooLong(line)
	}
	r.pos = end
	r.line++
	return line, nil
}

// fill reads more of src behind what is not consumed yet, moving that to the front
// of the buffer, and doubling the buffer where it fills it.
func (r *Reader) fill() {
	if r.pos > 0 {
		copy(r.buf, r.buf[r.pos:r.end])
		r.end -= r.pos
		r.pos = 0
	}
	if r.end == len(r.buf) {
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
	// io.Reader may answer with nothing and no error, but not for ever.
	for range 100 {
		n, err := r.src.Read(r.buf[r.end:])
		r.end += n
		r.srcErr = err
		if n > 0 || err != nil {
			return
		}
	}
	r.srcErr = io.ErrNoProgress
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// skipMark drops a UTF-8 byte order mark at the start of the file.
func (r *Reader) skipMark() error {
	r.begun = true
	for r.end < len(byteOrderMark) && r.srcErr == nil {
		r.fill()
	}
	if bytes.HasPrefix(r.buf[:r.end], byteOrderMark) {
		r.pos = len(byteOrderMark)
	}
	if r.srcErr != nil && !errors.Is(r.srcErr, io.EOF) {
		return r.srcErr
	}
	return nil
}

// trimEnd cuts LF, CRLF, or the lone CR that a file may end in.
func trimEnd(line []byte) []byte {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
	} else if n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	if n > 0 && line[n-1] == '\r' {
		n--
	}
	return line[:n]
}
