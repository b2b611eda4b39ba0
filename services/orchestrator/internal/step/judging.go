package step

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// judging is the task by what can be judged of a rollback or a restamp: expectations of
// tables whose columns the revisions all carry. Of the others NULL would be judged, which
// nobody delivered. It is put together of what quality judges by, and not the dataset without
// what it does not: whatever else a dataset may declare one day, as how long history is kept,
// speaks of what is not there.
func (t Task) judging(batch *ingestv1.Batch) Task {
	kept := kept{}
	for _, d := range batch.GetTables() {
		kept[d.GetTable()] = d.GetHeader()
	}
	judged := &datasetv1.Dataset{Name: t.Dataset.GetName(), Schema: t.Dataset.GetSchema(), Calendar: proto.CloneOf(t.Dataset.GetCalendar())}
	whole := map[string]bool{}
	for _, table := range t.Dataset.GetTables() {
		whole[table.GetName()] = len(kept[table.GetName()]) == len(table.GetColumns())
	}
	for _, table := range t.Dataset.GetTables() {
		if len(kept[table.GetName()]) > 0 {
			judged.Tables = append(judged.Tables, kept.table(table, whole))
		}
	}
	t.Dataset = judged
	return t
}

// kept are the columns that the revisions carry, by table.
type kept map[string][]string

// table is a table by what can be judged of it; whole are those of which all columns are kept.
func (k kept) table(of *datasetv1.Table, whole map[string]bool) *datasetv1.Table {
	t := &datasetv1.Table{Name: of.GetName(), File: of.GetFile(), Key: slices.Clone(of.GetKey())}
	for _, c := range of.GetColumns() {
		if slices.Contains(k[of.GetName()], c.GetName()) {
			c = proto.CloneOf(c)
			c.RenamedFrom = "" // which may name a column that is not kept
			t.Columns = append(t.Columns, c)
		}
	}
	if !whole[of.GetName()] {
		return t
	}
	for _, r := range of.GetReferences() {
		if len(k[r.GetTable()]) > 0 {
			t.References = append(t.References, proto.CloneOf(r))
		}
	}
	for _, e := range of.GetExpectations() {
		if other := expectation.OtherTable(e); other == "" || whole[other] {
			t.Expectations = append(t.Expectations, proto.CloneOf(e))
		}
	}
	return t
}
