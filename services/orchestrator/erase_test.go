package orchestrator_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func phased(service string, p stepv1.ErasePhase) string {
	return service + strings.TrimPrefix(p.String(), "ERASE_PHASE")
}

// Erase has the relation of the keys, one row of live, and the second of two keys unknown.
func (i *ingest) Erase(ctx context.Context, req *ingestv1.EraseRequest) (*ingestv1.EraseResponse, error) {
	if _, err := i.enter(ctx, of(phased("ingest", req.GetPhase()), req.GetContext())); err != nil {
		return nil, err
	}
	r := &stepv1.EraseResult{Keys: &stepv1.Relation{Schema: "sf_platform", Name: "erasing"}}
	switch req.GetPhase() {
	case stepv1.ErasePhase_ERASE_PHASE_FIND:
		r.Found = int64(len(req.GetKeys()))
	case stepv1.ErasePhase_ERASE_PHASE_COUNT:
		r.Unknown, r.UnknownPlaces = 1, []int32{2}
	default: // nothing of its own
	}
	if req.GetPhase() == stepv1.ErasePhase_ERASE_PHASE_COUNT || req.GetPhase() == stepv1.ErasePhase_ERASE_PHASE_ERASE {
		r.Rows = []*stepv1.ErasedRows{{From: stepv1.ErasedFrom_ERASED_FROM_LIVE, Table: "users", Rows: 1, AsOf: "2024-01-31", Source: "file:///data/january"}}
	}
	return &ingestv1.EraseResponse{Result: r}, nil
}

// Erase finds a key that refers to another the first time, and has three rows in a revision.
func (s *snapshot) Erase(ctx context.Context, req *snapshotv1.EraseRequest) (*snapshotv1.EraseResponse, error) {
	method := phased("snapshot", req.GetPhase())
	first := len(s.made(method)) == 0
	if _, err := s.enter(ctx, of(method, req.GetContext())); err != nil {
		return nil, err
	}
	r := &stepv1.EraseResult{}
	switch {
	case req.GetPhase() != stepv1.ErasePhase_ERASE_PHASE_FIND:
		r.Rows = []*stepv1.ErasedRows{{From: stepv1.ErasedFrom_ERASED_FROM_REVISION, Table: "users", Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 1, Rows: 3}}
		r.PassedOver = []string{"revision 1 of old_snapshots: the snapshot is not declared any more"}
	case first:
		r.Found = 1
	}
	return &snapshotv1.EraseResponse{Result: r}, nil
}

func (q *quality) Erase(ctx context.Context, req *qualityv1.EraseRequest) (*qualityv1.EraseResponse, error) {
	_, err := q.enter(ctx, of(phased("quality", req.GetPhase()), req.GetContext()))
	return &qualityv1.EraseResponse{Result: &stepv1.EraseResult{}}, err
}

// erasable makes the keys' table, which is ingest's to make.
func erasable(t *testing.T) *suite {
	t.Helper()
	s := setup(t)
	s.db.Exec(t, `create table sf_platform.erasing (run text, table_name text, key text[]); grant select on sf_platform.erasing to sf_orchestrator`)
	return s
}

func erase(keys ...string) *orchestratorv1.StartRunRequest {
	req := ask()
	req.AsOf, req.Source, req.Mode, req.Reason, req.EraseTable = "", "", orchestratorv1.RunMode_RUN_MODE_ERASE, "ticket 1", "users"
	for _, k := range keys {
		req.EraseKeys = append(req.EraseKeys, &stepv1.EraseKey{Values: []string{k}})
	}
	return req
}

func reasonsOf(r *orchestratorv1.Run) (all []string) {
	for _, f := range r.GetFindings() {
		all = append(all, f.GetReason())
	}
	return all
}

