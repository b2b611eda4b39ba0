package orchestrator_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Restamp makes the batch of a restamp: every table that is named, over its base.
func (i *ingest) Restamp(req *ingestv1.RestampRequest, stream grpc.ServerStreamingServer[ingestv1.RestampResponse]) error {
	c := of("IngestRestamp", req.GetContext())
	c.Batch, c.AsOf = req.GetBatch(), req.GetAsOf()
	if stop, err := i.enter(stream.Context(), c); stop {
		return err
	}
	b := &ingestv1.Batch{Id: req.GetBatch(), Dataset: c.Dataset, AsOf: req.GetAsOf(), State: ingestv1.BatchState_BATCH_STATE_STAGED, Restamps: "bat_first"}
	for _, k := range req.GetDeliveries() {
		at := &stepv1.Relation{Schema: "sf_staging", Name: k.GetTable()}
		d := &stepv1.DeliveredTable{Table: k.GetTable(), HasHeader: true, Candidate: &stepv1.Candidate{Table: k.GetTable(), Rows: 3, Relation: at, Delta: &stepv1.Delta{Relation: at, Rows: 1}}}
		for _, col := range k.GetColumns() {
			d.Header = append(d.Header, col.GetName())
		}
		b.Tables, b.Counts = append(b.Tables, d), append(b.Counts, &stepv1.TableCounts{Table: k.GetTable(), Rows: 3})
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.batches[b.GetId()] = b
	return stream.Send(&ingestv1.RestampResponse{Message: &ingestv1.RestampResponse_Result{Result: &ingestv1.RestampResult{Batch: proto.CloneOf(b)}}})
}

// Restamp says that every table of a date is stale, until it was stamped.
func (s *snapshot) Restamp(ctx context.Context, req *snapshotv1.RestampRequest) (*snapshotv1.RestampResponse, error) {
	c := of("Restamp", req.GetContext())
	c.AsOf = req.GetAsOf()
	if stop, err := s.enter(ctx, c); stop {
		return nil, err
	}
	resp := &snapshotv1.RestampResponse{}
	for _, t := range req.GetDataset().GetTables() {
		k := &stepv1.KeptDelivery{Table: t.GetName(), Batch: "bat_first", Relation: &stepv1.Relation{Schema: "sf_history", Name: t.GetName()}, Rows: 1}
		for _, col := range t.GetColumns() {
			k.Columns = append(k.Columns, &stepv1.RevisionColumn{Name: col.GetName(), StandsAs: col.GetName()})
		}
		resp.Deliveries = append(resp.Deliveries, k)
	}
	return resp, nil
}

// ListStale names February and March, those of them that lie ahead.
func (s *snapshot) ListStale(ctx context.Context, req *snapshotv1.ListStaleRequest) (*snapshotv1.ListStaleResponse, error) {
	if stop, err := s.enter(ctx, call{Method: "ListStale", AsOf: req.GetFrom()}); stop {
		return nil, err
	}
	resp := &snapshotv1.ListStaleResponse{}
	for _, asOf := range []string{"2024-02-29", "2024-03-31"} {
		if asOf >= req.GetFrom() {
			resp.AsOf = append(resp.AsOf, asOf)
		}
	}
	return resp, nil
}

// GetBase knows a base of every table.
func (s *snapshot) GetBase(_ context.Context, req *snapshotv1.GetBaseRequest) (*snapshotv1.GetBaseResponse, error) {
	resp := &snapshotv1.GetBaseResponse{}
	for _, t := range req.GetDataset().GetTables() {
		resp.Bases = append(resp.Bases, &stepv1.Base{
			Table: t.GetName(), Snapshot: t.GetName(), AsOf: "2023-12-31", Revision: 1, ContentHash: "h1:1:1", Relation: &stepv1.Relation{Schema: "public", Name: t.GetName()},
		})
	}
	return resp, nil
}

// changing is a dataset of which every table brings what changed.
func changing(name string) *datasetv1.Dataset {
	d := dataset(name)
	d.Snapshots = nil
	for _, t := range d.GetTables() {
		t.Extract = datasetv1.Extract_EXTRACT_INCREMENTAL
		d.Snapshots = append(d.Snapshots, &datasetv1.Snapshot{Name: t.GetName() + "_whole", From: t.GetName()})
	}
	return d
}

// again asks for what is stale to be made again.
func again() *orchestratorv1.StartRunRequest {
	req := ask()
	req.Source, req.Restamp = "", true
	return req
}

// One date is made again after the other, each by a run of its own that says which one goes
// on after it.
func TestARestampGoesOnFromDateToDate(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, changing("shop"))

	first := s.did(t, again())

	requireState(t, first, succeeded)
	require.True(t, first.GetRestamp())
	require.Equal(t, "made again from what was delivered, over what stands before it by now", first.GetSupersedeReason())
	require.Contains(t, summaryOf(first, orchestratorv1.StepKind_STEP_KIND_STAGE), "; stale after it: 2024-02-29, 2024-03-31")
	second := s.end(t, first.GetNext())
	requireState(t, second, succeeded)
	require.Equal(t, "restamp after "+first.GetId(), second.GetRequestId())
	require.Equal(t, first.GetSupersedeReason(), second.GetSupersedeReason())
	third := s.end(t, second.GetNext())
	require.Equal(t, []string{"2024-02-29", "2024-03-31"}, []string{second.GetAsOf(), third.GetAsOf()})
	require.Empty(t, third.GetNext())
	events := s.events(t, first.GetId())
	require.Equal(t, "succeeded; "+second.GetId()+" goes on with 2024-02-29", events[len(events)-1].GetMessage())
	require.Contains(t, events[0].GetMessage(), "to make the as_of again from what was delivered")
	last := s.events(t, third.GetId())
	require.Equal(t, "succeeded; nothing behind it is stale", last[len(last)-1].GetMessage())
	require.Empty(t, s.made("Stage"), "no file is read")
	for _, c := range s.made("IngestRestamp", "Publish", "Stamp") {
		require.True(t, c.Supersede, c.Method)
	}
}

