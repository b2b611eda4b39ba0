package trainingset

import (
	"context"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// mixed are the dates of which a set takes snapshots that were left behind by a rollback or a
// correction, as it was known at its cut-off, beside others: their rows were never one state.
func mixed(ctx context.Context, q postgres.Querier, m *Manifest, joins []Join) (findings, error) {
	left, err := store.LeftOf(ctx, q, m.Dataset, m.KnownAt)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	var dates []string
	behind, others := map[string][]string{}, map[string][]string{}
	for _, p := range pins(joins) {
		date := day(p.AsOf)
		if !slices.Contains(dates, date) {
			dates = append(dates, date)
		}
		if slices.Contains(left[date].Snapshots, p.Snapshot) {
			behind[date] = append(behind[date], p.Snapshot)
		} else {
			others[date] = append(others[date], p.Snapshot)
		}
	}
	var fs findings
	for _, date := range dates {
		if len(behind[date]) > 0 && len(others[date]) > 0 {
			fs.add(problem.DeliveriesMixed, behind[date][0], "expected the snapshots as of %s to be of one delivery, found that %s was left as it was when %s got another content",
				date, strings.Join(behind[date], ", "), strings.Join(others[date], ", "))
		}
	}
	return fs, nil
}
