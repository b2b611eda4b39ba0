package candidate_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
)

const batch = "bat_01jzzzzzzzzzzzzzzzzzzzzzzz"

func TestNamesSayBatchFenceAndTable(t *testing.T) {
	t.Parallel()

	got := candidate.Name(batch, 12, "labels")

	require.Equal(t, relation.Relation{Schema: "sf_staging", Name: batch + "_f12_labels"}, got)
}

func TestLongNamesFitAndStayApart(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a_long_table_name_", 2)

	one, two := candidate.Name(batch, 123_456, long+"one"), candidate.Name(batch, 123_456, long+"two")

	require.Len(t, one.Name, relation.MaxName)
	require.NotEqual(t, one, two)
	require.Equal(t, one, candidate.Name(batch, 123_456, long+"one"), "the same every time")
	require.NotEqual(t, one, candidate.Name(batch, 123_457, long+"one"))
}
