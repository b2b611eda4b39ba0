package dataset

import (
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// SpansSuffix is what follows a snapshot's name in that of the view of its spans, from when
// until when each row was so.
const SpansSuffix = "_scd2"

// LabelViews are, by snapshot, the names under which the schema to read shows those besides
// that training sets take labels from: the names of their tables. Of some snapshots of one
// table it is the first that a set names.
func LabelViews(d *datasetv1.Dataset) map[string]string {
	views, taken := map[string]string{}, map[string]bool{}
	for _, set := range d.GetTrainingSets() {
		of := SnapshotByName(d, ParseSnapshotColumn(set.GetLabel().GetColumn()).Snapshot)
		if of == nil || taken[of.GetFrom()] {
			continue
		}
		views[of.GetName()], taken[of.GetFrom()] = of.GetFrom(), true
	}
	return views
}
