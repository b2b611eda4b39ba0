package run_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

const (
	departures = "DEPARTURES_OVER_LIMIT"
	stale      = "STALE_EXTRACT"
)

func accept(reason, table string) *stepv1.Acceptance {
	return &stepv1.Acceptance{Reason: reason, Table: table}
}

func acceptFrom(reason, table string) *stepv1.Acceptance {
	return &stepv1.Acceptance{Reason: reason, Table: table, FromRun: "run_1"}
}

func covering(reason, table string) *stepv1.Finding {
	return &stepv1.Finding{Reason: reason, Table: table, AcceptedBy: "ann", Severity: datasetv1.Severity_SEVERITY_INFO}
}

func notes(r *run.Run) (all []string) {
	for _, f := range r.Findings {
		if f.GetReason() == string(problem.AcceptanceUnused) {
			all = append(all, f.GetMessage())
		}
	}
	return all
}

func TestWhatWasAcceptedAndNotNeededIsSaid(t *testing.T) {
	t.Parallel()
	const none = " was not needed: no guard found it in this delivery"
	for name, tc := range map[string]struct {
		accepted  []*stepv1.Acceptance
		findings  []*stepv1.Finding
		published []*stepv1.Acceptance
		want      []string
	}{
		"nothing is accepted": {nil, []*stepv1.Finding{covering(stale, "")}, nil, nil},
		"nothing is found":    {[]*stepv1.Acceptance{accept(departures, "users"), accept(stale, "")}, nil, nil, []string{"accepted " + departures + ":users" + none, "accepted " + stale + none}},
		"at stage":            {[]*stepv1.Acceptance{accept(departures, "users")}, []*stepv1.Finding{covering(departures, "users")}, nil, nil},
		"below another finding": {[]*stepv1.Acceptance{accept(departures, "users")},
			[]*stepv1.Finding{{Reason: stale, Follows: []*stepv1.Finding{covering(departures, "users")}}}, nil, nil},
		"only under the publish's lock": {[]*stepv1.Acceptance{accept(departures, "users")}, nil, []*stepv1.Acceptance{accept(departures, "users")}, nil},
		"of every table":                {[]*stepv1.Acceptance{accept(departures, "")}, []*stepv1.Finding{covering(departures, "users")}, nil, nil},
		"of another table":              {[]*stepv1.Acceptance{accept(departures, "orders")}, []*stepv1.Finding{covering(departures, "users")}, nil, []string{"accepted " + departures + ":orders" + none}},
		"of another reason":             {[]*stepv1.Acceptance{accept(stale, "users")}, []*stepv1.Finding{covering(departures, "users")}, nil, []string{"accepted " + stale + ":users" + none}},
		"a finding that weighs nothing": {[]*stepv1.Acceptance{accept(stale, "users")}, []*stepv1.Finding{{Reason: stale, Table: "users", Severity: datasetv1.Severity_SEVERITY_INFO}}, nil,
			[]string{"accepted " + stale + ":users" + none}},
		"less than is found": {[]*stepv1.Acceptance{acceptFrom(departures, "users")},
			[]*stepv1.Finding{{Reason: departures, Table: "users", Severity: datasetv1.Severity_SEVERITY_CRITICAL}}, nil, nil},
		"of another run, whole": {[]*stepv1.Acceptance{acceptFrom(stale, "")}, []*stepv1.Finding{covering(stale, "users")}, nil,
			[]string{"accepted " + stale + ", as run_1 found it, was not needed: no guard found it in this delivery"}},
		"of another run, a table": {[]*stepv1.Acceptance{acceptFrom(stale, "users"), acceptFrom(stale, "orders")}, []*stepv1.Finding{covering(stale, "users")}, nil,
			[]string{"accepted " + stale + ":orders, as run_1 found it, was not needed: no guard found it in this delivery"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := inState(run.Full, run.Running, false, "ssr.")
			r.Accepted, r.Findings = tc.accepted, tc.findings

			c := r.Conclude(run.Publish, run.Outcome{Accepted: tc.published})

			require.Equal(t, tc.want, notes(r))
			require.Equal(t, len(tc.want) > 0, c.Findings, "findings are saved where they changed, and only there")
			require.Len(t, r.Findings, len(tc.findings)+len(tc.want), "no finding is lost")
			for _, f := range r.Findings[len(tc.findings):] {
				require.Equal(t, datasetv1.Severity_SEVERITY_INFO, f.GetSeverity())
				require.Contains(t, f.GetAction(), "Leave it out")
			}
		})
	}
}

// Until the last guard has looked nobody knows, and of a run that failed it does not matter.
func TestWhatWasAcceptedIsJudgedAfterTheLastGuard(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		mode    run.Mode
		states  string
		step    run.Kind
		outcome run.Outcome
		said    bool
	}{
		"stage":                               {run.Full, "r...", run.Stage, run.Outcome{}, false},
		"validate":                            {run.Full, "sr..", run.Validate, run.Outcome{}, false},
		"publish":                             {run.Full, "ssr.", run.Publish, run.Outcome{}, true},
		"publish without a stamp":             {run.Full, "ssr-", run.Publish, run.Outcome{}, true},
		"a publish that fails":                {run.Full, "ssr.", run.Publish, run.Outcome{Failure: &run.Failure{Reason: problem.DeparturesOverLimit}}, false},
		"stamp, which says it no second time": {run.Full, "sssr", run.Stamp, run.Outcome{}, false},
		"a plan's changes":                    {run.Plan, "ssr", run.PlanChanges, run.Outcome{}, true},
		"a plan's stage":                      {run.Plan, "r..", run.Stage, run.Outcome{}, false},
		"a plan in which nothing changed": {run.Plan, "r..", run.Stage,
			run.Outcome{Unchanged: true, Skip: map[run.Kind]string{run.Validate: "known", run.PlanChanges: "known"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := inState(tc.mode, run.Running, false, tc.states)
			r.Accepted = []*stepv1.Acceptance{accept(stale, "")}

			r.Conclude(tc.step, tc.outcome)

			require.Equal(t, tc.said, len(notes(r)) == 1, notes(r))
		})
	}
}
