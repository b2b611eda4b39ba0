package orchestrator_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// accepts reads REASON:TABLE.
func accepts(texts ...string) []*orchestratorv1.AcceptedFinding {
	var all []*orchestratorv1.AcceptedFinding
	for _, text := range texts {
		reason, table, _ := strings.Cut(text, ":")
		all = append(all, &orchestratorv1.AcceptedFinding{Reason: reason, Table: table})
	}
	return all
}

func accepting(texts ...string) *orchestratorv1.StartRunRequest {
	req := ask()
	req.Accept = accepts(texts...)
	return req
}

// guarded lets ingest reject a batch with departures from both tables, and a row besides.
func guarded(b *ingestv1.Batch) {
	b.State = ingestv1.BatchState_BATCH_STATE_REJECTED
	for table, n := range map[string]int64{"shop_users": 5, "shop_orders": 7} {
		b.Findings = append(b.Findings, &stepv1.Finding{
			Reason: "DEPARTURES_OVER_LIMIT", Severity: datasetv1.Severity_SEVERITY_CRITICAL, Table: table, Count: n, Message: "cut short",
		})
	}
	b.Findings = append(b.Findings, &stepv1.Finding{Reason: "ROWS_REJECTED", Severity: datasetv1.Severity_SEVERITY_CRITICAL, Table: "shop_users", Count: 1})
}

func TestWhoAcceptsWhatStandsInTheRunAndItsEvents(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.delivers = func(b *ingestv1.Batch) {
		b.Findings = []*stepv1.Finding{{Reason: "DEPARTURES_OVER_LIMIT", Severity: datasetv1.Severity_SEVERITY_INFO, Table: "shop_users", AcceptedBy: asker}}
	}

	r := s.did(t, accepting("DEPARTURES_OVER_LIMIT:shop_users", "STALE_EXTRACT:", "DEPARTURES_OVER_LIMIT:shop_users"))

	requireState(t, r, succeeded)
	require.Len(t, r.GetAccepted(), 2)
	for i, want := range []string{"DEPARTURES_OVER_LIMIT shop_users", "STALE_EXTRACT "} {
		a := r.GetAccepted()[i]
		require.Equal(t, want, a.GetReason()+" "+a.GetTable())
		require.Equal(t, asker, a.GetBy())
		require.NotNil(t, a.GetAt())
		require.Nil(t, a.UpTo)
	}
	for name, sent := range s.accepted {
		require.Len(t, sent, 2, name)
	}
	require.Contains(t, s.accepted, "Stage")
	require.Contains(t, s.accepted, "Publish")
	events := s.events(t, r.GetId())
	require.Equal(t, "queued for "+asker+", who accepts DEPARTURES_OVER_LIMIT of shop_users; STALE_EXTRACT", events[0].GetMessage())
	require.Contains(t, r.GetSteps()[0].GetSummary(), "; DEPARTURES_OVER_LIMIT of shop_users accepted by "+asker)
}

// An acceptance that stays in a script would accept, one day, what nobody has looked at.
func TestWhatIsAcceptedOfEveryTableIsNotAcceptedOfOneAsWell(t *testing.T) {
	t.Parallel()
	const every, one, other = "DEPARTURES_OVER_LIMIT:", "DEPARTURES_OVER_LIMIT:shop_users", "STALE_EXTRACT:shop_users"
	for name, tc := range map[string]struct{ said, kept []string }{
		"the wide one first":       {[]string{every, one}, []string{every}},
		"the wide one last":        {[]string{one, every}, []string{every}},
		"each twice":               {[]string{one, every, one, every}, []string{every}},
		"of another reason":        {[]string{every, other}, []string{every, other}},
		"two tables, none of them": {[]string{one, "DEPARTURES_OVER_LIMIT:shop_orders"}, []string{one, "DEPARTURES_OVER_LIMIT:shop_orders"}},
	} {
		s := setup(t)
		r := s.did(t, accepting(tc.said...))
		var kept []string
		for _, a := range r.GetAccepted() {
			kept = append(kept, a.GetReason()+":"+a.GetTable())
		}
		require.Equal(t, tc.kept, kept, name)
	}
}

func TestAnAcceptanceThatWasNotNeededIsANoteOfTheRun(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.delivers = func(b *ingestv1.Batch) {
		b.Findings = []*stepv1.Finding{{Reason: "DEPARTURES_OVER_LIMIT", Severity: datasetv1.Severity_SEVERITY_INFO, Table: "shop_users", AcceptedBy: asker}}
	}
	planned := plan()
	planned.Accept = accepts("STALE_EXTRACT:shop_orders")

	for name, r := range map[string]*orchestratorv1.Run{
		"full": s.did(t, accepting("DEPARTURES_OVER_LIMIT:shop_users", "STALE_EXTRACT:shop_orders")), "plan": s.did(t, planned),
	} {
		requireState(t, r, succeeded)
		require.Len(t, r.GetFindings(), 2, name)
		require.Equal(t, "DEPARTURES_OVER_LIMIT", r.GetFindings()[0].GetReason(), name)
		note := r.GetFindings()[1]
		require.Equal(t, string(problem.AcceptanceUnused), note.GetReason(), name)
		require.Equal(t, datasetv1.Severity_SEVERITY_INFO, note.GetSeverity(), "what is not needed stops nothing")
		require.Equal(t, "accepted STALE_EXTRACT:shop_orders was not needed: no guard found it in this delivery", note.GetMessage())
	}
}

