package dataset

import (
	"slices"

	"github.com/streamflow/streamflow/dataset/internal/lookup"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Incremental is true where a delivery of the table holds only the rows that are new or
// changed since the as_of before.
func Incremental(t *datasetv1.Table) bool {
	return t.GetExtract() == datasetv1.Extract_EXTRACT_INCREMENTAL
}

// BaseSnapshot is the snapshot that incremental deliveries of a table are laid over: the
// first one that is made from it and carries all of its columns; nil where none does.
func BaseSnapshot(d *datasetv1.Dataset, t *datasetv1.Table) *datasetv1.Snapshot {
	for _, s := range d.GetSnapshots() {
		if s.GetFrom() == t.GetName() && len(uncarried(d, t, s)) == 0 {
			return s
		}
	}
	return nil
}

// uncarried are the columns of a table that a snapshot of it lacks.
func uncarried(d *datasetv1.Dataset, t *datasetv1.Table, s *datasetv1.Snapshot) []string {
	carried := SnapshotColumns(d, s)
	return slices.DeleteFunc(lookup.ColumnNames(t), func(name string) bool {
		return slices.ContainsFunc(carried, func(c *datasetv1.Column) bool { return c.GetName() == name })
	})
}
