package worker

import (
	"testing"

	"github.com/stretchr/testify/require"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestTheRecorderKeepsTheNewestOfEachTable(t *testing.T) {
	t.Parallel()
	r := &recorder{newest: map[string]*stepv1.Progress{}}
	for i := range int64(10_000) {
		r.hear(&stepv1.Progress{Table: "users", RowsDone: i})
		r.hear(&stepv1.Progress{Table: "labels", RowsDone: i * 2})
	}

	got := r.take()

	require.Len(t, got, 2)
	require.Equal(t, "users", got[0].GetTable(), "in the order in which they were first heard of")
	require.Equal(t, int64(9_999), got[0].GetRowsDone())
	require.Equal(t, int64(19_998), got[1].GetRowsDone())
	require.Empty(t, r.take(), "nothing is told twice")
}
