package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

func TestRequestsAreChecked(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	cases := []struct {
		name   string
		spoil  func(*delivery)
		reason problem.Reason
		says   string
	}{
		{"no such day", func(b *delivery) { b.asOf = "2024-02-31" }, problem.InvalidRequest, "as_of: 2024-02-31 is no such day: February 2024 has 29 days"},
		{"another form of date", func(b *delivery) { b.asOf = "31.01.2024" }, problem.InvalidRequest, "as_of"},
		{"no batch", func(b *delivery) { b.batch = "" }, problem.InvalidRequest, "batch"},
		{"the fence of another dataset", func(b *delivery) { b.dataset.Name = "other" }, problem.InvalidRequest,
			"context.fence.dataset: expected the fence of dataset other, found that of shop"},
		{"no candidate", func(b *delivery) { b.candidates = b.candidates[:1] }, problem.InvalidRequest,
			"candidates: expected a candidate of table orders, which snapshot orders_snapshots is made from, found none"},
		{"a snapshot of no table", func(b *delivery) { b.dataset.Snapshots[0].From = "nobody" }, problem.DatasetInvalid, `expected a table of the dataset, found "nobody"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := s.deliver(t, shop("shop"), january, shopRows())
			c.spoil(b)

			_, err := b.prepare()

			p := requireReason(t, err, c.reason)
			require.Contains(t, p.Message, c.says)
			require.Empty(t, s.historyTables(t))
		})
	}
}
