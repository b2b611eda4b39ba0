package stage

import (
	"errors"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
)

const quoteRight = "Correct the line: a field with a comma, a quote or a line end stands in quotes, and a quote inside it is doubled."

// mendOf says what to do about a file that is not CSV.
var mendOf = map[csvread.Kind]string{
	csvread.Backslash:   `Export the file with quotes inside of fields doubled, and not with a backslash before them.`,
	csvread.TooLongBare: "Save the file with LF or CRLF line ends. A value as long as that belongs elsewhere, with its address in the table.",
}

// broken adds the finding of a file that stops being CSV, or being readable.
func (d *delivery) broken(err error) {
	var syntax *csvread.SyntaxError
	if !errors.As(err, &syntax) {
		d.complain(complaint{"a file that can be read to its end", bare(err), "See to the file system that the file lies in, and start a new run."})
		return
	}
	action, known := mendOf[syntax.Kind]
	if !known {
		action = quoteRight
	}
	f := d.find(problem.FileUnreadable, "CSV (RFC 4180)", syntax.Error(), action)
	f.Rows = []*stepv1.RowLocation{{File: d.table.File, Line: syntax.Line, Detail: string(syntax.Kind)}}
}
