package result

import (
	"github.com/streamflow/streamflow/dataset"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// locations says where rows stand, and what is wrong with each.
func locations(plan *compile.Plan, c *compile.Check, rows []evaluate.Row) []*stepv1.RowLocation {
	list := make([]*stepv1.RowLocation, 0, len(rows))
	for _, row := range rows {
		l := &stepv1.RowLocation{
			File: fileOf(plan, row.File), Line: row.Line, Key: row.Key,
			Column: c.Args.Column, Detail: "expected " + rule(plan, c), Sealed: row.Sealed,
		}
		if row.Value != nil {
			l.Value = *row.Value
		}
		list = append(list, l)
	}
	return list
}

// fileOf names a delivered file by its index; nothing where the index has no name.
func fileOf(plan *compile.Plan, index int) string {
	files := plan.Delivered.GetCandidate().GetFiles()
	if index < 0 || index >= len(files) {
		return ""
	}
	return files[index]
}

// file is the one that a finding is about: that of its first row, otherwise the
// delivered one, otherwise the one that the dataset expects.
func file(plan *compile.Plan, rows []evaluate.Row) string {
	if len(rows) > 0 {
		return fileOf(plan, rows[0].File)
	}
	if name := fileOf(plan, 0); name != "" {
		return name
	}
	return dataset.File(plan.Table)
}
