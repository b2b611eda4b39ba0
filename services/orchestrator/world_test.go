package orchestrator_test

import (
	"context"
	"maps"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// world stands for the other services: it answers their RPCs over real connections,
// keeps what the contract says that they keep, and fails where a test's script says so.
type world struct {
	addr string

	mu      sync.Mutex
	calls   []call
	batches map[string]*ingestv1.Batch
	stamped map[string][]string                  // dataset and as_of → snapshots
	found   map[string]string                    // snapshot → what is seen in place of its rows
	grows   map[string][]*stepv1.AlteredRelation // live, history → what is altered
	judged  map[string]*qualityv1.Validation
	scripts map[string]script
	// delivers shapes what staging finds; judges shapes what quality finds.
	delivers func(*ingestv1.Batch)
	judges   func(*qualityv1.Validation)
	// backfills says that live holds a later as_of.
	backfills bool
	// stampedFrom is the batch that was stamped last, by dataset and as_of; restates what
	// Prepare and Stamp say that they change, by snapshot.
	stampedFrom map[string]string
	restates    map[string]*stepv1.RestatedSnapshot
	// mixes says that a rollback would leave snapshots of two deliveries.
	mixes bool
	// catalog is what ListSnapshots answers, newest first; staged are the requests of Stage.
	catalog []*snapshotv1.Snapshot
	staged  []*ingestv1.StageRequest
	// sources is what CheckSource does; ingest is of a version before it where it is nil.
	sources func(ctx context.Context, source string) error
	// stands is what CheckDataset answers, by the name of the relation; nothing stands
	// where a name is not in it. unseen fails it, by the name of the service.
	stands map[string]*stepv1.RelationCheck
	unseen map[string]error
	// accepted is what the last call of each method was told to accept.
	accepted map[string][]*stepv1.Acceptance
	// history is what becomes of each date, and inTheWay what keeps one from being dropped.
	history  []*snapshotv1.RetainedDate
	inTheWay []*stepv1.Finding
}

// call is one call that a service got.
type call struct {
	Method, Run, Dataset, AsOf, Batch, Validation string
	Fence                                         int64
	Force, LookOnly, Verify, Rewrite, Plan        bool
	Supersede                                     bool
	Reason                                        string
	context                                       *stepv1.StepContext
}

// script runs before a call does its work, n counting the calls of the method from 1;
// an error is the call's. done says that the work shall be done all the same.
type script func(ctx context.Context, n int) (done bool, err error)

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		batches: map[string]*ingestv1.Batch{}, stamped: map[string][]string{}, stampedFrom: map[string]string{},
		restates: map[string]*stepv1.RestatedSnapshot{}, found: map[string]string{}, grows: map[string][]*stepv1.AlteredRelation{},
		judged: map[string]*qualityv1.Validation{}, scripts: map[string]script{},
		stands: map[string]*stepv1.RelationCheck{}, unseen: map[string]error{},
		accepted: map[string][]*stepv1.Acceptance{},
	}
	srv, err := grpcserver.New(telemetry.Discard())
	require.NoError(t, err)
	ingestv1.RegisterIngestServiceServer(srv, &ingest{world: w})
	qualityv1.RegisterQualityServiceServer(srv, &quality{world: w})
	snapshotv1.RegisterSnapshotServiceServer(srv, &snapshot{world: w})
	w.addr = serve(t, srv)
	return w
}

// serve answers on a free port until the test ends, and then cuts calls off.
func serve(t testing.TB, srv *grpcserver.Server) string {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Server.Serve(lis)
	}()
	t.Cleanup(func() { srv.Stop(); <-ended })
	return lis.Addr().String()
}

// on sets the script of a method.
func (w *world) on(method string, s script) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.scripts[method] = s
}

// failing fails the first n calls.
func failing(n int, err error) script {
	return func(_ context.Context, call int) (bool, error) {
		if call <= n {
			return false, err
		}
		return false, nil
	}
}

// hanging tells of each call that it got, and holds it until its context ends or
// release is closed.
func hanging() (s script, got chan int, release chan struct{}) {
	got, release = make(chan int, 100), make(chan struct{})
	return func(ctx context.Context, n int) (bool, error) {
		got <- n
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-release:
			return false, nil
		}
	}, got, release
}

