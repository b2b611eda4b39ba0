package orchestrator_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const (
	succeeded = orchestratorv1.RunState_RUN_STATE_SUCCEEDED
	failed    = orchestratorv1.RunState_RUN_STATE_FAILED
	cancelled = orchestratorv1.RunState_RUN_STATE_CANCELLED
	running   = orchestratorv1.RunState_RUN_STATE_RUNNING
	queued    = orchestratorv1.RunState_RUN_STATE_QUEUED
)

func TestARunGoesThroughItsSteps(t *testing.T) {
	t.Parallel()
	s := setup(t)

	id := s.start(t, ask())
	events := s.events(t, id)
	r := s.run(t, id)

	requireState(t, r, succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 1", "PUBLISH SUCCEEDED 1", "STAMP SUCCEEDED 1"}, steps(r))
	require.Equal(t, []string{
		"RUN_QUEUED", "RUN_STARTED",
		"STEP_STARTED STAGE 1", "STEP_SUCCEEDED STAGE 1",
		"STEP_STARTED VALIDATE 1", "STEP_SUCCEEDED VALIDATE 1",
		"STEP_STARTED PUBLISH 1", "STEP_SUCCEEDED PUBLISH 1",
		"STEP_STARTED STAMP 1", "STEP_SUCCEEDED STAMP 1",
		"RUN_ENDED",
	}, lines(events))
	require.Equal(t, "14,086 rows of 2 tables", r.GetSteps()[0].GetSummary())
	require.Equal(t, "14 of 14 expectations held; 2 snapshots prepared", r.GetSteps()[1].GetSummary())
	require.Equal(t, "inserted 14,086, updated 0, unchanged 0", r.GetSteps()[2].GetSummary())
	require.Equal(t, "2 snapshots of 7,043 rows", r.GetSteps()[3].GetSummary())
	require.Len(t, r.GetSteps()[3].GetCounts(), 2)
	require.Len(t, events[3].GetCounts(), 2)
	require.Equal(t, int64(len(events)), r.GetLastEvent())
	require.Equal(t, asker, r.GetRequestedBy())
	require.NotEmpty(t, r.GetRequestId())
	require.NotEmpty(t, r.GetValidation())
	require.Empty(t, r.GetReason())
	require.False(t, r.GetUnchanged())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, s.batch(r.GetBatch()).GetState())
	require.Len(t, s.made("DiscardStaging"), 1, "the staging of a published batch is dropped")
	for _, c := range s.made("Stage", "Validate", "Prepare", "Publish", "Stamp", "DiscardStaging") {
		require.Equal(t, int64(1), c.Fence, "%v", c)
		require.Equal(t, id, c.Run)
		require.Equal(t, r.GetBatch(), c.Batch)
	}
	requireTimes(t, r)
}

// requireTimes checks that a run and its steps happened one after another.
func requireTimes(t *testing.T, r *orchestratorv1.Run) {
	t.Helper()
	last := r.GetCreatedAt().AsTime()
	after := func(what string, at *timestamppb.Timestamp) {
		require.NotNil(t, at, what)
		require.False(t, at.AsTime().Before(last), what)
		last = at.AsTime()
	}
	after("started", r.GetStartedAt())
	for _, st := range r.GetSteps() {
		after(st.GetKind().String(), st.GetStartedAt())
		after(st.GetKind().String(), st.GetEndedAt())
	}
	after("ended", r.GetEndedAt())
}

func critical(reason problem.Reason, message string) *stepv1.Finding {
	return &stepv1.Finding{Reason: string(reason), Severity: datasetv1.Severity_SEVERITY_CRITICAL, Message: message}
}

func warning(reason problem.Reason, message string) *stepv1.Finding {
	return &stepv1.Finding{Reason: string(reason), Severity: datasetv1.Severity_SEVERITY_WARNING, Message: message}
}

func (s *suite) rejects(findings ...*stepv1.Finding) {
	s.delivers = func(b *ingestv1.Batch) {
		b.State = ingestv1.BatchState_BATCH_STATE_REJECTED
		b.Findings = findings
	}
}

func (s *suite) finds(findings ...*stepv1.Finding) {
	s.judges = func(v *qualityv1.Validation) {
		v.Success = !slices.ContainsFunc(findings, func(f *stepv1.Finding) bool {
			return f.GetSeverity() == datasetv1.Severity_SEVERITY_CRITICAL
		})
		v.Findings = findings
		v.Statistics.SuccessfulExpectations -= int32(len(findings))
	}
}

func messages(r *orchestratorv1.Run) []string {
	var all []string
	for _, f := range r.GetFindings() {
		all = append(all, f.GetMessage())
	}
	return all
}

