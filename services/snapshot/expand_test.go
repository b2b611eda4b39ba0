package snapshot_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// expand lets the tables grow to what the delivery's dataset declares.
func (b *delivery) expand(rewrite, lookOnly bool) ([]*stepv1.AlteredRelation, error) {
	got, err := b.suite.client.Expand(context.Background(), &snapshotv1.ExpandRequest{
		Context: b.context(), Dataset: b.dataset, Rewrite: rewrite, LookOnly: lookOnly,
	})
	return got.GetAltered(), err
}

func mends(altered []*stepv1.AlteredRelation) (all []string) {
	for _, a := range altered {
		all = append(all, a.GetMend())
	}
	return all
}

var growth = []string{
	`alter table "public"."users_snapshots" add column "channel" text`,
	`alter table "public"."orders_snapshots" alter column "amount" type numeric(14,2)`,
	`alter table "public"."orders_snapshots" add column "channel" text`,
}

// shopWide is the grown shop with more room for amounts.
func shopWide() *datasetv1.Dataset {
	d := shopGrown("shop")
	d.Tables[1].Columns[1].Type = "numeric(14,2)"
	return d
}

func TestHistoryGrows(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	first := s.deliver(t, shop("shop"), january, shopRows()).history()
	nodes := "select relname, relfilenode from pg_class where relname like '%\\_\\_2024_01_31\\_\\_r1' order by 1"
	before := s.db.Rows(t, nodes)
	rows := shopRowsGrown()
	rows["orders"] = `values (2, 12.50, 'u1', 'x', 'web'), (1, 7, 'u1', 'y', null), (1, null, 'u2', null, null)`
	b := s.deliver(t, shopWide(), february, rows)
	_, err := b.prepare()
	require.NoError(t, err, "that the tables grow before the stamp is no difference")
	_, err = b.stamp()
	requireReason(t, err, problem.SnapshotTableDiffers)

	would, err := b.expand(false, true)
	require.NoError(t, err)
	did, err := b.expand(false, false)
	require.NoError(t, err)
	again, err := b.expand(false, false)
	require.NoError(t, err)
	stamped, err := b.stamp()
	require.NoError(t, err)

	require.Equal(t, growth, mends(would))
	require.Equal(t, growth, mends(did))
	require.Equal(t, "users_snapshots", did[0].GetName())
	require.Positive(t, did[0].GetBytes())
	require.Empty(t, again)
	require.Equal(t, before, s.db.Rows(t, nodes), "nothing is rewritten")
	require.Contains(t, stamped[1].GetSnapshot().GetColumns(), "channel")
	require.NotContains(t, first[1].GetSnapshot().GetColumns(), "channel", "the catalog says which columns an as_of has")
	require.Equal(t, []string{"2024-01-31|<null>", "2024-02-29|web"},
		s.db.Rows(t, "select as_of, channel from orders_snapshots where user_id = 'u1' and number = 2 order by 1"))
	same := s.deliver(t, shopWide(), january, shopRowsGrown()).history()
	require.True(t, same[1].GetUnchanged(), "january is what it was")
	require.Equal(t, []string{"channel"}, same[1].GetWithout())
}

// The hash is over canonical text: a wider type and a rewritten one change none of it.
func TestARewriteKeepsTheHash(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	d := shop("shop")
	d.Tables[1].Columns[0].Type, d.Tables[1].Columns[1].Type = "bigint", "numeric(14,4)"
	b := s.deliver(t, d, february, shopRows())
	_, err := b.prepare()
	p := requireReason(t, err, problem.SnapshotTableDiffers)
	require.Contains(t, p.Message, "expected column number bigint not null, found integer not null: `sfctl dataset migrate` rewrites the table for it, outside of runs")
	byRun, err := b.expand(false, false)
	require.NoError(t, err)
	require.Empty(t, byRun)

	did, err := b.expand(true, false)

	require.NoError(t, err)
	require.Equal(t, []string{
		`alter table "public"."orders_snapshots" alter column "number" type bigint using "number"::bigint`,
		`alter table "public"."orders_snapshots" alter column "amount" type numeric(14,4) using "amount"::numeric(14,4)`,
	}, mends(did))
	b.history()
	req := s.deliver(t, d, january, shopRows()).prepareRequest()
	req.Verify = true
	prepared, _, err := s.prepare(req)
	require.NoError(t, err)
	for _, p := range prepared.GetSnapshots() {
		require.True(t, p.GetUnchanged(), "%s is hashed as it was stamped", p.GetSnapshot())
	}
	for _, st := range s.checkStamped(t, d, false) {
		require.True(t, st.GetStands(), st.GetFound())
	}
}

func TestWhatHangsOnAColumnOfHistoryIsNamed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	s.db.Exec(t, "create view revenue as select as_of, sum(amount) as amount from orders_snapshots group by as_of")
	b := s.deliver(t, shopWide(), february, shopRowsGrown())

	did, err := b.expand(false, false)
	require.NoError(t, err)
	check := s.check(t, shopWide())[1]

	require.NotContains(t, mends(did), growth[1])
	require.Len(t, check.GetDifferences(), 1)
	require.Equal(t, "expected column amount numeric(14,2), found numeric(12,2), and view public.revenue hangs on it", check.GetDifferences()[0].GetFound())
	s.db.Exec(t, check.GetDifferences()[0].GetMend())
	require.Empty(t, s.check(t, shopWide())[1].GetDifferences())
	require.Equal(t, []string{"2024-01-31|19.50"}, s.db.Rows(t, "select * from revenue"))
}

func TestWhatARunDoesIsNoDifference(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	d := shopWide()
	d.Tables[1].Columns[0].Type = "bigint"

	check := s.check(t, d)[1]

	require.Empty(t, check.GetDifferences())
	require.Len(t, check.GetExpansions(), 2)
	require.Len(t, check.GetRewrites(), 1)
	require.Equal(t, `alter table "public"."orders_snapshots" alter column "number" type bigint using "number"::bigint`, check.GetRewrites()[0].GetMend())
}

func TestExpandNeedsALiveFence(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	b := s.deliver(t, shopWide(), february, shopRowsGrown())
	s.db.Fence(t, "shop")

	_, err := b.expand(false, false)

	requireReason(t, err, problem.FenceLost)
}
