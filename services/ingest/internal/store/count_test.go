package store

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Every whole number that a table's counts have is a count, those of later versions too.
func TestNoCountIsBelowZero(t *testing.T) {
	t.Parallel()
	fields := (&stepv1.TableCounts{}).ProtoReflect().Descriptor().Fields()
	checked := 0
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.Kind().String() != "int64" || f.IsList() {
			continue
		}
		checked++
		c := &stepv1.TableCounts{Table: "users"}
		c.ProtoReflect().Set(f, protoreflect.ValueOfInt64(-1))
		b := &ingestv1.Batch{Id: "bat_1", Counts: []*stepv1.TableCounts{{Table: "orders", Rows: 1}, c}}

		_, err := encode(b)

		require.True(t, problem.Is(err, problem.Internal), "%s: %v", f.Name(), err)
		require.ErrorContains(t, err, "batch bat_1, table users: expected no count below zero, found "+string(f.Name())+" -1")
	}
	require.GreaterOrEqual(t, checked, 8)
	_, err := encode(&ingestv1.Batch{Id: "bat_1", Counts: []*stepv1.TableCounts{{Table: "orders"}}})
	require.NoError(t, err)
}