func TestARejectedBatchIsValidatedForOneReport(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.rejects(warning(problem.StaleExtract, "stale"), critical(problem.RowsRejected, "3 rows"), critical(problem.DuplicateKeys, "1 key"))
	s.finds(critical(problem.ExpectationsFailed, "negative"))

	id := s.start(t, ask())
	events := s.events(t, id)
	r := s.run(t, id)

	requireState(t, r, failed)
	require.Equal(t, []string{"STAGE FAILED 1", "VALIDATE FAILED 1", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
	require.Equal(t, string(problem.RowsRejected), r.GetReason(), "ingest's reason wins")
	require.Equal(t, "3 rows (and 1 finding more)", r.GetMessage())
	require.Equal(t, []string{"stale", "3 rows", "1 key", "negative"}, messages(r))
	require.Equal(t, []string{
		"RUN_QUEUED", "RUN_STARTED", "STEP_STARTED STAGE 1", "STEP_FAILED STAGE 1 ROWS_REJECTED",
		"STEP_STARTED VALIDATE 1", "STEP_FAILED VALIDATE 1 EXPECTATIONS_FAILED", "RUN_ENDED ROWS_REJECTED",
	}, lines(events))
	require.Empty(t, s.made("Prepare", "Publish", "Stamp", "DiscardStaging"), "the staging is kept to be looked into")
}

func TestABatchWithoutAHeaderIsNotValidated(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.delivers = func(b *ingestv1.Batch) {
		b.State, b.Tables = ingestv1.BatchState_BATCH_STATE_REJECTED, nil
		b.Findings = []*stepv1.Finding{critical(problem.FileMissing, "no users.csv")}
	}

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, []string{"STAGE FAILED 1", "VALIDATE SKIPPED 0", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
	require.Equal(t, string(problem.FileMissing), r.GetReason())
	require.Empty(t, s.made("Validate"))
}

func TestAFailedValidationStopsTheRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.delivers = func(b *ingestv1.Batch) { b.Findings = []*stepv1.Finding{warning(problem.StaleExtract, "stale")} }
	s.finds(warning(problem.ExpectationsFailed, "odd"), critical(problem.ExpectationsFailed, "negative"))

	r := s.did(t, ask())

	requireState(t, r, failed)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE FAILED 1", "PUBLISH SKIPPED 0", "STAMP SKIPPED 0"}, steps(r))
	require.Equal(t, string(problem.ExpectationsFailed), r.GetReason())
	require.Equal(t, "negative", r.GetMessage())
	require.Equal(t, []string{"stale", "odd", "negative"}, messages(r))
	require.Equal(t, "12 of 14 expectations held", r.GetSteps()[1].GetSummary())
	require.Empty(t, s.made("Publish", "Stamp"))
	require.Len(t, s.made("DiscardPrepared"), 1, "what was prepared is dropped")
}

func TestWarningsAreReportedAndTheRunGoesOn(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.finds(warning(problem.ExpectationsFailed, "odd"))

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, []string{"odd"}, messages(r))
}

func TestABackfillSaysSo(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.backfills = true

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.True(t, r.GetBackfill())
	require.Equal(t, "live holds a later as_of and was left as it is", r.GetSteps()[2].GetSummary())
	require.Len(t, s.made("Stamp"), 1)
}

func TestADatasetWithoutSnapshotsIsNotStamped(t *testing.T) {
	t.Parallel()
	s := setup(t)
	d := dataset("shop")
	d.Snapshots = nil
	s.apply(t, d)

	r := s.did(t, ask())

	requireState(t, r, succeeded)
	require.Equal(t, []string{"STAGE SUCCEEDED 1", "VALIDATE SUCCEEDED 1", "PUBLISH SUCCEEDED 1", "STAMP SKIPPED 0"}, steps(r))
	require.Empty(t, s.made("Prepare", "Stamp", "CheckStamped"))
}

func TestARunKeepsTheVersionThatItBeganWith(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, release := hanging()
	s.on("Stage", hang)
	id := s.start(t, ask())
	await(t, got)
	before := s.run(t, id).GetDatasetVersion()
	d := dataset("shop")
	d.Description = "a newer one"
	after := s.apply(t, d).GetVersion().GetVersion()

	close(release)
	first := s.end(t, id)
	second := s.did(t, ask())

	require.NotEqual(t, before, after)
	require.Equal(t, before, first.GetDatasetVersion())
	require.Equal(t, before, s.batch(first.GetBatch()).GetDatasetVersion())
	require.Equal(t, after, second.GetDatasetVersion())
}
