package snapshot_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// corrections leave the users of January with three revisions, and February with two.
func corrections(t *testing.T) *suite {
	t.Helper()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.deliver(t, shop("shop"), february, shopRows()).history()
	for i, asOf := range []string{january, february, january} {
		rows := shopRows()
		rows["users"] = fmt.Sprintf(`values ('u%d', null::date, null::boolean, null::numeric, null::float8, null::bigint, null::text)`, i)
		b := s.correct(t, shop("shop"), asOf, rows)
		b.reason = fmt.Sprintf("reason %d", i)
		b.history()
	}
	return s
}

func TestListRevisionsInPages(t *testing.T) {
	t.Parallel()
	s := corrections(t)
	list := func(req *snapshotv1.ListRevisionsRequest) (all []string) {
		req.Dataset = "shop"
		for {
			resp, err := s.client.ListRevisions(t.Context(), req)
			require.NoError(t, err)
			for _, r := range resp.GetRevisions() {
				state := "current"
				if r.GetSupersededAt() != nil {
					state = "superseded"
					require.True(t, r.GetSupersededAt().AsTime().After(r.GetKnownAt().AsTime()))
				}
				all = append(all, fmt.Sprintf("%s %s %d %s %q %s", r.GetAsOf(), r.GetSnapshot(), r.GetRevision(), state, r.GetReason(), r.GetRelation().GetName()))
			}
			if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
				return all
			}
		}
	}
	want := []string{
		`2024-02-29 orders_snapshots 1 current "" orders_snapshots__2024_02_29__r1`,
		`2024-02-29 users_snapshots 2 current "reason 1" users_snapshots__2024_02_29__r1`,
		`2024-02-29 users_snapshots 1 superseded "" users_snapshots__2024_02_29__r1__kept`,
		`2024-01-31 orders_snapshots 1 current "" orders_snapshots__2024_01_31__r1`,
		`2024-01-31 users_snapshots 3 current "reason 2" users_snapshots__2024_01_31__r1`,
		`2024-01-31 users_snapshots 2 superseded "reason 0" users_snapshots__2024_01_31__r2__kept`,
		`2024-01-31 users_snapshots 1 superseded "" users_snapshots__2024_01_31__r1__kept`,
	}
	for _, size := range []int32{0, 1, 2, 7} {
		require.Equal(t, want, list(&snapshotv1.ListRevisionsRequest{PageSize: size}), size)
	}
	require.Equal(t, want[3:], list(&snapshotv1.ListRevisionsRequest{AsOf: january, PageSize: 2}))
	require.Equal(t, want[1:3], list(&snapshotv1.ListRevisionsRequest{AsOf: february, Snapshot: "users_snapshots"}))
	require.Empty(t, list(&snapshotv1.ListRevisionsRequest{AsOf: "2024-03-31"}))
	for _, req := range []*snapshotv1.ListRevisionsRequest{
		{}, {Dataset: "shop", AsOf: "2024-02-30"}, {Dataset: "shop", AsOf: "x"}, {Dataset: "shop", PageToken: "x"}, {Dataset: "shop", PageSize: -1},
	} {
		_, err := s.client.ListRevisions(t.Context(), req)
		requireReason(t, err, problem.InvalidRequest)
	}
}

func TestListRestatementsInPages(t *testing.T) {
	t.Parallel()
	s := corrections(t)
	list := func(req *snapshotv1.ListRestatementsRequest) (all []string) {
		req.Dataset = "shop"
		for {
			resp, err := s.client.ListRestatements(t.Context(), req)
			require.NoError(t, err)
			for _, r := range resp.GetRestatements() {
				require.Len(t, r.GetSnapshots(), 1, "the orders were the same")
				one := r.GetSnapshots()[0]
				all = append(all, fmt.Sprintf("%s %s %s %s %s: revision %d, %d added, %d removed",
					r.GetAsOf(), r.GetReason(), r.GetRequestedBy(), r.GetRun(), one.GetSnapshot(), one.GetRevision(), one.GetAdded(), one.GetRemoved()))
			}
			if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
				return all
			}
		}
	}
	want := []string{
		"2024-01-31 reason 2 a test run_1 users_snapshots: revision 3, 1 added, 1 removed",
		"2024-02-29 reason 1 a test run_1 users_snapshots: revision 2, 0 added, 2 removed",
		"2024-01-31 reason 0 a test run_1 users_snapshots: revision 2, 1 added, 3 removed",
	}
	for _, size := range []int32{0, 1, 2, 3} {
		require.Equal(t, want, list(&snapshotv1.ListRestatementsRequest{PageSize: size}), size)
	}
	require.Equal(t, want[1:2], list(&snapshotv1.ListRestatementsRequest{AsOf: february}))
	for _, req := range []*snapshotv1.ListRestatementsRequest{{}, {Dataset: "shop", AsOf: "2024-02-30"}, {Dataset: "shop", PageToken: "x"}} {
		_, err := s.client.ListRestatements(t.Context(), req)
		requireReason(t, err, problem.InvalidRequest)
	}
}
