package console

import (
	"slices"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// maxRows is how many as_of dates a board shows: five years of months.
const maxRows = 60

// holding is what the services hold of one dataset, newest first. The no… say that a
// service could not be asked: what it holds is then not known, and not nothing.
type holding struct {
	dataset                               *datasetv1.Dataset
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
		Dataset: h.dataset.GetName(), Description: h.dataset.GetDescription(),
		Older: h.moreBatches || h.moreSnapshots,
	}
	for _, asOf := range dates(h) {
		if len(b.Rows) == maxRows {
			b.Older = true
			break
		}
		b.Rows = append(b.Rows, newRow(h, asOf))
	}
	return b
}

// dates lists every as_of that anything is known of, and the calendar's between them.
func dates(h holding) []string {
	known := map[string]bool{}
	for _, b := range h.batches {
		known[b.GetAsOf()] = true
	}
	for _, s := range h.snapshots {
		known[s.GetAsOf()] = true
	}
	for _, r := range h.runs {
		known[r.GetAsOf()] = true
	}
	all := make([]string, 0, len(known))
	for asOf := range known {
		all = append(all, asOf)
	}
	slices.Sort(all)
	all = append(all, gaps(h.dataset.GetCalendar(), all)...)
	slices.Sort(all)
	slices.Reverse(all)
	return all
}

// gaps lists the dates of the calendar between the first and the last of the known
// ones, which are sorted, that are not among them.
func gaps(calendar *datasetv1.Calendar, known []string) []string {
	if len(known) == 0 {
		return nil
	}
	first, err := dataset.ParseAsOf(known[0])
	if err != nil {
		return nil
	}
	last := known[len(known)-1]
	var missing []string
	for t := dataset.NextAsOf(calendar, first); !t.IsZero() && dataset.FormatAsOf(t) < last; t = dataset.NextAsOf(calendar, t) {
		if asOf := dataset.FormatAsOf(t); !slices.Contains(known, asOf) {
			missing = append(missing, asOf)
		}
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