// An erase finds until nobody finds any more, counts, and takes away live first; the keys
// are nowhere once it has ended, and what it says names none.
func TestAnEraseIsARunOfItsOwnKind(t *testing.T) {
	t.Parallel()
	s := erasable(t)

	r := s.did(t, erase("alice", "bob"))

	requireState(t, r, succeeded)
	require.Equal(t, []string{
		"ingest_FIND", "snapshot_FIND", "ingest_FIND", "snapshot_COUNT", "ingest_COUNT", "quality_COUNT",
		"ingest_ERASE", "snapshot_ERASE", "quality_ERASE", "ingest_FORGET",
	}, s.methods())
	require.Empty(t, r.GetAsOf())
	require.Empty(t, r.GetBatch())
	require.Equal(t, "users", r.GetEraseTable())
	require.EqualValues(t, 2, r.GetEraseKeys())
	require.Equal(t, "ticket 1", r.GetSupersedeReason())
	require.Equal(t, []string{"KEYS_NOT_FOUND", "SOURCES_HOLD_KEYS", "ERASE_INCOMPLETE"}, reasonsOf(r))
	require.Contains(t, r.GetFindings()[0].GetMessage(), "number 2")
	require.Contains(t, r.GetFindings()[1].GetMessage(), "file:///data/january (2024-01-31)")
	require.Contains(t, r.GetFindings()[1].GetMessage(), "those of dates that retention dropped, and failed ones, are not looked at")
	require.Len(t, r.GetErased(), 2)
	require.Equal(t, "2 keys asked for, and 1 of rows that refer to them: rows that would go: 1 of live, 3 of revisions", summaryOf(r, orchestratorv1.StepKind_STEP_KIND_FIND))
	require.Equal(t, "rows that went: 1 of live, 3 of revisions", summaryOf(r, orchestratorv1.StepKind_STEP_KIND_ERASE))
	require.Empty(t, s.db.Rows(t, "select * from sf_orchestrator.run_key"))
	for _, table := range []string{"run", "run_step", "run_event", "run_request"} {
		require.Empty(t, s.db.Rows(t, "select * from sf_orchestrator."+table+" r where r::text ~ 'alice|bob'"), table)
	}
	require.Equal(t, "queued for "+asker+", to erase 2 keys of users: ticket 1", s.events(t, r.GetId())[0].GetMessage())
	for _, c := range s.made() {
		require.Equal(t, "ticket 1", c.Reason, c.Method)
	}
}

func TestAPlanOfAnEraseTakesNothingAway(t *testing.T) {
	t.Parallel()
	s := erasable(t)
	req := erase("alice")
	req.Mode = orchestratorv1.RunMode_RUN_MODE_ERASE_PLAN

	r := s.did(t, req)

	requireState(t, r, succeeded)
	require.Len(t, r.GetSteps(), 1)
	require.Len(t, r.GetErased(), 2)
	require.NotContains(t, s.methods(), "ingest_ERASE")
	require.Contains(t, s.methods(), "ingest_FORGET")
	require.Empty(t, s.db.Rows(t, "select * from sf_orchestrator.run_key"))
}

// What is faulty is tried again; a verdict ends the run, and says what is gone already.
func TestAnEraseGoesOnOrSaysWhatIsGone(t *testing.T) {
	t.Parallel()
	s := erasable(t)
	s.on("snapshot_ERASE", failing(2, problem.New(problem.ServiceUnavailable, "away")))
	r := s.did(t, erase("alice"))
	requireState(t, r, succeeded)
	require.Len(t, s.made("ingest_ERASE"), 3, "each attempt is sent again, whole")

	for method, says := range map[string]bool{"ingest_ERASE": false, "snapshot_ERASE": true} {
		s := erasable(t)
		s.on(method, failing(1, problem.New(problem.LiveTableDiffers, "something keeps rows")))

		r := s.did(t, erase("alice"))

		requireState(t, r, failed)
		require.Equal(t, "LIVE_TABLE_DIFFERS", r.GetReason())
		require.Equal(t, says, strings.Contains(r.GetMessage(), "erased from live"), r.GetMessage())
		require.Contains(t, s.methods(), "ingest_FORGET")
		require.Empty(t, s.db.Rows(t, "select * from sf_orchestrator.run_key"))
	}
}

// Once it has begun to take rows away it only goes forward; before, it can be stopped, and
// the keys are gone either way.
func TestAnEraseThatIsCancelled(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]orchestratorv1.RunState{"ingest_FIND": cancelled, "snapshot_ERASE": succeeded} {
		s := erasable(t)
		script, got, release := hanging()
		s.on(method, script)
		id := s.start(t, erase("alice"))
		await(t, got)

		_, err := s.client.CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: id, RequestedBy: "me"})
		require.NoError(t, err)
		close(release)

		requireState(t, s.end(t, id), want)
		require.Empty(t, s.db.Rows(t, "select * from sf_orchestrator.run_key"))
		require.Contains(t, s.methods(), "ingest_FORGET")
	}
}

// One that waits is cancelled with its keys; the same request again is the same run, others
// wait behind it.
func TestErasesAreKnownByTheirKeys(t *testing.T) {
	t.Parallel()
	s := erasable(t)
	script, got, release := hanging()
	s.on("ingest_FIND", script)
	first := erase("alice", "bob")
	first.RequestId = ident.New(ident.Request)
	id := s.start(t, first)
	await(t, got)
	start := func(req *orchestratorv1.StartRunRequest) (*orchestratorv1.StartRunResponse, error) {
		return s.client.StartRun(t.Context(), req)
	}

	same, err := start(first)
	require.NoError(t, err)
	require.Equal(t, id, same.GetRun().GetId())
	joined, err := start(erase("alice", "bob"))
	require.NoError(t, err)
	require.True(t, joined.GetAlreadyRunning())
	other := erase("alice")
	other.RequestId = first.GetRequestId()
	_, err = start(other)
	requireReason(t, err, problem.RequestIDReused)
	waiting, err := start(erase("carol"))
	require.NoError(t, err)
	require.NotEqual(t, id, waiting.GetRun().GetId())
	require.Equal(t, id, waiting.GetRun().GetWaitsFor())
	_, err = s.client.CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: waiting.GetRun().GetId(), RequestedBy: "me"})
	require.NoError(t, err)
	require.Equal(t, []string{id}, s.db.Rows(t, "select run from sf_orchestrator.run_key"))
	close(release)
	requireState(t, s.end(t, id), succeeded)
	again, err := start(first)
	require.NoError(t, err)
	require.Equal(t, id, again.GetRun().GetId(), "also once its keys are gone")
}

