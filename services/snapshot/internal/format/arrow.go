package format

import (
	"io"

	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Arrow is the Arrow IPC streaming format, not compressed: a reader takes the batches as
// they come, without copying them.
var Arrow Format = arrowFormat{}

type arrowFormat struct{}

// arrowBatch is what one message holds: some of the messages of a stream of gRPC.
var arrowBatch = bounds{rows: 1 << 13, bytes: 2 << 20}

// Name is arrow.
func (arrowFormat) Name() string { return "arrow" }

// Writer names our own version alone: a test holds it to the versions of the libraries
// that it was written for.
func (arrowFormat) Writer() string { return "arrow/1" }

// Typed says that its columns have types.
func (arrowFormat) Typed() bool { return true }

// Value casts to the type that is read.
func (arrowFormat) Value(expression string, of layout.Column) string {
	return typedValue(expression, of)
}

// Begin takes the schema, which is written with the first batch or the end.
func (arrowFormat) Begin(columns []layout.Column, to io.Writer) (File, error) {
	schema, from := schemaOf(columns), &recycler{}
	return newTyped(columns, schema, arrowBatch, from, ipc.NewWriter(to, ipc.WithSchema(schema), ipc.WithAllocator(from))), nil
}
