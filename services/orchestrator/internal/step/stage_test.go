package step_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

const (
	critical = datasetv1.Severity_SEVERITY_CRITICAL
	warning  = datasetv1.Severity_SEVERITY_WARNING
)

func TestStagingIsAskedForWithWhatTheRunIsFor(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	tk := task(run.Full)
	w.Answers("Stage", stagedBatch(tk))

	o, err := s.Do(t.Context(), run.Stage, tk)

	require.NoError(t, err)
	req := steptest.Requests[*ingestv1.StageRequest](t, w, "Stage")[0]
	require.Equal(t, []string{tk.Run.Batch, "abc123", "2024-02-29", "/data/month_001"},
		[]string{req.GetBatch(), req.GetDatasetVersion(), req.GetAsOf(), req.GetSource()})
	require.False(t, req.GetForce())
	require.Equal(t, "14 rows of 2 tables", o.Summary)
	require.Nil(t, o.Failure)
	require.Empty(t, o.Skip)
	require.NotNil(t, o.Findings, "none replaces those of an attempt before")
}

func TestARestageIsForcedFromTheBeginning(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	tk := task(run.Full)
	tk.Run.Restage = true

	_, err := s.Do(t.Context(), run.Stage, tk)

	require.NoError(t, err)
	require.True(t, steptest.Requests[*ingestv1.StageRequest](t, w, "Stage")[0].GetForce())
}

func known(tk func() *ingestv1.Batch) *ingestv1.Batch {
	b := tk()
	b.SameAs, b.Tables = "bat_before", nil
	return b
}

func stamped(stands bool, found string) *snapshotv1.CheckStampedResponse {
	return &snapshotv1.CheckStampedResponse{Snapshots: []*snapshotv1.StampedState{
		{Snapshot: "users_snapshots", Stands: true}, {Snapshot: "orders_snapshots", Stands: stands, Found: found},
	}}
}

func TestKnownFilesWhoseHistoryStandsAreUnchanged(t *testing.T) {
	t.Parallel()
	for _, mode := range []run.Mode{run.Full, run.Plan} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w, s := setup(t)
			tk := task(mode)
			tk.ValidationOf = func(_ context.Context, batch string) (string, error) {
				require.Equal(t, "bat_before", batch)
				return "val_before", nil
			}
			w.Answers("Stage", known(func() *ingestv1.Batch { return stagedBatch(tk) }))
			w.Answers("CheckStamped", stamped(true, "attached again"))
			w.Answers("GetValidation", &qualityv1.Validation{
				Id: "val_before", Success: true, Findings: []*stepv1.Finding{finding("EXPECTATIONS_FAILED", "users", warning)},
			})

			o, err := s.Do(t.Context(), run.Stage, tk)

			require.NoError(t, err)
			require.True(t, o.Unchanged)
			require.Equal(t, "unchanged: the files are those of batch bat_before; rows edited by hand are looked for with --restage; orders_snapshots: attached again", o.Summary)
			require.Equal(t, "val_before", o.Validation)
			require.Len(t, o.Findings, 1, "a warning does not vanish because the same files came again")
			why := "not needed: the files are those of batch bat_before"
			require.Equal(t, why, o.Skip[run.Validate])
			require.Equal(t, why, o.Skip[run.Stamp])
			require.NotContains(t, o.Skip, run.Publish, "publishing it notes that it came")
			require.Equal(t, mode == run.Plan, o.Skip[run.PlanChanges] == why)
			look := steptest.Requests[*snapshotv1.CheckStampedRequest](t, w, "CheckStamped")[0]
			require.Equal(t, mode == run.Plan, look.GetLookOnly(), "a plan mends nothing")
			require.Len(t, w.Calls("Stage"), 1)
		})
	}
}

func TestKnownFilesWhoseHistoryIsGoneAreStagedAgain(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	tk := task(run.Full)
	w.On("Stage", func(_ context.Context, n int, _ proto.Message) error {
		if n == 1 {
			w.Answers("Stage", known(func() *ingestv1.Batch { return stagedBatch(tk) }))
		} else {
			w.Answers("Stage", stagedBatch(tk))
		}
		return nil
	})
	w.Answers("CheckStamped", stamped(false, "its partition is gone"))

	o, err := s.Do(t.Context(), run.Stage, tk)

	require.NoError(t, err)
	reqs := steptest.Requests[*ingestv1.StageRequest](t, w, "Stage")
	require.Len(t, reqs, 2)
	require.True(t, reqs[1].GetForce())
	require.Equal(t, reqs[0].GetBatch(), reqs[1].GetBatch(), "under the same key")
	require.False(t, o.Unchanged)
	require.Equal(t, "14 rows of 2 tables; staged again although the files are known, since history lacks them: orders_snapshots: its partition is gone", o.Summary)
}