func TestAnEraseIsAskedForAlone(t *testing.T) {
	t.Parallel()
	s := erasable(t)
	for field, change := range map[string]func(*orchestratorv1.StartRunRequest){
		"reason":       func(r *orchestratorv1.StartRunRequest) { r.Reason = " " },
		"erase_keys":   func(r *orchestratorv1.StartRunRequest) { r.EraseKeys = nil },
		"as_of":        func(r *orchestratorv1.StartRunRequest) { r.AsOf = "2024-01-31" },
		"source":       func(r *orchestratorv1.StartRunRequest) { r.Source = "/data" },
		"supersede":    func(r *orchestratorv1.StartRunRequest) { r.Supersede = true },
		"restage":      func(r *orchestratorv1.StartRunRequest) { r.Restage = true },
		"full_extract": func(r *orchestratorv1.StartRunRequest) { r.FullExtract = true },
		"accept_from":  func(r *orchestratorv1.StartRunRequest) { r.AcceptFrom = "run_1234" },
	} {
		req := erase("alice")
		change(req)

		_, err := s.client.StartRun(t.Context(), req)

		requireReason(t, err, problem.InvalidRequest)
		require.ErrorContains(t, err, strings.TrimSuffix(field, "_from"))
		require.NotContains(t, err.Error(), "alice")
	}
	for _, reason := range []string{"alice asked for it", "for Alice.", "by mail of (alice)"} {
		req := erase("bob", "alice")
		req.Reason = reason
		_, err := s.client.StartRun(t.Context(), req)
		requireReason(t, err, problem.InvalidRequest)
		require.ErrorContains(t, err, "found a key in it")
		require.NotContains(t, strings.ToLower(err.Error()), "alice")
	}
	delivery := ask()
	delivery.EraseTable = "users"
	_, err := s.client.StartRun(t.Context(), delivery)
	requireReason(t, err, problem.InvalidRequest)
	missing := ask()
	missing.AsOf = ""
	_, err = s.client.StartRun(t.Context(), missing)
	requireReason(t, err, problem.InvalidRequest)
	require.ErrorContains(t, err, "as_of")
}

// What earlier runs found and said of a key goes with it; what they found of others stays.
func TestEarlierRunsForgetAKey(t *testing.T) {
	t.Parallel()
	s := erasable(t)
	s.judges = func(v *qualityv1.Validation) {
		v.Findings = []*stepv1.Finding{{
			Reason: "EXPECTATIONS_FAILED", Severity: datasetv1.Severity_SEVERITY_WARNING, Table: "users", Message: `2 rows, the first "alice"`, Count: 2,
			Rows: []*stepv1.RowLocation{{Line: 2, Key: []string{"alice"}, Value: "x"}, {Line: 3, Key: []string{"zoe"}}},
		}}
	}
	earlier := s.did(t, ask())
	require.Contains(t, earlier.String(), "alice")
	s.db.Exec(t, `update sf_orchestrator.run_event set message = message || ' of "alice"' where run = $1 and number = 2`, earlier.GetId())
	s.db.Exec(t, `create function sf_platform.asked() returns trigger language plpgsql as $$begin
		insert into sf_platform.erasing values (new.id, 'users', '{alice}'); return null; end$$;
		create trigger asked after insert on sf_orchestrator.run for each row execute function sf_platform.asked();
		grant insert on sf_platform.erasing to sf_orchestrator; grant execute on function sf_platform.asked() to sf_orchestrator`)

	done := s.did(t, erase("alice"))

	requireState(t, done, succeeded)
	now := s.run(t, earlier.GetId())
	require.NotContains(t, now.String(), "alice")
	require.Contains(t, now.String(), "zoe")
	require.EqualValues(t, 2, now.GetFindings()[0].GetCount())
	require.Contains(t, now.GetFindings()[0].GetMessage(), "the first (erased)")
	require.Contains(t, s.events(t, earlier.GetId())[1].GetMessage(), "of (erased)")
	require.Equal(t, stepv1.ErasedFrom_ERASED_FROM_RUN, done.GetErased()[2].GetFrom())
	require.EqualValues(t, 3, done.GetErased()[2].GetRows())
}
