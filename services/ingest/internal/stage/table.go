package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// stageTable stages the file of one table. What is wrong with the file is in the
// delivery; an error is not the file's.
func (w *work) stageTable(ctx context.Context, t *declared.Table) (*delivery, error) {
	d := newDelivery(t)
	file, err := w.folder.Open(t.File)
	if err != nil {
		w.notOpened(d, err)
		return d, nil
	}
	defer func() { _ = file.Close() }()
	d.file = &ingestv1.BatchFile{Table: t.Name, Name: t.File, SizeBytes: file.Size}
	d.counts.Bytes = file.Size
	stream := w.open(ctx, d, file)
	if stream == nil {
		return d, nil
	}
	if err := w.copyTable(ctx, d, stream); err != nil {
		return nil, fmt.Errorf("stage %s: %w", t.File, err)
	}
	if stream.stop() == nil {
		d.endOfFile(file, w.manifest.File(t.File), stream.convert.rows)
	}
	return d, nil
}

// notOpened adds the finding of a file that is not there, or cannot be opened.
func (w *work) notOpened(d *delivery, err error) {
	d.header.HasHeader = false
	switch {
	case errors.Is(err, source.ErrMissing):
		found := "none of that name"
		if names := w.folder.Names(); len(names) > 0 {
			found += "; the folder holds " + list(names)
		}
		d.find(problem.FileMissing, "a file for table "+d.table.Name, found, "Deliver the file under this name.")
	case errors.Is(err, source.ErrNotRegular):
		d.unreadable("a file", "a folder or a device")
	case errors.Is(err, fs.ErrPermission):
		d.unreadable("a file that ingest may read", "no permission to read it")
	case errors.Is(err, source.ErrOutside):
		d.unreadable("a file under the source root", "a link that leads out of it")
	default:
		d.unreadable("a file that can be opened", err.Error())
	}
}

// open reads up to the first row. It returns nil, and a finding in the delivery, where
// there is nothing to stage.
func (w *work) open(ctx context.Context, d *delivery, file *source.File) *rowStream {
	content, other, err := sniff(file)
	if other != "" || err != nil {
		d.unreadable("a CSV file in UTF-8", other+said(err))
		return nil
	}
	reader := csvread.New(content)
	header, err := reader.Next()
	if errors.Is(err, io.EOF) {
		d.unreadable("a header and rows", "an empty file")
		return nil
	}
	if err != nil {
		d.broken(err)
		return nil
	}
	width := len(header.Fields)
	targets := d.readHeader(header)
	if targets == nil {
		return nil
	}
	first, err := reader.Next()
	if errors.Is(err, io.EOF) {
		d.unreadable("rows", "a header and no rows, as if every row of the table had departed")
		return nil
	}
	if err != nil {
		d.broken(err)
		return nil
	}
	return &rowStream{
		reader: reader, pending: first, ended: ctx.Err,
		convert: &converter{table: d.table, targets: targets, width: width, rejects: d.rejects},
		read: func(rows int64) {
			w.req.Report(&stepv1.Progress{
				Table: d.table.Name, Phase: "copy", RowsDone: rows, BytesDone: file.Read64(), BytesTotal: file.Size,
			})
		},
	}
}

// broken adds the finding of a file that stops being CSV, or being readable.
func (d *delivery) broken(err error) {
	var syntax *csvread.SyntaxError
	if !errors.As(err, &syntax) {
		d.unreadable("a file that can be read to its end", err.Error())
		return
	}
	f := d.find(problem.FileUnreadable, "CSV (RFC 4180)", syntax.Error(),
		"Correct the line: a field with a comma, a quote or a line end stands in quotes, and a quote inside it is doubled.")
	f.Rows = []*stepv1.RowLocation{{File: d.table.File, Line: syntax.Line, Detail: string(syntax.Kind)}}
}

// endOfFile judges a file that was read to its end.
func (d *delivery) endOfFile(file *source.File, m *source.ManifestFile, accepted int64) {
	if file.Read64() != file.Size {
		d.unreadable(fmt.Sprintf("a file that stays as it is, %s bytes", grouped(file.Size)),
			fmt.Sprintf("%s bytes: it changed while it was read", grouped(file.Read64())))
		return
	}
	d.file.Sha256 = file.Sum()
	d.checkManifest(m, accepted+d.rejects.rows)
}

func said(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
