package registry

import (
	"slices"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
)

// What is said of a change that the tables which are there make lighter or heavier than
// it is between the two versions: an earlier one may never have had a run.
const (
	notMade  = "no table is there yet: the next run makes it as it is declared"
	isSo     = "the tables that are there are so already"
	noRows   = "there are neither rows nor history that would be parted from it"
	byRun    = "carried out by the next run, without rewriting"
	byRename = "the next run renames it from %s, with all values: the tables that are there have that name still, since no run was made of the version between"
	byDemand = "every value is kept, and PostgreSQL rewrites the table: `sfctl dataset migrate` does it on demand, under a lock"
	byPerson = "the tables that are there differ in what only you can mend: apply it, and see how"
)

// settle weighs changes by what stands under the names of the newer version, as far as it
// was seen.
func settle(changes diff.Changes, d *datasetv1.Dataset, now step.Survey) diff.Changes {
	if len(now.Unseen) > 0 {
		return changes
	}
	settled := slices.Clone(changes)
	for i, c := range settled {
		if c.Class != diff.Metadata {
			settled[i] = renamedInstead(settleOne(c, named(d, c), now.All()), d, now)
		}
	}
	return settled
}

// settleOne weighs one change by the relations that it is of. Of one that the newer
// version does not name nothing was seen.
func settleOne(c diff.Change, of []relation.Relation, now []*stepv1.RelationCheck) diff.Change {
	class, exists := diff.Metadata, false
	for _, r := range of {
		check := checkOf(now, r)
		if check == nil {
			return c
		}
		exists = exists || check.GetExists()
		class = max(class, weight(c, check))
	}
	switch {
	case c.Part == diff.Dataset || c.Part == diff.Snapshot && c.Class == diff.Refused:
		if slices.ContainsFunc(of, func(r relation.Relation) bool { return holdsRows(now, r) }) {
			return c
		}
		c.Class, c.Note = diff.Metadata, noRows
	case !exists && c.Action == diff.Added && c.Part != diff.Column:
		// it is made by the next run, as the change says
	case !exists:
		c.Class, c.Note = diff.Metadata, notMade
	case class != c.Class:
		c.Class = class
		c.Note = map[diff.Class]string{diff.Metadata: isSo, diff.Expanding: byRun, diff.Rewriting: byDemand, diff.Refused: byPerson}[class]
	}
	return c
}

// weight is how heavy a change is for one relation that stands.
func weight(c diff.Change, check *stepv1.RelationCheck) diff.Class {
	brings := func(all []*stepv1.RelationDifference) bool {
		return slices.ContainsFunc(all, func(d *stepv1.RelationDifference) bool { return weighs(d, c) })
	}
	switch {
	case brings(check.GetDifferences()):
		return diff.Refused
	case brings(check.GetRewrites()):
		return diff.Rewriting
	case brings(check.GetExpansions()):
		return diff.Expanding
	}
	return diff.Metadata
}

// named are the relations of the newer version that a change is of.
func named(d *datasetv1.Dataset, c diff.Change) []relation.Relation {
	if c.Part == diff.Dataset {
		return tables(d)
	}
	var all []relation.Relation
	for _, name := range append([]string{c.Table, c.Snapshot}, c.Snapshots...) {
		r := relation.Relation{Schema: dataset.Schema(d), Name: name}
		if name != "" && !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	return all
}

// nextRun is what the next run alters in the tables that are there.
func nextRun(now step.Survey) []*stepv1.AlteredRelation {
	var all []*stepv1.AlteredRelation
	for _, check := range now.All() {
		if check.GetName() == "" {
			continue
		}
		for _, e := range check.GetExpansions() {
			all = append(all, &stepv1.AlteredRelation{Name: check.GetName(), Relation: check.GetRelation(), Found: e.GetFound(), Mend: e.GetMend()})
		}
	}
	return all
}
