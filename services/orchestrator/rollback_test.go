package orchestrator_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Restore makes the batch of a rollback: all columns of every table that is named.
func (i *ingest) Restore(req *ingestv1.RestoreRequest, stream grpc.ServerStreamingServer[ingestv1.RestoreResponse]) error {
	c := of("Restore", req.GetContext())
	c.Batch, c.AsOf = req.GetBatch(), req.GetAsOf()
	if stop, err := i.enter(stream.Context(), c); stop {
		return err
	}
	b := &ingestv1.Batch{
		Id: req.GetBatch(), Dataset: c.Dataset, AsOf: req.GetAsOf(), State: ingestv1.BatchState_BATCH_STATE_STAGED, Rollback: req.GetTarget(),
	}
	for _, t := range req.GetTables() {
		d := &stepv1.DeliveredTable{
			Table: t.GetTable(), HasHeader: true,
			Candidate: &stepv1.Candidate{Table: t.GetTable(), Rows: 7043, Relation: &stepv1.Relation{Schema: "sf_staging", Name: t.GetTable()}},
		}
		for _, p := range t.GetParts()[0].GetColumns() {
			d.Header = append(d.Header, p.GetName())
		}
		b.Tables, b.Counts = append(b.Tables, d), append(b.Counts, &stepv1.TableCounts{Table: t.GetTable(), Rows: 7043})
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.mixes {
		stopMixing(b, req.GetContext().GetAccepted())
	}
	i.batches[b.GetId()] = b
	return stream.Send(&ingestv1.RestoreResponse{Message: &ingestv1.RestoreResponse_Result{Result: &ingestv1.RestoreResult{Batch: proto.CloneOf(b)}}})
}

// stopMixing is the guard of a rollback.
func stopMixing(b *ingestv1.Batch, accepted []*stepv1.Acceptance) {
	f := &stepv1.Finding{Reason: string(problem.RollbackMixed), Severity: datasetv1.Severity_SEVERITY_CRITICAL, Count: 1, Message: "the date would hold rows of two deliveries"}
	b.Findings = append(b.Findings, f)
	if len(accepted) > 0 {
		f.Severity, f.AcceptedBy = datasetv1.Severity_SEVERITY_INFO, accepted[0].GetBy()
		return
	}
	b.State, b.Tables, b.Counts = ingestv1.BatchState_BATCH_STATE_REJECTED, nil, nil
}

// Rollback goes back to the first revision of every snapshot.
func (s *snapshot) Rollback(ctx context.Context, req *snapshotv1.RollbackRequest) (*snapshotv1.RollbackResponse, error) {
	c := of("Rollback", req.GetContext())
	c.AsOf = req.GetAsOf()
	if stop, err := s.enter(ctx, c); stop {
		return nil, err
	}
	resp := &snapshotv1.RollbackResponse{Target: &stepv1.RollbackTarget{KnownAt: timestamppb.New(time.Date(2024, 2, 1, 0, 0, 0, 0, time.UTC)), Batch: "bat_first"}}
	for _, snap := range req.GetDataset().GetSnapshots() {
		resp.Target.Revisions = append(resp.Target.Revisions, &stepv1.SnapshotRevision{Snapshot: snap.GetName(), Revision: max(req.GetToRevision(), 1)})
	}
	for _, t := range req.GetDataset().GetTables() {
		part := &stepv1.RevisionPart{Relation: &stepv1.Relation{Schema: "sf_history", Name: t.GetName()}, Rows: 7043}
		for _, col := range t.GetColumns() {
			part.Columns = append(part.Columns, &stepv1.RevisionColumn{Name: col.GetName(), StandsAs: col.GetName()})
		}
		resp.Tables = append(resp.Tables, &stepv1.RevisedTable{Table: t.GetName(), Parts: []*stepv1.RevisionPart{part}})
	}
	return resp, nil
}

// goingBack asks for a rollback.
func goingBack() *orchestratorv1.StartRunRequest {
	req := ask()
	req.Source, req.Mode, req.Reason = "", orchestratorv1.RunMode_RUN_MODE_ROLLBACK, wrongFees
	return req
}

func TestARollbackIsARunOfItsOwnKind(t *testing.T) {
	t.Parallel()
	s := setup(t)
	name := s.firstSnapshot(t)
	s.restates[name] = &stepv1.RestatedSnapshot{Snapshot: name, Revision: 3, Supersedes: 2, Restores: 1, Rows: 7043, Changed: 3}
	req := goingBack()
	req.ToRevision, req.RevisionOf = 1, name

	r := s.did(t, req)

	requireState(t, r, succeeded)
	require.Equal(t, orchestratorv1.RunMode_RUN_MODE_ROLLBACK, r.GetMode())
	require.Empty(t, r.GetSource())
	require.False(t, r.GetSupersede())
	require.Equal(t, wrongFees, r.GetSupersedeReason())
	require.EqualValues(t, 1, r.GetToRevision())
	require.Equal(t, name, r.GetRevisionOf())
	var kinds []string
	for _, st := range r.GetSteps() {
		kinds = append(kinds, st.GetKind().String())
	}
	require.Equal(t, []string{"STEP_KIND_RESTORE", "STEP_KIND_VALIDATE", "STEP_KIND_PUBLISH", "STEP_KIND_STAMP"}, kinds)
	require.Contains(t, summaryOf(r, orchestratorv1.StepKind_STEP_KIND_RESTORE), "as known at 2024-02-01T00:00:00Z: "+name+" revision 1")
	require.Contains(t, summaryOf(r, orchestratorv1.StepKind_STEP_KIND_STAMP), "; "+name+" revision 3, which is 1 again: 3 changed")
	for _, method := range []string{"Rollback", "Restore", "Validate", "Prepare", "Publish", "Stamp"} {
		made := s.made(method)
		require.Len(t, made, 1, method)
		require.True(t, made[0].Supersede, method)
		require.Equal(t, wrongFees, made[0].Reason, method)
	}
	require.Empty(t, s.made("Stage"), "no file is read")
	require.Equal(t, "queued for "+asker+", to roll back to revision 1 of "+name+": "+wrongFees, s.events(t, r.GetId())[0].GetMessage())
}

// What quality finds in an earlier revision is a warning: nothing is stopped by it.
func TestARollbackIsNotStoppedByQuality(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.judges = func(v *qualityv1.Validation) {
		v.Success = false
		v.Findings = []*stepv1.Finding{{Reason: "EXPECTATIONS_FAILED", Severity: datasetv1.Severity_SEVERITY_CRITICAL, Message: "1 row is wrong", Action: "Mend it."}}
	}

	r := s.did(t, goingBack())

	requireState(t, r, succeeded)
	require.NotEmpty(t, r.GetFindings())
	require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, r.GetFindings()[0].GetSeverity())
	require.Contains(t, r.GetFindings()[0].GetAction(), "a rollback makes it current again as it was")
	require.Len(t, s.made("Stamp"), 1)
}

