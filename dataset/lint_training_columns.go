package dataset

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/dataset/internal/lookup"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// entities judges which rows a training set has.
func (t *trainingLinter) entities(path string) {
	entities := t.set.GetEntities()
	if entities == nil {
		t.wrong(path, "expected entities with a snapshot, found none")
		return
	}
	t.entity = t.named(path+".snapshot", entities.GetSnapshot())
	if t.entity == nil {
		return
	}
	for _, key := range TableByName(t.dataset, t.entity.GetFrom()).GetKey() {
		t.taken[key] = "a column of the entities' key"
	}
	t.atMost(path+".where", len(entities.GetWhere()), maxConditions, "conditions")
	for i, c := range entities.GetWhere() {
		t.condition(fmt.Sprintf("%s.where[%d]", path, i), c)
	}
}

// features judges the columns that a model learns from.
func (t *trainingLinter) features(path string) {
	if len(t.set.GetFeatures()) == 0 {
		t.wrong(path, "expected at least one feature, found none")
	}
	t.atMost(path, len(t.set.GetFeatures()), maxFeatures, "features")
	for i, f := range t.set.GetFeatures() {
		here := fmt.Sprintf("%s[%d]", path, i)
		if t.column(here+".column", f.GetColumn()) {
			t.called(here, f.GetAs(), FeatureName(f), fmt.Sprintf("feature %d", i+1))
		}
		t.periods(here+".ttl", f.GetTtl())
		t.days(here+".window", f.GetWindow())
	}
}

// label judges the column that a model learns to predict.
func (t *trainingLinter) label(path string) {
	label := t.set.GetLabel()
	if label == nil {
		t.wrong(path, "expected a label with a column, found none")
		return
	}
	if t.column(path+".column", label.GetColumn()) {
		t.called(path, label.GetAs(), LabelName(label), "the label")
	}
	t.periods(path+".horizon", label.GetHorizon())
}

// called judges what a column is called in the set.
func (t *trainingLinter) called(path, as, name, what string) {
	if as != "" && !identifier.MatchString(as) {
		t.wrong(path+".as", "expected %s, found %q", identifierRule, as)
		return
	}
	if as != "" {
		path += ".as"
	} else {
		path += ".column"
	}
	t.take(path, name, what)
}

// column judges snapshot.column: it is there, and joins to the entities.
func (t *trainingLinter) column(path, text string) bool {
	if !strings.Contains(text, ".") {
		t.wrong(path, "expected a snapshot and its column, as in labels_snapshots.churn_label, found %q", text)
		return false
	}
	of := ParseSnapshotColumn(text)
	snapshot := t.named(path, of.Snapshot)
	if snapshot == nil {
		return false
	}
	if _, ok := t.typeOf(path, snapshot, of.Column); !ok {
		return false
	}
	return t.joins(path, snapshot)
}

// typeOf finds a column of a snapshot. A type that is none is said elsewhere.
func (t *trainingLinter) typeOf(path string, snapshot *datasetv1.Snapshot, name string) (columnType ColumnType, ok bool) {
	var known []string
	for _, c := range SnapshotColumns(t.dataset, snapshot) {
		if c.GetName() == name {
			columnType, err := ParseType(c.GetType())
			return columnType, err == nil
		}
		known = append(known, c.GetName())
	}
	hint := lookup.RenamedHint(TableByName(t.dataset, snapshot.GetFrom()), name)
	if hint == "" {
		hint = t.guesses.Hint(name, known)
	}
	t.wrong(path, "expected a column of snapshot %q, found %q%s", snapshot.GetName(), name, hint)
	return columnType, false
}

// joins says whether the entities have the columns of the key of a snapshot.
func (t *trainingLinter) joins(path string, snapshot *datasetv1.Snapshot) bool {
	if t.entity == nil {
		return false // said already
	}
	theirs := map[string]*datasetv1.Column{}
	for _, c := range SnapshotColumns(t.dataset, t.entity) {
		theirs[c.GetName()] = c
	}
	table := TableByName(t.dataset, snapshot.GetFrom())
	for _, key := range table.GetKey() {
		ours, err := ParseType(ColumnByName(table, key).GetType())
		other, errOther := ParseType(theirs[key].GetType())
		switch {
		case theirs[key] == nil:
			t.wrong(path, "expected a snapshot whose key is among the columns of the entities %q, found %q, whose key has %q",
				t.entity.GetName(), snapshot.GetName(), key)
			return false
		case err == nil && errOther == nil && !ours.Comparable(other):
			t.wrong(path, "expected a snapshot whose key compares with the entities' %q, which is %s, found %q, where it is %s",
				key, other, snapshot.GetName(), ours)
			return false
		}
	}
	return true
}
