package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func acceptance(reason, table string) *stepv1.Acceptance {
	return &stepv1.Acceptance{Reason: reason, Table: table, By: "ann"}
}

func TestWhatIsAcceptedIsANoteOfTheBatch(t *testing.T) {
	t.Parallel()
	h := open(t, crowd)
	h.published(january, everyone(upTo(10)...))
	h.accepted = []*stepv1.Acceptance{acceptance("DEPARTURES_OVER_LIMIT", "people")}

	b := h.published(february, everyone(upTo(5)...))

	f := findingOf(t, b, problem.DeparturesOverLimit, "people")
	require.Equal(t, datasetv1.Severity_SEVERITY_INFO, f.GetSeverity())
	require.Equal(t, "ann", f.GetAcceptedBy())
	require.Contains(t, f.GetMessage(), "found 5 keys that are not in it, 50 %; accepted for this run by ann")
	requireCounts(t, b, "people", &stepv1.TableCounts{Rows: 5, Unchanged: 5, Departed: 5})
	require.Len(t, h.ledger(), 5)
	got, err := h.client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: b.GetId()})
	require.NoError(t, err)
	require.Len(t, got.GetBatch().GetAccepted(), 1)
	a := got.GetBatch().GetAccepted()[0]
	require.Equal(t, "DEPARTURES_OVER_LIMIT people ann", a.GetReason()+" "+a.GetTable()+" "+a.GetBy())
	require.EqualValues(t, 5, a.GetUpTo())
	h.accepted = nil
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, h.stage(march, everyone(1, 2)).GetState(), "for that run alone")
}

func TestWhatIsNotAcceptedStillStopsTheRun(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		accepted *stepv1.Acceptance
		file     string
		says     string // the guard's finding, of why it is not covered
	}{
		"more than was seen": {&stepv1.Acceptance{Reason: "DEPARTURES_OVER_LIMIT", Table: "people", UpTo: proto.Int64(4), FromRun: "run_1", By: "ann"}, everyone(upTo(5)...)["people.csv"],
			"; what was accepted are the 4 of run_1, and not 5"},
		"another table": {acceptance("DEPARTURES_OVER_LIMIT", "animals"), everyone(upTo(5)...)["people.csv"],
			" What you accepted, DEPARTURES_OVER_LIMIT:animals, is that of animals, where no guard found it."},
		"another table, of another run": {&stepv1.Acceptance{Reason: "DEPARTURES_OVER_LIMIT", Table: "animals", UpTo: proto.Int64(9), FromRun: "run_1", By: "ann"}, everyone(upTo(5)...)["people.csv"],
			" What run_1 found and you accepted is that of animals, and not of people."},
		"another reason":               {acceptance("STALE_EXTRACT", ""), everyone(upTo(5)...)["people.csv"], ""},
		"what is wrong with a row":     {acceptance("ROWS_REJECTED", ""), everyone(upTo(9)...)["people.csv"] + "x,x\n", ""},
		"what is wrong beside a guard": {acceptance("DEPARTURES_OVER_LIMIT", ""), everyone(upTo(5)...)["people.csv"] + "x,x\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, crowd)
			h.published(january, everyone(upTo(10)...))
			h.accepted = []*stepv1.Acceptance{tc.accepted}

			b := h.stage(february, files{"people.csv": tc.file})

			require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState(), "%v", b.GetFindings())
			if tc.says != "" {
				f := findingOf(t, b, problem.DeparturesOverLimit, "people")
				require.Contains(t, f.GetMessage()+f.GetAction(), tc.says)
			}
			_, err := h.publish(b.GetId())
			requireReason(t, problem.BatchRejected, err)
		})
	}
}

// What is accepted of another run is accepted up to its counts, also under the lock.
func TestLiveThatChangedAfterStageIsAcceptedUpToTheCount(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		upTo *int64
		want problem.Reason
	}{
		"any":        {nil, ""},
		"as many":    {proto.Int64(8), ""},
		"one fewer":  {proto.Int64(7), problem.DeparturesOverLimit},
		"those seen": {proto.Int64(5), problem.DeparturesOverLimit},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, crowd)
			h.published(january, everyone(upTo(10)...))
			a := acceptance("DEPARTURES_OVER_LIMIT", "people")
			a.UpTo = tc.upTo
			h.accepted = []*stepv1.Acceptance{a}
			b := h.stage(february, everyone(upTo(5)...))
			require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
			h.db.Exec(t, "insert into people values (100, ''), (101, ''), (102, '')")

			_, planErr := h.plan(b.GetId())
			r, err := h.publish(b.GetId())

			if tc.want != "" {
				requireReason(t, tc.want, err)
				requireReason(t, tc.want, planErr)
				return
			}
			require.NoError(t, err)
			require.NoError(t, planErr)
			require.EqualValues(t, 8, r.GetBatch().GetAccepted()[0].GetUpTo(), "what was published is what was accepted")
			require.Len(t, r.GetBatch().GetAccepted(), 1)
		})
	}
}