func TestWhatARunFoundIsAcceptedUpToItsCounts(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.delivers = guarded
	failed := s.did(t, plan())
	require.Equal(t, "DEPARTURES_OVER_LIMIT", failed.GetReason())
	s.delivers = nil
	req := ask()
	req.AcceptFrom = failed.GetId()[len("run_") : len("run_")+20]

	r := s.did(t, req)

	got := map[string]int64{}
	for _, a := range r.GetAccepted() {
		require.Equal(t, "DEPARTURES_OVER_LIMIT", a.GetReason(), "no other finding can be accepted")
		require.Equal(t, failed.GetId(), a.GetFromRun())
		got[a.GetTable()] = a.GetUpTo()
	}
	require.Equal(t, map[string]int64{"shop_users": 5, "shop_orders": 7}, got)
	require.Contains(t, s.events(t, r.GetId())[0].GetMessage(), "DEPARTURES_OVER_LIMIT of shop_users up to 5, as "+failed.GetId()+" found")
}

func TestWhatCannotBeAccepted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, dataset("other"))
	done := s.did(t, ask())
	s.delivers = guarded
	failed := s.did(t, ask())
	s.delivers = nil
	hang, got, release := hanging()
	s.on("Validate", hang)
	t.Cleanup(func() { close(release) })
	restage := ask()
	restage.Restage = true
	running := s.start(t, restage)
	await(t, got)
	for name, tc := range map[string]struct {
		change func(*orchestratorv1.StartRunRequest)
		reason problem.Reason
		says   string
	}{
		"another finding":     {func(r *orchestratorv1.StartRunRequest) { r.Accept = accepts("ROWS_REJECTED:") }, problem.InvalidRequest, "STALE_EXTRACT or DEPARTURES_OVER_LIMIT"},
		"no such reason":      {func(r *orchestratorv1.StartRunRequest) { r.Accept = accepts("stale:") }, problem.InvalidRequest, `"stale"`},
		"no such table":       {func(r *orchestratorv1.StartRunRequest) { r.Accept = accepts("STALE_EXTRACT:users") }, problem.InvalidRequest, `found "users"`},
		"no such run":         {func(r *orchestratorv1.StartRunRequest) { r.AcceptFrom = "run_00000000000000000000000000" }, problem.RunNotFound, "run_0000"},
		"no id":               {func(r *orchestratorv1.StartRunRequest) { r.AcceptFrom = "x" }, problem.InvalidRequest, "accept_from"},
		"another as_of":       {func(r *orchestratorv1.StartRunRequest) { r.AsOf, r.AcceptFrom = "2024-02-29", failed.GetId() }, problem.NothingToAccept, "is of shop as of 2024-01-31"},
		"another dataset":     {func(r *orchestratorv1.StartRunRequest) { r.Dataset, r.AcceptFrom = "other", failed.GetId() }, problem.NothingToAccept, "the request of other"},
		"a run that succeeds": {func(r *orchestratorv1.StartRunRequest) { r.AcceptFrom = done.GetId() }, problem.NothingToAccept, "not stopped by a guard"},
		"a run under way":     {func(r *orchestratorv1.StartRunRequest) { r.AcceptFrom = running }, problem.NothingToAccept, "has not ended yet"},
	} {
		req := ask()
		tc.change(req)
		_, err := s.client.StartRun(t.Context(), req)
		requireReason(t, err, tc.reason)
		require.ErrorContains(t, err, tc.says, name)
	}
}

// What is accepted is part of what a run is: a request that accepts something does not
// join one that does not.
func TestRequestsThatAcceptOtherThingsAreOtherRuns(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, _, release := hanging()
	s.on("Stage", hang)
	t.Cleanup(func() { close(release) })
	const one, two = "DEPARTURES_OVER_LIMIT:shop_users", "STALE_EXTRACT:"

	ids := map[string]bool{
		s.start(t, ask()): true, s.start(t, accepting(one)): true, s.start(t, accepting(two)): true,
		s.start(t, accepting(one, two)): true, s.start(t, accepting("DEPARTURES_OVER_LIMIT:")): true,
	}

	require.Len(t, ids, 5)
	again, err := s.client.StartRun(t.Context(), accepting(two, one, two))
	require.NoError(t, err)
	require.True(t, again.GetAlreadyRunning(), "in whichever order it is said, and how often")
}
