package registry

import (
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// exchanges notes columns that are declared to exchange their names once more, where no run
// was made of the version between: the same names stand before and after, and the tables
// have it still that the earlier exchange is the one that is declared. A dataset that was
// deleted and is applied again goes on with its tables: what it declares was carried out.
func (j *judgement) exchanges(now []*stepv1.RelationCheck) {
	if j.before == nil {
		return
	}
	for _, t := range j.after.GetTables() {
		rings := rename.Of(t).Without(rename.Of(dataset.TableByName(j.before, t.GetName()))).Rings()
		live := relation.Relation{Schema: dataset.Schema(j.after), Name: t.GetName()}
		check := checkOf(now, live)
		if len(rings) == 0 || !check.GetHasRows() || renamesIn(check, rings[0].From) || j.waits(t.GetName(), rings[0]) {
			continue
		}
		var names []string
		for _, p := range rings {
			names = append(names, p.To)
		}
		j.found = append(j.found, problem.Violation{Subject: live.String(), Description: "columns " + strings.Join(names, ", ") +
			" exchanged their names already, as an earlier version declared it, and no run was made since of one that does not: " +
			"leave renamed_from out where that exchange is meant; where they are to exchange their names once more, make a run of the current version first"})
	}
}

// waits says whether history of a table waits for a rename that a run left half done: a
// version that declares it goes on with it.
func (j *judgement) waits(table string, p rename.Pair) bool {
	return slices.ContainsFunc(j.after.GetSnapshots(), func(s *datasetv1.Snapshot) bool {
		history := checkOf(j.now.Snapshots, relation.Relation{Schema: dataset.Schema(j.after), Name: s.GetName()})
		return s.GetFrom() == table && history.GetHasRows() && len(due(history, rename.Pairs{p})) > 0
	})
}

// renamesIn says whether a table is going to be renamed, or a person has to.
func renamesIn(check *stepv1.RelationCheck, column string) bool {
	return slices.ContainsFunc(slices.Concat(check.GetExpansions(), check.GetDifferences()), func(d *stepv1.RelationDifference) bool {
		return slices.ContainsFunc(d.GetRenames(), func(r *stepv1.ColumnRename) bool { return r.GetFrom() == column })
	})
}
