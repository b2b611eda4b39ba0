package command

import (
	"encoding/json"
	"errors"
	"io"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/diffcsv"
	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// diffForm writes what differs in one form: message by message, then what is left.
type diffForm interface {
	take(*snapshotv1.DiffResponse) error
	end() error
}

// writeDiff writes what is received. A stream that ends without a result was cut off.
func (a *app) writeDiff(recv func() (*snapshotv1.DiffResponse, error)) error {
	form := a.diffForm()
	whole := false
	for {
		m, err := recv()
		switch {
		case errors.Is(err, io.EOF) && whole:
			return form.end()
		case errors.Is(err, io.EOF):
			return problem.New(problem.ServiceUnavailable, "expected a result at the end of the stream, found none: the call was cut off")
		case err != nil:
			return err
		}
		if r := m.GetResult(); r != nil {
			whole = true
			for _, name := range r.GetNotCompared() {
				a.note("Not compared: %s.", name)
			}
		}
		if err := form.take(m); err != nil {
			return err
		}
	}
}

func (a *app) diffForm() diffForm {
	switch a.format {
	case printer.CSV:
		return &diffLines{out: a.proc.Out, head: diffcsv.Header, rows: diffcsv.Rows}
	case printer.JSONL:
		return &diffLines{out: a.proc.Out, rows: func(w io.Writer, rows []*snapshotv1.RowDifference) error {
			return eachRow(rows, func(r *snapshotv1.RowDifference) error { return printer.Line(w, r) })
		}}
	case printer.Names:
		return &diffLines{out: a.proc.Out, rows: func(w io.Writer, rows []*snapshotv1.RowDifference) error {
			return eachRow(rows, func(r *snapshotv1.RowDifference) error {
				_, err := io.WriteString(w, printer.OneLine(r.GetSnapshot()+"/"+diffcsv.Key(r.GetKey()))+"\n")
				return err
			})
		}}
	case printer.JSON, printer.YAML:
		return &diffDocument{app: a, Snapshots: []*diffOfSnapshot{}}
	default:
		return &diffTable{app: a}
	}
}

func eachRow(rows []*snapshotv1.RowDifference, do func(*snapshotv1.RowDifference) error) error {
	for _, r := range rows {
		if err := do(r); err != nil {
			return err
		}
	}
	return nil
}

// diffLines writes rows as they come, and nothing else.
type diffLines struct {
	out  io.Writer
	head string
	rows func(io.Writer, []*snapshotv1.RowDifference) error
}

func (d *diffLines) take(m *snapshotv1.DiffResponse) error {
	if len(m.GetRows().GetRows()) == 0 {
		return nil
	}
	if err := d.end(); err != nil {
		return err
	}
	return d.rows(d.out, m.GetRows().GetRows())
}

// end writes the header, where none was.
func (d *diffLines) end() error {
	head := d.head
	d.head = ""
	_, err := io.WriteString(d.out, head)
	return err
}

// diffDocument is one document of all that differs.
type diffDocument struct {
	app       *app
	Snapshots []*diffOfSnapshot `json:"snapshots"`
	Result    json.RawMessage   `json:"result"`
}

type diffOfSnapshot struct {
	Head   json.RawMessage   `json:"head"`
	Counts json.RawMessage   `json:"counts"`
	Rows   []json.RawMessage `json:"rows"`
}

func (d *diffDocument) take(m *snapshotv1.DiffResponse) (err error) {
	if h := m.GetHead(); h != nil {
		one := &diffOfSnapshot{Rows: []json.RawMessage{}}
		one.Head, err = raw(h)
		d.Snapshots = append(d.Snapshots, one)
		return err
	}
	if r := m.GetResult(); r != nil {
		d.Result, err = raw(r)
		return err
	}
	if len(d.Snapshots) == 0 {
		return nil
	}
	one := d.Snapshots[len(d.Snapshots)-1]
	if c := m.GetCounts(); c != nil {
		one.Counts, err = raw(c)
		return err
	}
	rows, err := raws(m.GetRows().GetRows())
	one.Rows = append(one.Rows, rows...)
	return err
}

func (d *diffDocument) end() error { return printer.Value(d.app.proc.Out, d.app.format, d) }