// Where the candidates or what was prepared are lost, a rollback goes back to its own first
// step, and asks again for what it is made of.
func TestARollbackGoesBackToItsFirstStep(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.on("Publish", failing(1, problem.New(problem.StagingLost, "the candidates are gone")))

	r := s.did(t, goingBack())

	requireState(t, r, succeeded)
	require.Len(t, s.made("Restore"), 2)
	require.Equal(t, s.made("Restore")[0].Batch, s.made("Restore")[1].Batch)
	require.EqualValues(t, 2, r.GetSteps()[0].GetAttempts())
}

func TestARollbackThatIsRefusedChangesNothing(t *testing.T) {
	t.Parallel()
	for _, reason := range []problem.Reason{problem.RollbackRefused, problem.SnapshotNotFound, problem.RevisionChanged} {
		s := setup(t)
		s.on("Rollback", failing(1, problem.New(reason, "there is nothing to go back to")))

		r := s.did(t, goingBack())

		requireState(t, r, failed)
		require.Equal(t, string(reason), r.GetReason())
		require.Empty(t, s.made("Restore"))
		require.Empty(t, s.made("Publish"))
	}
}

func TestOnlyARollbackGoesBackAndAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for name, change := range map[string]func(*orchestratorv1.StartRunRequest){
		"reason":    func(r *orchestratorv1.StartRunRequest) { r.Reason = " \u200b" },
		"source":    func(r *orchestratorv1.StartRunRequest) { r.Source = "/data" },
		"supersede": func(r *orchestratorv1.StartRunRequest) { r.Supersede = true },
		"restage":   func(r *orchestratorv1.StartRunRequest) { r.Restage = true },
		"accept": func(r *orchestratorv1.StartRunRequest) {
			r.Accept = []*orchestratorv1.AcceptedFinding{{Reason: "STALE_EXTRACT"}}
		},
		"revision_of": func(r *orchestratorv1.StartRunRequest) { r.RevisionOf = "users_snapshots" },
		"to_revision": func(r *orchestratorv1.StartRunRequest) { r.ToRevision = -1 },
	} {
		req := goingBack()
		change(req)
		_, err := s.client.StartRun(t.Context(), req)
		requireReason(t, err, problem.InvalidRequest)
		require.ErrorContains(t, err, name)
	}
	plain := ask()
	plain.ToRevision = 1
	_, err := s.client.StartRun(t.Context(), plain)
	requireReason(t, err, problem.InvalidRequest)
	nowhere := ask()
	nowhere.Source = ""
	_, err = s.client.StartRun(t.Context(), nowhere)
	requireReason(t, err, problem.InvalidRequest)
	require.ErrorContains(t, err, "source")
	unknown := goingBack()
	unknown.ToRevision, unknown.RevisionOf = 1, "user_snapshots"
	_, err = s.client.StartRun(t.Context(), unknown)
	requireReason(t, err, problem.SnapshotNotFound)
	require.Empty(t, s.db.Rows(t, "select id from sf_orchestrator.run"))
}

