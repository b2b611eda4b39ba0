package format

import (
	"context"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// CSV is text as PostgreSQL's COPY writes it, with a header.
var CSV Format = csvFormat{}

type csvFormat struct{}

// Name is csv.
func (csvFormat) Name() string { return "csv" }

// Writer is for ever the first.
func (csvFormat) Writer() string { return "csv/1" }

// Typed says that it is text.
func (csvFormat) Typed() bool { return false }

// Value makes words of truth values: COPY would write t and f.
func (csvFormat) Value(expression string, of layout.Column) string {
	if of.Type.Name == dataset.Boolean {
		return "(" + expression + ")::text"
	}
	return expression
}

// Begin writes the header.
func (csvFormat) Begin(columns []layout.Column, to io.Writer) (File, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = csvField(c.Name)
	}
	_, err := io.WriteString(to, strings.Join(names, ",")+"\n")
	return csvFile{to}, err
}

// csvField quotes a name where COPY would quote a value.
func csvField(text string) string {
	if text != "" && !strings.ContainsAny(text, ",\"\n\r") && text != `\.` {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

type csvFile struct{ to io.Writer }

// Append has the server write the rows.
func (f csvFile) Append(ctx context.Context, conn *pgconn.PgConn, query string) (int64, error) {
	tag, err := conn.CopyTo(ctx, f.to, "copy (\n"+query+"\n) to stdout with (format csv)")
	return tag.RowsAffected(), err
}

// Close has nothing to write.
func (csvFile) Close() (string, error) { return "", nil }
