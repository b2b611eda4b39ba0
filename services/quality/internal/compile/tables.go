package compile

import (
	"fmt"

	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// tables are those of a dataset by name, each as it is declared and as it came.
type tables map[string]table

type table struct {
	declared  *datasetv1.Table
	delivered *stepv1.DeliveredTable
}

func delivery(d *datasetv1.Dataset, delivered []*stepv1.DeliveredTable) tables {
	all := make(tables, len(d.GetTables()))
	for _, t := range d.GetTables() {
		all[t.GetName()] = table{declared: t}
	}
	for _, t := range delivered {
		all[t.GetTable()] = table{declared: all[t.GetTable()].declared, delivered: t}
	}
	return all
}

// candidate returns where the rows of a table stand, or why there are none to judge. A
// candidate is empty with reason where the file has no rows; where all that it has were
// rejected, a rule over what is left would hold and say nothing.
func (t tables) candidate(name string) (relation.Relation, string) {
	delivered := t[name].delivered
	c, rejected := delivered.GetCandidate(), delivered.GetRejected()
	switch {
	case c == nil:
		return relation.Relation{}, fmt.Sprintf("table %s has no candidate: no row of its file could be staged", name)
	case c.GetRows() == 0 && rejected > 0:
		return relation.Relation{}, fmt.Sprintf("no row of table %s could be staged: %s delivered and rejected",
			name, prose.Count(rejected, "row")+were(rejected))
	}
	return relation.Of(c.GetRelation()), ""
}

func were(n int64) string {
	if n == 1 {
		return " was"
	}
	return " were"
}