// Two that go back to different revisions are two runs; the same twice at once is one.
func TestAnotherRevisionIsAnotherRollback(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, _, release := hanging()
	s.on("Rollback", hang)
	t.Cleanup(func() { close(release) })
	other := goingBack()
	other.ToRevision = 2

	ids := map[string]bool{s.start(t, goingBack()): true, s.start(t, other): true, s.start(t, ask()): true}

	require.Len(t, ids, 3)
	joined, err := s.client.StartRun(t.Context(), goingBack())
	require.NoError(t, err)
	require.True(t, joined.GetAlreadyRunning())
	again := goingBack()
	again.RequestId, again.ToRevision = joined.GetRun().GetRequestId(), 7
	_, err = s.client.StartRun(t.Context(), again)
	requireReason(t, err, problem.RequestIDReused)
}

// A guard stops a rollback before anything is judged or published, and who accepts what it
// found, by its name or from that run, has it go on.
func TestARollbackIsStoppedByItsGuard(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.mixes = true

	r := s.did(t, goingBack())

	requireState(t, r, failed)
	require.Equal(t, string(problem.RollbackMixed), r.GetReason())
	require.Equal(t, "the date would hold rows of two deliveries", r.GetMessage())
	for _, method := range []string{"Validate", "Prepare", "Publish", "Stamp"} {
		require.Empty(t, s.made(method), method)
	}
	byName, fromRun := goingBack(), goingBack()
	byName.Accept = []*orchestratorv1.AcceptedFinding{{Reason: string(problem.RollbackMixed)}}
	fromRun.AcceptFrom = r.GetId()
	for _, req := range []*orchestratorv1.StartRunRequest{byName, fromRun} {
		r = s.did(t, req)
		requireState(t, r, succeeded)
		require.Contains(t, summaryOf(r, orchestratorv1.StepKind_STEP_KIND_RESTORE), "; ROLLBACK_MIXED accepted by "+asker)
	}
	plain := ask()
	plain.Accept = byName.GetAccept()
	_, err := s.client.StartRun(t.Context(), plain)
	requireReason(t, err, problem.InvalidRequest)
	require.ErrorContains(t, err, "expected a reason that can be accepted, STALE_EXTRACT or DEPARTURES_OVER_LIMIT")
}
