package dataset

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Collected says whether there is anything of a table as of a date, YYYY-MM-DD: it is
// collected from the date on that it declares, of every one where it declares none.
func Collected(t *datasetv1.Table, asOf string) bool {
	return t.GetSince() <= asOf // dates as YYYY-MM-DD sort as texts
}

// CollectedAs is a dataset as there is something of it as of a date, YYYY-MM-DD: without the
// tables that are collected later, the snapshots and training sets that take anything of
// them, and what refers to them. It is the dataset itself where that leaves nothing out.
func CollectedAs(d *datasetv1.Dataset, asOf string) *datasetv1.Dataset {
	later := Later(d, asOf)
	if len(later) == 0 {
		return d
	}
	gone := func(name string) bool {
		return slices.ContainsFunc(later, func(t *datasetv1.Table) bool { return t.GetName() == name })
	}
	then := proto.CloneOf(d)
	then.Tables = slices.DeleteFunc(then.GetTables(), func(t *datasetv1.Table) bool { return gone(t.GetName()) })
	for _, t := range then.GetTables() {
		t.References = slices.DeleteFunc(t.GetReferences(), func(r *datasetv1.Reference) bool { return gone(r.GetTable()) })
		t.Expectations = slices.DeleteFunc(t.GetExpectations(), func(e *datasetv1.Expectation) bool { return gone(expectation.OtherTable(e)) })
	}
	then.Snapshots = slices.DeleteFunc(then.GetSnapshots(), func(s *datasetv1.Snapshot) bool { return gone(s.GetFrom()) })
	then.TrainingSets = nil
	return then
}

// Later are the tables of a dataset that are collected only after a date, YYYY-MM-DD.
func Later(d *datasetv1.Dataset, asOf string) []*datasetv1.Table {
	var later []*datasetv1.Table
	for _, t := range d.GetTables() {
		if !Collected(t, asOf) {
			later = append(later, t)
		}
	}
	return later
}

// FirstCollected is the first as_of, YYYY-MM-DD, that there is anything of a dataset; empty
// where one of its tables is collected of every date.
func FirstCollected(d *datasetv1.Dataset) string {
	first := ""
	for i, t := range d.GetTables() {
		if i == 0 || t.GetSince() < first {
			first = t.GetSince()
		}
	}
	return first
}
