package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func TestGetSnapshot(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	stamped := s.deliver(t, shop("shop"), february, shopRowsOther()).history()

	got, err := s.client.GetSnapshot(t.Context(), &snapshotv1.GetSnapshotRequest{Dataset: "shop", AsOf: february})

	require.NoError(t, err)
	require.Len(t, got.GetSnapshots(), 2)
	require.Equal(t, stamped[1].GetSnapshot().String(), got.GetSnapshots()[0].String(), "by name")
	require.Equal(t, stamped[0].GetSnapshot().String(), got.GetSnapshots()[1].String())
}

func TestGetSnapshotThatIsNotThere(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	cases := []struct {
		name, dataset, asOf string
		reason              problem.Reason
		says                string
	}{
		{"another as_of", "shop", february, problem.SnapshotNotFound, "nothing of dataset shop is stamped as of 2024-02-29; the newest as_of that is, is 2024-01-31"},
		{"another dataset", "shops", january, problem.SnapshotNotFound, "no as_of of it is"},
		{"no such day", "shop", "2024-02-30", problem.InvalidRequest, "as_of"},
		{"no date", "shop", "", problem.InvalidRequest, "as_of"},
		{"no dataset", "", january, problem.InvalidRequest, "dataset"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.client.GetSnapshot(t.Context(), &snapshotv1.GetSnapshotRequest{Dataset: c.dataset, AsOf: c.asOf})

			require.Contains(t, requireReason(t, err, c.reason).Message, c.says)
		})
	}
}

func TestListSnapshotsInPages(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	f := s.db.Fence(t, "shop")
	for _, asOf := range []string{january, "2024-03-31", february} {
		s.deliverUnder(t, f, shop("shop"), asOf, shopRows()).history()
	}
	s.deliver(t, inSchema(t, s, shop("other"), "elsewhere"), january, shopRows()).history()
	all := []string{
		"2024-03-31 orders_snapshots", "2024-03-31 users_snapshots", "2024-02-29 orders_snapshots",
		"2024-02-29 users_snapshots", "2024-01-31 orders_snapshots", "2024-01-31 users_snapshots",
	}

	for _, size := range []int32{0, 1, 2, 4, 6, 7} {
		got, pages := s.list(t, &snapshotv1.ListSnapshotsRequest{Dataset: "shop", PageSize: size})

		require.Equal(t, all, got)
		if size > 0 {
			require.Equal(t, (6+int(size)-1)/int(size), pages)
		}
	}
	users, pages := s.list(t, &snapshotv1.ListSnapshotsRequest{Dataset: "shop", Snapshot: "users_snapshots", PageSize: 2})
	require.Equal(t, []string{all[1], all[3], all[5]}, users)
	require.Equal(t, 2, pages)
	earlier, pages := s.list(t, &snapshotv1.ListSnapshotsRequest{Dataset: "shop", Before: "2024-03-31", PageSize: 3})
	require.Equal(t, all[2:], earlier)
	require.Equal(t, 2, pages)
	for _, nothing := range []*snapshotv1.ListSnapshotsRequest{{Dataset: "nobody"}, {Dataset: "shop", Before: january}} {
		none, _ := s.list(t, nothing)
		require.Empty(t, none)
	}
}

func (s *suite) list(t *testing.T, req *snapshotv1.ListSnapshotsRequest) (got []string, pages int) {
	t.Helper()
	for {
		page, err := s.client.ListSnapshots(t.Context(), req)
		require.NoError(t, err)
		pages++
		for _, e := range page.GetSnapshots() {
			got = append(got, e.GetAsOf()+" "+e.GetSnapshot())
		}
		if page.GetNextPageToken() == "" {
			return got, pages
		}
		req.PageToken = page.GetNextPageToken()
	}
}

func TestListSnapshotsRefusesADayThatIsNone(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	_, err := s.client.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "shop", Before: "2024-02-31"})

	require.Equal(t, "before", requireReason(t, err, problem.InvalidRequest).Violations[0].Subject)
}

func TestListSnapshotsRefusesAStrangeToken(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	for _, token := range []string{"not base64!", "bm90IGpzb24", "bnVsbA", "e30"} {
		_, err := s.client.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "shop", PageToken: token})

		p := requireReason(t, err, problem.InvalidRequest)
		require.Contains(t, p.Message, "page_token: expected the next_page_token of the page before")
	}
}
