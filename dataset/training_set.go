package dataset

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/streamflow/streamflow/dataset/calendar"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// What a training set has that declares nothing else.
const (
	defaultHorizon = 1
	// defaultMinCoverage leaves room for a few labels that came late. Lower, and a model
	// learns from those alone who have one; higher, and one missing row refuses the set.
	defaultMinCoverage = 0.95
	// defaultMaxLift is an area under the ROC curve of 0.9: hardly any honest feature
	// predicts so well alone.
	defaultMaxLift = 0.4
)

// SplitColumn is the column of a training set that says in which part a row is.
const SplitColumn = "split"

// TrainingSetByName returns the training set of that name, or nil.
func TrainingSetByName(d *datasetv1.Dataset, name string) *datasetv1.TrainingSet {
	for _, set := range d.GetTrainingSets() {
		if set.GetName() == name {
			return set
		}
	}
	return nil
}

// SnapshotByName returns the snapshot of that name, or nil.
func SnapshotByName(d *datasetv1.Dataset, name string) *datasetv1.Snapshot {
	for _, snapshot := range d.GetSnapshots() {
		if snapshot.GetName() == name {
			return snapshot
		}
	}
	return nil
}

// SnapshotColumn is a column of a snapshot, as in labels_snapshots.churn_label.
type SnapshotColumn struct{ Snapshot, Column string }

// ParseSnapshotColumn reads snapshot.column. A snapshot's name has no point; a
// column's may have some.
func ParseSnapshotColumn(text string) SnapshotColumn {
	snapshot, column, _ := strings.Cut(text, ".")
	return SnapshotColumn{Snapshot: snapshot, Column: column}
}

// String is snapshot.column.
func (c SnapshotColumn) String() string { return c.Snapshot + "." + c.Column }

// FeatureName is what a feature is called in its set: as, otherwise its column.
func FeatureName(f *datasetv1.Feature) string {
	return cmp.Or(f.GetAs(), ParseSnapshotColumn(f.GetColumn()).Column)
}

// LabelName is what a label is called in its set: as, otherwise its column.
func LabelName(l *datasetv1.Label) string {
	return cmp.Or(l.GetAs(), ParseSnapshotColumn(l.GetColumn()).Column)
}

// Horizon is how many periods after its features a label is of: 1 where it declares none.
func Horizon(l *datasetv1.Label) int {
	if l == nil || l.Horizon == nil {
		return defaultHorizon
	}
	return int(l.GetHorizon())
}

// MinCoverage is the share of rows that must have a label: 0.95 where none is declared.
func MinCoverage(set *datasetv1.TrainingSet) float64 {
	if set == nil || set.MinCoverage == nil {
		return defaultMinCoverage
	}
	return set.GetMinCoverage()
}

// MaxLeakageLift is how well a feature alone may predict the label: 0.4 where none is
// declared.
func MaxLeakageLift(set *datasetv1.TrainingSet) float64 {
	if set == nil || set.MaxLeakageLift == nil {
		return defaultMaxLift
	}
	return set.GetMaxLeakageLift()
}

// StepAsOf is the as_of that lies n periods after an as_of of the calendar, before it
// where n is negative; the zero time where the calendar has no period.
func StepAsOf(c *datasetv1.Calendar, asOf time.Time, n int) time.Time {
	rhythm := calendar.Of(c)
	if rhythm == nil {
		return time.Time{}
	}
	return rhythm.Step(asOf, n)
}

// AsOfDatesOf lists the dates that a training set declares, the earliest first: those of
// its list, or every as_of of its range; none where it declares none. They are as Lint
// lets them pass.
func AsOfDatesOf(c *datasetv1.Calendar, dates *datasetv1.AsOfDates) []time.Time {
	var all []time.Time
	for _, text := range dates.GetDates() {
		if asOf, err := ParseAsOf(text); err == nil {
			all = append(all, asOf)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	from, errFrom := ParseAsOf(dates.GetFrom())
	to, errTo := ParseAsOf(dates.GetTo())
	if errFrom != nil || errTo != nil || !OnCalendar(c, from) {
		return all
	}
	for asOf := from; !asOf.After(to) && len(all) <= maxDates; asOf = StepAsOf(c, asOf, 1) {
		all = append(all, asOf)
	}
	return all
}
