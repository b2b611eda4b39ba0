package acceptance_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/acceptance"
)

func TestWhatAnAcceptanceCovers(t *testing.T) {
	t.Parallel()
	const departures, stale = "DEPARTURES_OVER_LIMIT", "STALE_EXTRACT"
	for name, tc := range map[string]struct {
		a      *stepv1.Acceptance
		reason problem.Reason
		table  string
		count  int64
		want   bool
	}{
		"nothing":                       {&stepv1.Acceptance{}, departures, "users", 1, false},
		"the table":                     {&stepv1.Acceptance{Reason: departures, Table: "users"}, departures, "users", 1e6, true},
		"another table":                 {&stepv1.Acceptance{Reason: departures, Table: "orders"}, departures, "users", 1, false},
		"every table":                   {&stepv1.Acceptance{Reason: departures}, departures, "users", 1, true},
		"another reason":                {&stepv1.Acceptance{Reason: stale}, departures, "users", 1, false},
		"the delivery":                  {&stepv1.Acceptance{Reason: stale}, stale, "", 6, true},
		"a table, and not the delivery": {&stepv1.Acceptance{Reason: stale, Table: "users"}, stale, "", 6, false},
		"as many":                       {&stepv1.Acceptance{Reason: departures, Table: "users", UpTo: proto.Int64(5), FromRun: "run_1"}, departures, "users", 5, true},
		"more":                          {&stepv1.Acceptance{Reason: departures, Table: "users", UpTo: proto.Int64(5), FromRun: "run_1"}, departures, "users", 6, false},
		"the delivery, of another run":  {&stepv1.Acceptance{Reason: stale, UpTo: proto.Int64(6), FromRun: "run_1"}, stale, "", 6, true},
		"a table, by the delivery's":    {&stepv1.Acceptance{Reason: stale, UpTo: proto.Int64(6), FromRun: "run_1"}, stale, "users", 1, false},
		"what cannot be accepted":       {&stepv1.Acceptance{Reason: "ROWS_REJECTED"}, problem.RowsRejected, "users", 1, false},
	} {
		got := acceptance.Of([]*stepv1.Acceptance{{Reason: "OTHER"}, tc.a}, tc.reason, tc.table, tc.count)

		require.Equal(t, tc.want, got != nil, name)
	}
}

func TestWhatWasAcceptedIsRecordedOnce(t *testing.T) {
	t.Parallel()
	b := &ingestv1.Batch{}
	a := &stepv1.Acceptance{Reason: "DEPARTURES_OVER_LIMIT", By: "ann"}

	acceptance.Record(b, a, "users", 5)
	acceptance.Record(b, a, "orders", 3)
	acceptance.Record(b, a, "users", 7)
	acceptance.Record(b, a, "users", 2)

	require.Len(t, b.GetAccepted(), 2)
	require.Equal(t, "users", b.GetAccepted()[0].GetTable())
	require.EqualValues(t, 7, b.GetAccepted()[0].GetUpTo())
	require.Equal(t, "ann", b.GetAccepted()[1].GetBy())
	require.Empty(t, a.GetTable(), "the run's own is left")
}
