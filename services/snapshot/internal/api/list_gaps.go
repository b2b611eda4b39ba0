package api

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/gap"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// ListGaps returns the dates that the calendar expects and history lacks, as far as the
// catalog tells why.
func (s *Server) ListGaps(ctx context.Context, req *snapshotv1.ListGapsRequest) (*snapshotv1.ListGapsResponse, error) {
	d := req.GetDeclaration()
	if d.GetName() != req.GetDataset() {
		return nil, invalid("declaration", "expected the content of dataset %s, which the gateway puts there, found that of %q", req.GetDataset(), d.GetName())
	}
	if _, err := s.layouts(d); err != nil {
		return nil, err
	}
	size, today := page.Size(req.GetPageSize()), time.Now().UTC().Truncate(24*time.Hour)
	o, err := gapOrder(req, d, today)
	if err != nil {
		return nil, err
	}
	stamped, err := store.StampedDates(ctx, s.pool, req.GetDataset())
	if err != nil {
		return nil, err
	}
	o.Limit = size + 1
	found, next := page.Cut(gap.Find(o, stamped), size, func(g gap.Gap) string { return dataset.FormatAsOf(g.AsOf) })
	resp := &snapshotv1.ListGapsResponse{NextPageToken: next}
	for _, g := range found {
		resp.Gaps = append(resp.Gaps, &snapshotv1.Gap{
			Dataset: req.GetDataset(), AsOf: dataset.FormatAsOf(g.AsOf), Why: whyGap(g), Snapshots: g.Lacks, All: g.All,
			Days: int64(today.Sub(g.AsOf) / (24 * time.Hour)),
		})
	}
	return resp, nil
}

// whyGap is why history lacks a date, as far as the catalog tells.
func whyGap(g gap.Gap) snapshotv1.GapReason {
	switch {
	case !g.All:
		return snapshotv1.GapReason_GAP_REASON_NOT_STAMPED
	case g.Last:
		return snapshotv1.GapReason_GAP_REASON_LATE
	default:
		return snapshotv1.GapReason_GAP_REASON_NEVER_DELIVERED
	}
}

// gapOrder is what is looked at: nothing is due that has not come yet.
func gapOrder(req *snapshotv1.ListGapsRequest, d *datasetv1.Dataset, today time.Time) (gap.Order, error) {
	o := gap.Order{Calendar: d.GetCalendar(), To: today, Since: map[string]time.Time{}}
	for _, s := range d.GetSnapshots() {
		if req.GetSnapshot() == "" || req.GetSnapshot() == s.GetName() {
			o.Snapshots = append(o.Snapshots, s.GetName())
			if since, err := dataset.ParseAsOf(dataset.TableByName(d, s.GetFrom()).GetSince()); err == nil {
				o.Since[s.GetName()] = since
			}
		}
	}
	if req.GetSnapshot() != "" && len(o.Snapshots) == 0 {
		return o, problem.New(problem.SnapshotNotFound, "dataset %s declares no snapshot %s", d.GetName(), req.GetSnapshot()).
			With("dataset", d.GetName()).With("snapshot", req.GetSnapshot())
	}
	var err error
	if req.GetFrom() != "" {
		if o.From, err = parseDay("from", req.GetFrom()); err != nil {
			return o, err
		}
	}
	if req.GetTo() != "" {
		to, err := parseDay("to", req.GetTo())
		if err != nil {
			return o, err
		}
		if to.Before(today) {
			o.To = to
		}
	}
	if o.From.After(o.To) {
		return o, invalid("from", "expected a day that has come, and none after to, found %s", req.GetFrom())
	}
	key, err := page.Key(req.GetPageToken())
	if err != nil || key == "" {
		return o, err
	}
	if o.After, err = dataset.ParseAsOf(key); err != nil {
		return o, page.Refuse(req.GetPageToken())
	}
	return o, nil
}