// enter notes a call and plays its script. stop says that the work is not to be done.
func (w *world) enter(ctx context.Context, c call) (stop bool, err error) {
	w.mu.Lock()
	if c.context != nil {
		w.accepted[c.Method] = c.context.GetAccepted()
	}
	c.context = nil
	w.calls = append(w.calls, c)
	n := 0
	for _, other := range w.calls {
		if other.Method == c.Method {
			n++
		}
	}
	s := w.scripts[c.Method]
	w.mu.Unlock()
	if s == nil {
		return false, nil
	}
	done, err := s(ctx, n)
	return err != nil && !done, err
}

// made returns the calls of the methods, of all where none is given.
func (w *world) made(methods ...string) []call {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.calls), func(c call) bool {
		return len(methods) > 0 && !slices.Contains(methods, c.Method)
	})
}

// methods returns the names of the calls that were made, in order.
func (w *world) methods() []string {
	var names []string
	for _, c := range w.made() {
		names = append(names, c.Method)
	}
	return names
}

func (w *world) batch(id string) *ingestv1.Batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := w.batches[id]; b != nil {
		return proto.CloneOf(b)
	}
	return nil
}

// states returns how far the batches have come, sorted.
func (w *world) states() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for b := range maps.Values(w.batches) {
		all = append(all, b.GetState().String())
	}
	slices.Sort(all)
	return all
}

func of(method string, c *stepv1.StepContext) call {
	return call{Method: method, Run: c.GetRun(), Dataset: c.GetFence().GetDataset(), Fence: c.GetFence().GetNumber(), Plan: c.GetPlan(),
		Supersede: c.GetSupersede(), Reason: c.GetReason(), context: c}
}

// quality answers for the quality service.
type quality struct {
	qualityv1.UnimplementedQualityServiceServer
	*world
}

func (q *quality) Validate(req *qualityv1.ValidateRequest, stream grpc.ServerStreamingServer[qualityv1.ValidateResponse]) error {
	c := of("Validate", req.GetContext())
	c.Batch, c.Validation = req.GetBatch(), req.GetValidation()
	if stop, err := q.enter(stream.Context(), c); stop {
		return err
	}
	v := &qualityv1.Validation{
		Id: req.GetValidation(), Batch: req.GetBatch(), Success: true,
		Statistics: &qualityv1.Statistics{EvaluatedExpectations: 14, SuccessfulExpectations: 14, SuccessPercent: 100},
	}
	if q.judges != nil {
		q.judges(v)
	}
	q.mu.Lock()
	q.judged[v.GetId()] = proto.CloneOf(v)
	q.mu.Unlock()
	return stream.Send(&qualityv1.ValidateResponse{Message: &qualityv1.ValidateResponse_Result{
		Result: &qualityv1.ValidateResult{Validation: v},
	}})
}

func (q *quality) GetValidation(ctx context.Context, req *qualityv1.GetValidationRequest) (*qualityv1.GetValidationResponse, error) {
	if stop, err := q.enter(ctx, call{Method: "GetValidation", Validation: req.GetValidation()}); stop {
		return nil, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	v := q.judged[req.GetValidation()]
	if v == nil {
		return nil, problem.New(problem.ValidationNotFound, "no validation %s", req.GetValidation())
	}
	return &qualityv1.GetValidationResponse{Validation: proto.CloneOf(v)}, nil
}

// forgets lets quality lose a validation.
func (w *world) forgets(validation string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.judged, validation)
}

// snapshot answers for the snapshot service.
type snapshot struct {
	snapshotv1.UnimplementedSnapshotServiceServer
	*world
}

func (s *snapshot) Prepare(req *snapshotv1.PrepareRequest, stream grpc.ServerStreamingServer[snapshotv1.PrepareResponse]) error {
	c := of("Prepare", req.GetContext())
	c.Batch, c.AsOf, c.Verify = req.GetBatch(), req.GetAsOf(), req.GetVerify()
	if stop, err := s.enter(stream.Context(), c); stop {
		return err
	}
	r := &snapshotv1.PrepareResult{}
	for _, snap := range req.GetDataset().GetSnapshots() {
		r.Snapshots = append(r.Snapshots, &snapshotv1.PreparedSnapshot{
			Snapshot: snap.GetName(), Rows: 7043, Unchanged: s.known(c, snap.GetName()), Restated: s.restates[snap.GetName()],
		})
	}
	return stream.Send(&snapshotv1.PrepareResponse{Message: &snapshotv1.PrepareResponse_Result{Result: r}})
}

