package orchestrator_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// described applies versions that differ by their description, and returns them.
func (s *suite) described(t testing.TB, texts ...string) []string {
	t.Helper()
	var versions []string
	for _, text := range texts {
		d := dataset("shop")
		d.Description = text
		versions = append(versions, s.apply(t, d).GetVersion().GetVersion())
	}
	return versions
}

func (s *suite) versions(t testing.TB, size int32) (all []*orchestratorv1.DatasetVersion, pages int) {
	t.Helper()
	req := &orchestratorv1.ListDatasetVersionsRequest{Dataset: "shop", PageSize: size}
	for {
		resp, err := s.client.ListDatasetVersions(t.Context(), req)
		require.NoError(t, err)
		all, pages = append(all, resp.GetVersions()...), pages+1
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return all, pages
		}
	}
}

func TestVersionsAreListedByTheirLastApplication(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.version(t, "").GetVersion()
	second := s.described(t, "two", "three", "")[:2]                                                                     // the first one again
	s.db.Exec(t, "update sf_orchestrator.dataset_version set applied_at = applied_at - application * interval '1 hour'") // a clock that runs back

	all, pages := s.versions(t, 2)

	require.Equal(t, 2, pages)
	var order []string
	for _, v := range all {
		order = append(order, v.GetVersion())
		require.Equal(t, v.GetVersion() == first, v.GetCurrent())
		require.Equal(t, int32(2), v.GetTables())
		require.Equal(t, int32(2), v.GetSnapshots())
		require.Empty(t, v.GetDataset().GetTables(), "a list has no bodies")
		require.Empty(t, v.GetDataset().GetSnapshots())
		require.Equal(t, "shop", v.GetDataset().GetName())
		require.NotNil(t, v.GetAppliedAt())
	}
	require.Equal(t, []string{first, second[1], second[0]}, order)
}

func TestVersionsOfADatasetThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := setup(t)
	_, err := s.client.ListDatasetVersions(t.Context(), &orchestratorv1.ListDatasetVersionsRequest{Dataset: "shopp"})
	requireReason(t, err, problem.DatasetNotFound)
	_, err = s.client.ListDatasetVersions(t.Context(), &orchestratorv1.ListDatasetVersionsRequest{Dataset: "shop", PageToken: page.Token("0")})
	requireReason(t, err, problem.InvalidRequest)
}

func TestAListOfDatasetsHasNoBodies(t *testing.T) {
	t.Parallel()
	s := setup(t)

	resp, err := s.client.ListDatasets(t.Context(), &orchestratorv1.ListDatasetsRequest{})

	require.NoError(t, err)
	require.Len(t, resp.GetVersions(), 1)
	v := resp.GetVersions()[0]
	require.Equal(t, "shop", v.GetDataset().GetName())
	require.Empty(t, v.GetDataset().GetTables())
	require.Equal(t, int32(2), v.GetTables())
	require.Equal(t, int32(2), v.GetSnapshots())
	require.Len(t, s.version(t, "").GetDataset().GetTables(), 2, "get has them")
}

func TestDiffOfTwoVersions(t *testing.T) {
	t.Parallel()
	s := setup(t)
	first := s.version(t, "").GetVersion()
	v := s.described(t, "two", "three")
	two, three := v[0], v[1]
	for name, tc := range map[string]struct{ from, to, wantFrom, wantTo, text string }{
		"the last change":        {"", "", two, three, "dataset: description two → three"},
		"from one to the newest": {first, "", first, three, "dataset: description none → three"},
		"two that are named":     {three[:12], first[:12], three, first, "dataset: description three → none"},
		"the change to one":      {"", two, first, two, "dataset: description none → two"},
		"one and itself":         {two, two, two, two, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := s.client.DiffDataset(t.Context(), &orchestratorv1.DiffDatasetRequest{Dataset: "shop", From: tc.from, To: tc.to})

			require.NoError(t, err)
			require.Equal(t, tc.wantFrom, resp.GetFrom())
			require.Equal(t, tc.wantTo, resp.GetTo())
			if tc.text == "" {
				require.Empty(t, resp.GetChanges())
				return
			}
			require.Equal(t, []string{tc.text + " CHANGE_CLASS_METADATA"}, texts(resp.GetChanges()))
		})
	}
}

func TestDiffOfTheFirstVersionAddsEverything(t *testing.T) {
	t.Parallel()
	s := setup(t)

	resp, err := s.client.DiffDataset(t.Context(), &orchestratorv1.DiffDatasetRequest{Dataset: "shop"})

	require.NoError(t, err)
	require.Empty(t, resp.GetFrom())
	require.Len(t, resp.GetChanges(), 4)
	for _, c := range resp.GetChanges() {
		require.Equal(t, orchestratorv1.ChangeAction_CHANGE_ACTION_ADDED, c.GetAction())
	}
}

func TestDiffOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const versions = "List its versions with `sfctl dataset versions shop`."
	for _, tc := range []struct {
		req *orchestratorv1.DiffDatasetRequest
		do  string
	}{
		{&orchestratorv1.DiffDatasetRequest{Dataset: "shopp"}, ""},
		{&orchestratorv1.DiffDatasetRequest{Dataset: "shop", From: "zz"}, versions},
		{&orchestratorv1.DiffDatasetRequest{Dataset: "shop", To: "zz"}, versions},
		{&orchestratorv1.DiffDatasetRequest{Dataset: "shopp", From: "a", To: "b"}, ""},
	} {
		_, err := s.client.DiffDataset(t.Context(), tc.req)
		requireReason(t, err, problem.DatasetNotFound)
		require.Equal(t, tc.do, problem.FromError(err).Advice, "%v", tc.req)
	}
	_, err := s.client.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "shop", Version: "zz"})
	requireReason(t, err, problem.DatasetNotFound)
	require.Equal(t, versions, problem.FromError(err).Action())
}

// Of applications at the same moment each is judged beside the one before it.
func TestApplicationsAtOnce(t *testing.T) {
	t.Parallel()
	s := setup(t)
	errs := make(chan error)
	for i := range 4 {
		go func() {
			d := dataset("shop")
			d.Description = fmt.Sprint(i)
			_, err := s.client.ApplyDataset(t.Context(), &orchestratorv1.ApplyDatasetRequest{Dataset: d, RequestedBy: asker})
			errs <- err
		}()
	}
	for range 4 {
		require.NoError(t, await(t, errs))
	}

	all, _ := s.versions(t, 50)

	require.Len(t, all, 5)
	require.True(t, all[0].GetCurrent())
}