// Whoever takes over a run whose steps are done asks for the same run to go on: none is left
// out, and none comes twice.
func TestARestampGoesOnAfterACrash(t *testing.T) {
	t.Parallel()
	s := idle(t)
	first := s.replica(t, quick(), "")
	s.client = first.client
	s.apply(t, changing("shop"))
	hang, got, release := hanging()
	s.on("DiscardStaging", hang)
	id := s.start(t, again())
	await(t, got)
	first.stop()
	close(release)
	s.mu.Lock()
	s.scripts = map[string]script{}
	s.mu.Unlock()
	s.db.Exec(t, "update sf_orchestrator.run set lease_until = now() - interval '1 hour'")

	s.client = s.replica(t, quick(), "").client

	r := s.end(t, id)
	requireState(t, r, succeeded)
	require.Equal(t, "2024-02-29", s.end(t, r.GetNext()).GetAsOf())
	require.Equal(t, []string{"1"}, s.db.Rows(t, "select count(*) from sf_orchestrator.run where as_of = '2024-02-29'"))
}

// Who asks a restamp to stop that has published has its date to the end, and no other.
func TestARestampThatIsAskedToStopQueuesNoOther(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, changing("shop"))
	hang, got, release := hanging()
	s.on("Stamp", hang)
	id := s.start(t, again())
	await(t, got)

	require.True(t, s.cancel(t, id).GetCancelRequested())
	close(release)
	r := s.end(t, id)

	requireState(t, r, succeeded)
	require.Empty(t, r.GetNext())
	events := s.events(t, id)
	require.Equal(t, "succeeded; it was asked to stop, so that what is stale from 2024-02-29 on was left", events[len(events)-1].GetMessage())
	require.Equal(t, []string{"1"}, s.db.Rows(t, "select count(*) from sf_orchestrator.run"))
}

// A date that fails is the last one.
func TestARestampEndsWhereADateFails(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, changing("shop"))
	s.on("Restamp", failing(1, problem.New(problem.RestampRefused, "the rows are not kept")))

	r := s.did(t, again())

	requireState(t, r, orchestratorv1.RunState_RUN_STATE_FAILED)
	require.Equal(t, string(problem.RestampRefused), r.GetReason())
	require.Empty(t, r.GetNext())
	require.Equal(t, []string{"1"}, s.db.Rows(t, "select count(*) from sf_orchestrator.run"))
}

func TestARestampInPlanModeGoesNowhere(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, changing("shop"))
	req := again()
	req.Mode = orchestratorv1.RunMode_RUN_MODE_PLAN

	r := s.did(t, req)

	requireState(t, r, succeeded)
	require.Empty(t, r.GetNext())
	require.Empty(t, s.made("Publish", "Stamp"))
	require.Equal(t, []string{"1"}, s.db.Rows(t, "select count(*) from sf_orchestrator.run"))
}

func TestWhatARestampHasNoUseForIsRefused(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, changing("shop"))
	for field, change := range map[string]func(*orchestratorv1.StartRunRequest){
		"source": func(r *orchestratorv1.StartRunRequest) { r.Source = "/data" }, "restamp": func(r *orchestratorv1.StartRunRequest) {
			r.Mode, r.Reason = orchestratorv1.RunMode_RUN_MODE_ROLLBACK, "why"
		},
		"supersede": func(r *orchestratorv1.StartRunRequest) { r.Supersede, r.Reason = true, "why" }, "restage": func(r *orchestratorv1.StartRunRequest) { r.Restage = true },
		"full_extract": func(r *orchestratorv1.StartRunRequest) { r.FullExtract = true },
		"accept": func(r *orchestratorv1.StartRunRequest) {
			r.Accept = []*orchestratorv1.AcceptedFinding{{Reason: "DEPARTURES_OVER_LIMIT"}}
		},
	} {
		req := again()
		change(req)
		_, err := s.client.StartRun(t.Context(), req)
		requireReason(t, err, problem.InvalidRequest)
		require.ErrorContains(t, err, field+":", field)
	}
	whole := again()
	whole.Dataset = "whole"
	d := dataset("whole")
	for _, table := range d.GetTables() {
		table.Name = "w_" + table.GetName()
	}
	d.Snapshots = nil
	s.apply(t, d)
	_, err := s.client.StartRun(t.Context(), whole)
	requireReason(t, err, problem.RestampRefused)
}
