package step

import (
	"slices"

	"google.golang.org/protobuf/proto"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// judging is the task by what can be judged of a rollback or a restamp: expectations of
// tables whose columns the revisions all carry. Of the others NULL would be judged, which nobody
// delivered. What is left is a dataset of its own, of which no line speaks of what is gone:
// how its tables are extracted, say, or a table that no snapshot keeps.
func (t Task) judging(batch *ingestv1.Batch) Task {
	headers := map[string][]string{}
	for _, d := range batch.GetTables() {
		headers[d.GetTable()] = d.GetHeader()
	}
	d := proto.CloneOf(t.Dataset)
	d.Snapshots, d.TrainingSets = nil, nil
	d.Tables = slices.DeleteFunc(d.Tables, func(table *datasetv1.Table) bool { return len(headers[table.GetName()]) == 0 })
	whole := map[string]bool{}
	for _, table := range d.GetTables() {
		whole[table.GetName()] = len(headers[table.GetName()]) == len(table.GetColumns())
	}
	for _, table := range d.GetTables() {
		has := headers[table.GetName()]
		table.Extract, table.DeletedWhen = datasetv1.Extract_EXTRACT_UNSPECIFIED, nil
		table.Columns = slices.DeleteFunc(table.Columns, func(c *datasetv1.Column) bool { return !slices.Contains(has, c.GetName()) })
		for _, c := range table.GetColumns() {
			c.RenamedFrom = ""
		}
		if !whole[table.GetName()] {
			table.Expectations, table.References = nil, nil
		}
		table.References = slices.DeleteFunc(table.References, func(r *datasetv1.Reference) bool { return len(headers[r.GetTable()]) == 0 })
		table.Expectations = slices.DeleteFunc(table.Expectations, func(e *datasetv1.Expectation) bool {
			other := e.GetKwargs().GetFields()["other_table"].GetStringValue()
			return other != "" && !whole[other]
		})
	}
	t.Dataset = d
	return t
}