func TestWhatWasInherited(t *testing.T) {
	t.Parallel()
	gone := problem.New(problem.ValidationNotFound, "no validation val_before")
	away := problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts")
	for name, c := range map[string]struct {
		id             string
		idErr, readErr error
		want           string
		fails          error
		asksQuality    bool
	}{
		"by none":                 {},
		"by one that is gone":     {id: "val_before", readErr: gone, asksQuality: true},
		"quality is away":         {id: "val_before", readErr: away, fails: away, asksQuality: true},
		"the own database is":     {idErr: errors.New("PostgreSQL is away"), fails: errors.New("PostgreSQL is away")},
		"by one that is known of": {id: "val_before", want: "val_before", asksQuality: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := setup(t)
			tk := task(run.Full)
			tk.ValidationOf = func(context.Context, string) (string, error) { return c.id, c.idErr }
			w.Answers("Stage", known(func() *ingestv1.Batch { return stagedBatch(tk) }))
			w.Answers("CheckStamped", stamped(true, ""))
			if c.readErr != nil {
				w.Fails("GetValidation", 100, c.readErr)
			}

			o, err := s.Do(t.Context(), run.Stage, tk)

			require.Equal(t, c.asksQuality, len(w.Calls("GetValidation")) > 0)
			if c.fails != nil {
				require.ErrorContains(t, err, problem.FromError(c.fails).Message)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, o.Validation)
			require.True(t, o.Unchanged)
		})
	}
}

func TestARejectedBatchIsValidatedWhereThereIsSomethingToJudge(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tables   []*stepv1.DeliveredTable
		validate bool
	}{
		"one table of two":   {[]*stepv1.DeliveredTable{delivered("users", 0), delivered("orders", 9)}, true},
		"a header alone":     {[]*stepv1.DeliveredTable{{Table: "users", HasHeader: true}}, true},
		"no file to be read": {[]*stepv1.DeliveredTable{delivered("users", 0)}, false},
		"nothing at all":     {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := setup(t)
			tk := task(run.Full)
			w.Answers("Stage", &ingestv1.Batch{
				Id: tk.Run.Batch, State: ingestv1.BatchState_BATCH_STATE_REJECTED, Tables: c.tables,
				Findings: []*stepv1.Finding{
					finding("HEADER_REMARK", "orders", warning), finding("FILE_NOT_FOUND", "users", critical), finding("ROWS_REJECTED", "orders", critical),
				},
			})

			o, err := s.Do(t.Context(), run.Stage, tk)

			require.NoError(t, err)
			require.Equal(t, problem.Reason("FILE_NOT_FOUND"), o.Failure.Reason, "the first that is critical")
			require.Equal(t, "FILE_NOT_FOUND in users (and 1 finding more)", o.Failure.Message)
			require.Equal(t, c.validate, o.Continue == run.Validate)
		})
	}
}

func TestABatchThatIsRejectedForNothingSaysSo(t *testing.T) {
	t.Parallel()
	w, s := setup(t)
	tk := task(run.Full)
	w.Answers("Stage", &ingestv1.Batch{Id: tk.Run.Batch, State: ingestv1.BatchState_BATCH_STATE_REJECTED})

	o, err := s.Do(t.Context(), run.Stage, tk)

	require.NoError(t, err)
	require.Equal(t, problem.BatchRejected, o.Failure.Reason)
	require.Equal(t, "ingest rejected the batch "+tk.Run.Batch, o.Failure.Message)
}

func TestADatasetWithoutSnapshotsHasNothingToStamp(t *testing.T) {
	t.Parallel()
	for mode, skipped := range map[run.Mode]bool{run.Full: true, run.Plan: false} {
		w, s := setup(t)
		tk := task(mode)
		tk.Dataset.Snapshots = nil

		o, err := s.Do(t.Context(), run.Stage, tk)

		require.NoError(t, err)
		require.Equal(t, skipped, o.Skip[run.Stamp] != "", "%s: a plan has no such step", mode)
		require.Empty(t, w.Calls("ListSnapshots", "CheckStamped"), "%s: history is not asked for", mode)
	}
}
