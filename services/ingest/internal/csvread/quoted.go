package csvread

import (
	"bytes"
	"errors"
	"io"
)

var backslash = []byte(`\`)

// quotedRecord collects the fields of a record that has quotes. They are copied,
// since a record of several lines need not stand in the buffer at once.
type quotedRecord struct {
	text   []byte
	ends   []int // the i-th field ends at text[:ends[i]]
	quoted []bool
	// escaped says that a backslash stood before a quote that ended a field, or might
	// have: what follows is wrong, it was meant to keep the quote inside.
	escaped bool
}

func (q *quotedRecord) reset() {
	q.text, q.ends, q.quoted, q.escaped = q.text[:0], q.ends[:0], q.quoted[:0], false
}

func (q *quotedRecord) endField(quoted bool) {
	q.ends = append(q.ends, len(q.text))
	q.quoted = append(q.quoted, quoted)
}

// kind is what a fault is, where it may come of a quote that a backslash was to keep
// inside its field.
func (q *quotedRecord) kind(k Kind) Kind {
	if q.escaped {
		return Backslash
	}
	return k
}

// fields returns the fields in dst's memory.
func (q *quotedRecord) fields(dst []Field) []Field {
	dst = dst[:0]
	begin := 0
	for i, end := range q.ends {
		dst = append(dst, Field{Bytes: q.text[begin:end], Quoted: q.quoted[i]})
		begin = end
	}
	return dst
}

// readQuoted reads a record that begins with line and has a quote in it.
func (r *Reader) readQuoted(line []byte) error {
	q := &r.quoted
	q.reset()
	rest, more := line, true
	for more {
		var err error
		if len(rest) > 0 && rest[0] == '"' {
			rest, more, err = r.quotedField(rest[1:])
		} else {
			rest, more, err = r.bareField(rest)
		}
		if err != nil {
			return err
		}
	}
	r.record.Fields = q.fields(r.record.Fields)
	return nil
}

// bareField takes a field without quotes off the front of the line. It returns what
// follows the comma, and whether there was one.
func (r *Reader) bareField(line []byte) (rest []byte, more bool, err error) {
	field := trimEnd(line)
	i := bytes.IndexByte(line, ',')
	if i >= 0 {
		field, rest, more = line[:i], line[i+1:], true
	}
	if i := bytes.IndexByte(field, '"'); i >= 0 {
		r.quoted.escaped = r.quoted.escaped || i > 0 && field[i-1] == '\\'
		return nil, false, &SyntaxError{Line: r.line, Kind: r.quoted.kind(BareQuote)}
	}
	r.quoted.text = append(r.quoted.text, field...)
	r.quoted.endField(false)
	return rest, more, nil
}

// quotedField takes a field off the front of the line, behind its opening quote,
// reading on where it holds line ends.
func (r *Reader) quotedField(line []byte) (rest []byte, more bool, err error) {
	opened, q := r.line, &r.quoted
	for {
		i := bytes.IndexByte(line, '"')
		if i < 0 {
			q.text = append(q.text, line...)
			if line, err = r.continueQuoted(opened); err != nil {
				return nil, false, err
			}
			continue
		}
		q.text = append(q.text, line[:i]...)
		line = line[i+1:]
		q.escaped = q.escaped || bytes.HasSuffix(q.text, backslash)
		switch {
		case len(line) > 0 && line[0] == '"':
			q.text = append(q.text, '"')
			line = line[1:]
		case len(line) > 0 && line[0] == ',':
			q.endField(true)
			return line[1:], true, nil
		case len(trimEnd(line)) == 0:
			q.endField(true)
			return nil, false, nil
		default:
			return nil, false, &SyntaxError{Line: r.line, Kind: q.kind(TextAfterQuote)}
		}
	}
}

// continueQuoted returns the next line of a field whose quote was opened earlier.
func (r *Reader) continueQuoted(opened int64) ([]byte, error) {
	if len(r.quoted.text) > MaxRecord {
		return nil, &SyntaxError{Line: opened, Kind: r.quoted.kind(TooLong)}
	}
	line, err := r.readLine()
	var syntax *SyntaxError
	if errors.Is(err, io.EOF) {
		return nil, &SyntaxError{Line: opened, Kind: r.quoted.kind(UnclosedQuote)}
	} else if errors.As(err, &syntax) {
		return nil, &SyntaxError{Line: opened, Kind: r.quoted.kind(TooLong)}
	}
	return line, err
}
