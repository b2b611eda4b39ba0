package snapshot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// gaps asks for the gaps of a dataset, page by page, each as a line.
func (s *suite) gaps(tb testing.TB, d *datasetv1.Dataset, req *snapshotv1.ListGapsRequest) (all []string) {
	tb.Helper()
	req.Dataset, req.Declaration, req.DatasetVersion = d.GetName(), d, "v1"
	for {
		resp, err := s.client.ListGaps(context.Background(), req)
		require.NoError(tb, err)
		for _, g := range resp.GetGaps() {
			require.Equal(tb, d.GetName(), g.GetDataset())
			why := strings.TrimPrefix(g.GetWhy().String(), "GAP_REASON_")
			all = append(all, fmt.Sprintf("%s %s %s %t", g.GetAsOf(), why, strings.Join(g.GetSnapshots(), ","), g.GetAll()))
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return all
		}
	}
}

func TestGapsAreWhatTheCalendarExpectsAndHistoryLacks(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	require.Empty(t, s.gaps(t, d, &snapshotv1.ListGapsRequest{}), "of a dataset that has no history nothing is expected")
	before := shop("shop") // the orders are kept later
	before.Snapshots = before.Snapshots[:1]
	s.deliver(t, before, january, shopRows()).history()
	s.deliver(t, d, "2024-04-30", shopRows()).history()
	want := []string{
		"2024-05-31 LATE users_snapshots,orders_snapshots true", "2024-03-31 NEVER_DELIVERED users_snapshots,orders_snapshots true",
		"2024-02-29 NEVER_DELIVERED users_snapshots,orders_snapshots true", "2024-01-31 NOT_STAMPED orders_snapshots false",
	}

	for _, size := range []int32{0, 1, 2, 4} {
		require.Equal(t, want, s.gaps(t, d, &snapshotv1.ListGapsRequest{To: "2024-06-29", PageSize: size}), size)
	}
	require.Equal(t, []string{"2024-03-31 NEVER_DELIVERED users_snapshots true", "2024-02-29 NEVER_DELIVERED users_snapshots true"},
		s.gaps(t, d, &snapshotv1.ListGapsRequest{To: "2024-04-30", Snapshot: "users_snapshots"}))
	require.Equal(t, []string{"2024-03-31 NEVER_DELIVERED users_snapshots,orders_snapshots true"},
		s.gaps(t, d, &snapshotv1.ListGapsRequest{From: "2024-03-01", To: "2024-04-30"}))
	require.Equal(t, []string{"2023-12-31 NEVER_DELIVERED users_snapshots,orders_snapshots true"},
		s.gaps(t, d, &snapshotv1.ListGapsRequest{From: "2023-12-01", To: "2024-01-30"}))
	other := shop("other")
	require.Empty(t, s.gaps(t, other, &snapshotv1.ListGapsRequest{To: "2024-06-29"}), "of another dataset")
}

// Nothing is due that has not come: the last gap is the newest date up to today, however far
// ahead is asked, and says how old it is.
func TestNothingIsLateBeforeItHasCome(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	s.deliver(t, d, january, shopRows()).history()

	resp, err := s.client.ListGaps(t.Context(), &snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: d, To: "2999-12-31", PageSize: 1})

	require.NoError(t, err)
	newest := resp.GetGaps()[0]
	asOf, err := time.Parse(time.DateOnly, newest.GetAsOf())
	require.NoError(t, err)
	require.False(t, asOf.After(time.Now()))
	require.InDelta(t, time.Since(asOf).Hours()/24, float64(newest.GetDays()), 1.1)
}

func TestGapsOfWhatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	d := shop("shop")
	for name, c := range map[string]struct {
		req    *snapshotv1.ListGapsRequest
		reason problem.Reason
		says   string
	}{
		"no declaration":    {&snapshotv1.ListGapsRequest{Dataset: "shop"}, problem.InvalidRequest, "declaration"},
		"another one":       {&snapshotv1.ListGapsRequest{Dataset: "shopp", Declaration: d}, problem.InvalidRequest, "declaration"},
		"a snapshot":        {&snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: d, Snapshot: "nope"}, problem.SnapshotNotFound, "nope"},
		"no day":            {&snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: d, From: "2024-02-30"}, problem.InvalidRequest, "from: 2024-02-30 is no such day"},
		"no last day":       {&snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: d, To: "2024-02-30"}, problem.InvalidRequest, "to: 2024-02-30 is no such day"},
		"the wrong way":     {&snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: d, From: "2024-02-29", To: "2024-01-31"}, problem.InvalidRequest, "from"},
		"days to come":      {&snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: d, From: "2999-01-31"}, problem.InvalidRequest, "from"},
		"another list":      {&snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: d, PageToken: "eA"}, problem.InvalidRequest, "page_token"},
		"no page token":     {&snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: d, PageToken: "*"}, problem.InvalidRequest, "page_token"},
		"not a date at all": {&snapshotv1.ListGapsRequest{Dataset: "shop", Declaration: d, To: "2024"}, problem.InvalidRequest, "to"},
	} {
		_, err := s.client.ListGaps(t.Context(), c.req)
		require.True(t, problem.Is(err, c.reason), "%s: %v", name, err)
		require.ErrorContains(t, err, c.says, name)
	}
}
