package dataset

import (
	"fmt"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/calendar"
	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// How much a dataset may declare. The columns leave room, within PostgreSQL's
// 1,600 of a table, for those that staging adds.
const (
	maxTables    = 200
	maxSnapshots = 400
	maxColumns   = 1500
	// maxExpectations keeps the report of their failing within a message.
	maxExpectations = 5000
	// maxBytes is how large a dataset is as a message: every call of a run carries it, and
	// every version is kept. Two hundred tables of a hundred columns take a quarter.
	maxBytes = 2 << 20
)

// Lint finds every mistake in what a dataset says: names, types, keys,
// references, files, expectations, snapshots, training sets. Where in a file they stand is not
// known here; each has its path. A dataset without mistakes can be staged,
// published and stamped as far as its declaration goes.
func Lint(d *datasetv1.Dataset) Mistakes {
	l := &linter{dataset: d}
	if l.tooLarge() {
		return l.mistakes // its other mistakes could be as many
	}
	l.wellFormed()
	l.header()
	for i, table := range d.GetTables() {
		l.table(fmt.Sprintf("tables[%d]", i), table)
	}
	l.cycles()
	l.erased()
	for i, snapshot := range d.GetSnapshots() {
		l.snapshot(fmt.Sprintf("snapshots[%d]", i), snapshot)
	}
	l.relations()
	l.files()
	l.trainingSets()
	return l.mistakes
}

// linter collects the mistakes of one dataset.
type linter struct {
	dataset  *datasetv1.Dataset
	mistakes Mistakes
	// guesses are those that are left of what was meant.
	guesses nearest.Guesses
}

func (l *linter) wrong(path, format string, args ...any) {
	l.mistakes = append(l.mistakes, Mistake{Path: path, Message: fmt.Sprintf(format, args...)})
}

// tooLarge says of a dataset that it is larger than one may be.
func (l *linter) tooLarge() bool {
	size := proto.Size(l.dataset)
	if size <= maxBytes {
		return false
	}
	l.wrong("", "expected a dataset of at most %d bytes as a message, found %d: divide it into datasets of fewer tables, "+
		"or leave long descriptions and sets of values out of it", maxBytes, size)
	return true
}

// header judges what stands above the tables.
func (l *linter) header() {
	d := l.dataset
	if !identifier.MatchString(d.GetName()) {
		l.wrong("name", "expected %s, found %q", identifierRule, d.GetName())
	}
	l.schema()
	l.readSchema()
	l.calendar()
	l.history()
	if len(d.GetTables()) == 0 {
		l.wrong("tables", "expected at least one table, found none")
	}
	l.atMost("tables", len(d.GetTables()), maxTables, "tables")
	l.atMost("snapshots", len(d.GetSnapshots()), maxSnapshots, "snapshots")
	expectations := 0
	for _, t := range d.GetTables() {
		expectations += len(t.GetExpectations())
	}
	l.atMost("tables", expectations, maxExpectations, "expectations in all")
}

func (l *linter) calendar() {
	declared := l.dataset.GetCalendar()
	rhythm := calendar.Of(declared)
	switch {
	case declared == nil:
		l.wrong("calendar", "expected a calendar with a period, such as period: month_end, found none")
	case declared.GetPeriod() == datasetv1.Period_PERIOD_UNSPECIFIED:
		l.wrong("calendar.period", "expected a period, such as month_end, found none")
	case rhythm != nil && declared.GetEndsOn() != datasetv1.Weekday_WEEKDAY_UNSPECIFIED && declared.GetPeriod() != datasetv1.Period_PERIOD_WEEK:
		l.wrong("calendar.ends_on", "expected period: week beside ends_on, found a calendar of which every as_of is %s", rhythm)
	}
}

func (l *linter) atMost(path string, found, limit int, what string) {
	if found > limit {
		l.wrong(path, "expected at most %d %s, found %d", limit, what, found)
	}
}
