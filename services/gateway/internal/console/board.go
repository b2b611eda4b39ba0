package console

import (
	"maps"
	"slices"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// maxRows is how many as_of dates a board shows: five years of months, two months of days.
const maxRows = 60

// holding is what the services hold of one dataset, newest first. The no… say that a
// service could not be asked: what it holds is then not known, and not nothing.
type holding struct {
	dataset                               *orchestratorv1.DatasetVersion
	batches                               []*ingestv1.Batch
	validations                           []*qualityv1.Validation
	snapshots                             []*snapshotv1.Snapshot
	runs                                  []*orchestratorv1.Run
	noBatches, noValidations, noSnapshots bool
	moreBatches, moreSnapshots            bool
}

// board is the as_of dates of one dataset and how far each has come.
type board struct {
	Dataset     string
	Description string
	Rows        []row
	// Older says that there are as_of dates which the board does not show.
	Older bool
}

// newBoard makes the board of a dataset, newest as_of first, the dates of its
// calendar that lie between and have nothing included.
func newBoard(h holding) board {
	b := board{
		Dataset: h.dataset.GetDataset().GetName(), Description: h.dataset.GetDataset().GetDescription(),
		Older: h.moreBatches || h.moreSnapshots,
	}
	all := dates(h, maxRows+1)
	if len(all) > maxRows {
		all, b.Older = all[:maxRows], true
	}
	for _, asOf := range all {
		b.Rows = append(b.Rows, newRow(h, asOf))
	}
	return b
}

// dates lists, newest first, every as_of that anything is known of and the calendar's
// between them, no more than the limit: a calendar of days has many.
func dates(h holding, limit int) []string {
	var all []string
	known := knownDates(h)
	for i, asOf := range known {
		if i > 0 {
			all = append(all, gaps(h.dataset.GetDataset().GetCalendar(), known[i-1], asOf, limit-len(all))...)
		}
		if len(all) >= limit {
			break
		}
		all = append(all, asOf)
	}
	return all
}

// knownDates lists every as_of that anything is known of, newest first.
func knownDates(h holding) []string {
	known := map[string]bool{}
	for _, b := range h.batches {
		known[b.GetAsOf()] = true
	}
	for _, s := range h.snapshots {
		known[s.GetAsOf()] = true
	}
	for _, r := range h.runs {
		if r.GetAsOf() != "" { // an erase is of none
			known[r.GetAsOf()] = true
		}
	}
	all := slices.Sorted(maps.Keys(known))
	slices.Reverse(all)
	return all
}

// gaps lists the dates of the calendar between two, newest first, no more than the limit.
func gaps(calendar *datasetv1.Calendar, newer, older string, limit int) []string {
	t, err := dataset.ParseAsOf(newer)
	if err != nil {
		return nil
	}
	var missing []string
	for t = dataset.PreviousAsOf(calendar, t); !t.IsZero() && len(missing) < limit; t = dataset.PreviousAsOf(calendar, t) {
		asOf := dataset.FormatAsOf(t)
		if asOf <= older {
			break
		}
		missing = append(missing, asOf)
	}
	return missing
}

func ofDate[T interface{ GetAsOf() string }](all []T, asOf string) []T {
	var some []T
	for _, one := range all {
		if one.GetAsOf() == asOf {
			some = append(some, one)
		}
	}
	return some
}
