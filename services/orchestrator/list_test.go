package orchestrator_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (s *suite) list(t testing.TB, req *orchestratorv1.ListRunsRequest) []string {
	t.Helper()
	var ids []string
	for {
		resp, err := s.client.ListRuns(t.Context(), req)
		require.NoError(t, err)
		for _, r := range resp.GetRuns() {
			ids = append(ids, r.GetId())
			require.NotEmpty(t, r.GetSteps())
			require.Empty(t, r.GetFindings())
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return ids
		}
	}
}

func TestListRuns(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, dataset("other"))
	s.finds(warning(problem.ExpectationsFailed, "odd"))
	one := s.did(t, ask()).GetId()
	february := ask()
	february.AsOf = "2024-02-29"
	two := s.did(t, february).GetId()
	s.on("Stage", failing(100, problem.New(problem.SourceNotFound, "no folder")))
	three := s.did(t, february).GetId()
	elsewhere := ask()
	elsewhere.Dataset = "other"
	four := s.did(t, elsewhere).GetId()

	for name, tc := range map[string]struct {
		req  *orchestratorv1.ListRunsRequest
		want []string
	}{
		"all, newest first": {&orchestratorv1.ListRunsRequest{}, []string{four, three, two, one}},
		"in pages":          {&orchestratorv1.ListRunsRequest{PageSize: 1}, []string{four, three, two, one}},
		"full last page":    {&orchestratorv1.ListRunsRequest{PageSize: 2}, []string{four, three, two, one}},
		"of a dataset":      {&orchestratorv1.ListRunsRequest{Dataset: "shop"}, []string{three, two, one}},
		"of an as_of":       {&orchestratorv1.ListRunsRequest{AsOf: "2024-02-29", PageSize: 1}, []string{three, two}},
		"in states":         {&orchestratorv1.ListRunsRequest{States: []orchestratorv1.RunState{failed, cancelled}}, []string{four, three}},
		"of none":           {&orchestratorv1.ListRunsRequest{Dataset: "shop", States: []orchestratorv1.RunState{running}}, nil},
	} {
		require.Equal(t, tc.want, s.list(t, tc.req), name)
	}
	require.NotEmpty(t, s.run(t, one).GetFindings(), "GetRun has them")
}

// A thousand runs of a dataset with two hundred tables fit into one answer: of the
// counts per table a list holds the sums.
func TestListRunsSumsTheCounts(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.did(t, ask())
	s.did(t, plan())
	s.on("Stage", failing(100, problem.New(problem.SourceNotFound, "no folder")))
	s.did(t, ask())

	resp, err := s.client.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})

	require.NoError(t, err)
	var got []string
	for _, r := range resp.GetRuns() {
		for _, st := range r.GetSteps() {
			for _, c := range st.GetCounts() {
				require.Empty(t, c.GetTable())
				got = append(got, fmt.Sprint(st.GetKind(), " ", c.GetRows(), " ", c.GetInserted(), " ", c.GetUpdated(), " ", c.GetUnchanged(), " ", c.GetBytes()))
			}
		}
	}
	require.Equal(t, []string{
		"STEP_KIND_STAGE 14086 0 0 0 200", "STEP_KIND_VALIDATE 14086 0 0 0 0", "STEP_KIND_PLAN 14086 86 2000 12000 0",
		"STEP_KIND_STAGE 14086 0 0 0 200", "STEP_KIND_VALIDATE 14086 0 0 0 0", "STEP_KIND_PUBLISH 14086 14086 0 0 200",
		"STEP_KIND_STAMP 14086 14086 0 0 0",
	}, got)
}

func TestAListOfADatasetThatIsNotThereIsNoEmptyList(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ran := s.did(t, plan()).GetId()

	_, err := s.client.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{Dataset: "shopp"})

	requireReason(t, err, problem.DatasetNotFound)
	_, err = s.remove("shop", false)
	require.NoError(t, err)
	require.Equal(t, []string{ran}, s.list(t, &orchestratorv1.ListRunsRequest{Dataset: "shop"}), "a deleted one leaves its runs")
}

func TestListRunsRefuses(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, req := range []*orchestratorv1.ListRunsRequest{
		{PageToken: "no token!"}, {PageToken: page.Token("shop")}, {PageToken: page.Token("bat_1")}, {PageSize: -1}, {PageSize: 1001}, {AsOf: "2024-02-31"}, {AsOf: "x"},
		{States: []orchestratorv1.RunState{99}}, {States: []orchestratorv1.RunState{0}},
	} {
		_, err := s.client.ListRuns(t.Context(), req)
		requireReason(t, err, problem.InvalidRequest)
	}
}

func TestGetRunTakesAUniquePart(t *testing.T) {
	t.Parallel()
	s := setup(t)
	one := s.did(t, ask()).GetId()
	two := s.did(t, ask()).GetId()
	shared := 0
	for one[shared] == two[shared] {
		shared++
	}

	require.Equal(t, two, s.run(t, two[:shared+1]).GetId())
	require.Equal(t, one, s.run(t, one).GetId())
	for given, reason := range map[string]problem.Reason{
		two[:shared]: problem.AmbiguousID,
		"run_":       problem.AmbiguousID,
		"run_%":      problem.RunNotFound,
		`run_\`:      problem.RunNotFound,
		one + "0":    problem.RunNotFound,
		"bat_1":      problem.InvalidRequest,
	} {
		_, err := s.client.GetRun(t.Context(), &orchestratorv1.GetRunRequest{Run: given})
		requireReason(t, err, reason)
	}
}