func (s *snapshot) Stamp(req *snapshotv1.StampRequest, stream grpc.ServerStreamingServer[snapshotv1.StampResponse]) error {
	c := of("Stamp", req.GetContext())
	c.Batch, c.AsOf = req.GetBatch(), req.GetAsOf()
	if stop, err := s.enter(stream.Context(), c); stop {
		return err
	}
	r := &snapshotv1.StampResult{}
	s.mu.Lock()
	key := c.Dataset + " " + req.GetAsOf()
	s.stamped[key] = nil
	s.stampedFrom[key] = c.Batch
	for _, snap := range req.GetDataset().GetSnapshots() {
		s.stamped[key] = append(s.stamped[key], snap.GetName())
		r.Snapshots = append(r.Snapshots, &snapshotv1.StampedSnapshot{Snapshot: &snapshotv1.Snapshot{
			Dataset: c.Dataset, Snapshot: snap.GetName(), AsOf: req.GetAsOf(), Revision: 1, Rows: 7043,
		}, Restated: s.restates[snap.GetName()]})
	}
	s.mu.Unlock()
	return stream.Send(&snapshotv1.StampResponse{Message: &snapshotv1.StampResponse_Result{Result: r}})
}

func (s *snapshot) Discard(ctx context.Context, req *snapshotv1.DiscardRequest) (*snapshotv1.DiscardResponse, error) {
	c := of("DiscardPrepared", req.GetContext())
	c.Batch = req.GetBatch()
	if stop, err := s.enter(ctx, c); stop {
		return nil, err
	}
	return &snapshotv1.DiscardResponse{}, nil
}

func (s *snapshot) CheckStamped(ctx context.Context, req *snapshotv1.CheckStampedRequest) (*snapshotv1.CheckStampedResponse, error) {
	c := of("CheckStamped", req.GetContext())
	c.AsOf, c.LookOnly = req.GetAsOf(), req.GetLookOnly()
	if stop, err := s.enter(ctx, c); stop {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	resp := &snapshotv1.CheckStampedResponse{}
	for _, snap := range req.GetDataset().GetSnapshots() {
		st := &snapshotv1.StampedState{Snapshot: snap.GetName(), Found: s.found[snap.GetName()]}
		from := s.stampedFrom[c.Dataset+" "+c.AsOf]
		st.Stands = slices.Contains(s.stamped[c.Dataset+" "+c.AsOf], snap.GetName()) && (req.GetBatch() == "" || req.GetBatch() == from)
		resp.Snapshots = append(resp.Snapshots, st)
	}
	return resp, nil
}

// known says that a snapshot of the run's as_of is stamped already, and not superseded.
func (s *snapshot) known(c call, name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.stamped[c.Dataset+" "+c.AsOf], name) && s.restates[name] == nil && c.context.GetSupersede()
}

// GetSnapshot gives out what the catalog has of an as_of.
func (s *snapshot) GetSnapshot(_ context.Context, req *snapshotv1.GetSnapshotRequest) (*snapshotv1.GetSnapshotResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	resp := &snapshotv1.GetSnapshotResponse{}
	for _, snap := range s.catalog {
		if snap.GetDataset() == req.GetDataset() && snap.GetAsOf() == req.GetAsOf() {
			resp.Snapshots = append(resp.Snapshots, proto.CloneOf(snap))
		}
	}
	if len(resp.GetSnapshots()) == 0 {
		return nil, problem.New(problem.SnapshotNotFound, "nothing is stamped")
	}
	return resp, nil
}

// ListSnapshots gives out the catalog in pages of two. It is not among the calls that
// are noted: every stage asks for it first.
func (s *snapshot) ListSnapshots(_ context.Context, req *snapshotv1.ListSnapshotsRequest) (*snapshotv1.ListSnapshotsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	resp := &snapshotv1.ListSnapshotsResponse{}
	from, _ := strconv.Atoi(req.GetPageToken())
	for i, snap := range s.catalog {
		if i < from || snap.GetDataset() != req.GetDataset() || req.GetBefore() != "" && snap.GetAsOf() >= req.GetBefore() {
			continue
		}
		if len(resp.GetSnapshots()) == 2 {
			resp.NextPageToken = strconv.Itoa(i)
			break
		}
		resp.Snapshots = append(resp.Snapshots, proto.CloneOf(snap))
	}
	return resp, nil
}

func (s *snapshot) Expand(ctx context.Context, req *snapshotv1.ExpandRequest) (*snapshotv1.ExpandResponse, error) {
	c := of("ExpandHistory", req.GetContext())
	c.Rewrite, c.LookOnly = req.GetRewrite(), req.GetLookOnly()
	if stop, err := s.enter(ctx, c); stop {
		return nil, err
	}
	return &snapshotv1.ExpandResponse{Altered: s.grows["history"]}, nil
}
