package stage

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/streamflow/streamflow/dataset/manifest"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// stageTable stages the file of one table. What is wrong with the file is in the
// delivery; an error is not the file's.
func (w *work) stageTable(ctx context.Context, t *declared.Table) (*delivery, error) {
	d := newDelivery(t, w.veil(t))
	d.names, d.asOf, d.published = w.names[t.Name], w.req.AsOf, w.published
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
	if stream.stop() == nil && d.header.GetCandidate() != nil {
		d.endOfFile(file, w.manifest.File(t.File), stream.convert)
	}
	return d, nil
}

// open reads the header. A file may hold no rows: a table may be empty. It returns nil,
// and a finding in the delivery, where there is nothing to stage.
func (w *work) open(ctx context.Context, d *delivery, file *source.File) *rowStream {
	head, content, err := sniff(file)
	if err != nil {
		d.broken(err)
		return nil
	}
	if what := foreign(head, d.table, d.veil); what != nil {
		d.complain(*what)
		return nil
	}
	reader := csvread.New(content)
	header, err := reader.Next()
	if errors.Is(err, io.EOF) {
		d.complain(complaint{"a header, and rows if there are any", "an empty file", "Deliver the file with its header and its rows; a table without rows is a header alone."})
		return nil
	}
	if err != nil {
		d.broken(err)
		return nil
	}
	targets := d.readHeader(header)
	if targets == nil {
		return nil
	}
	return &rowStream{
		reader: reader, file: file, ended: ctx.Err,
		convert: newConverter(d, d.file.GetHeader(), targets),
		read: func(rows int64) {
			w.req.Report(&stepv1.Progress{
				Table: d.table.Name, Phase: "copy", RowsDone: rows, BytesDone: file.Read64(), BytesTotal: file.Size,
			})
		},
	}
}

// endOfFile judges a file that was read to its end.
func (d *delivery) endOfFile(file *source.File, m *manifest.File, c *converter) {
	if changed(file, true) {
		d.changedMeanwhile(file)
		return
	}
	d.file.Sha256 = file.Sum()
	d.checkManifest(m, c.rows+d.rejects.rows)
	if m == nil || m.SHA256 == "" && m.Bytes == nil {
		d.cutShort(c.last)
	}
}
