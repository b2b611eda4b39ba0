package dataset

import (
	"fmt"
	"slices"
	"strings"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// How much a training set may declare. PostgreSQL selects at most 1,664 columns; the key
// takes up to 32 of them.
const (
	maxTrainingSets = 200
	maxFeatures     = 1500
	maxConditions   = 50
	maxValues       = 1000
)

// LintTrainingSet finds every mistake of a training set that stands outside its
// dataset, as one that somebody asks for once. Paths begin at the set.
func LintTrainingSet(d *datasetv1.Dataset, set *datasetv1.TrainingSet) Mistakes {
	l := &linter{dataset: d}
	l.message("", set.ProtoReflect())
	l.trainingSet("", set)
	for i, m := range l.mistakes {
		l.mistakes[i].Path = strings.TrimPrefix(m.Path, ".")
	}
	return l.mistakes
}

// trainingSets judges all of the dataset's.
func (l *linter) trainingSets() {
	sets := l.dataset.GetTrainingSets()
	l.atMost("training_sets", len(sets), maxTrainingSets, "training sets")
	for i, set := range sets {
		here := fmt.Sprintf("training_sets[%d]", i)
		l.trainingSet(here, set)
		if slices.ContainsFunc(sets[:i], func(s *datasetv1.TrainingSet) bool { return s.GetName() == set.GetName() }) {
			l.wrong(here+".name", "training set %q stands twice in the dataset", set.GetName())
		}
	}
}

// trainingSet judges one training set.
func (l *linter) trainingSet(path string, set *datasetv1.TrainingSet) {
	if !identifier.MatchString(set.GetName()) {
		l.wrong(path+".name", "expected %s, found %q", identifierRule, set.GetName())
	}
	t := &trainingLinter{linter: l, set: set, taken: map[string]string{asOfColumn: "the date of the row"}}
	t.entities(path + ".entities")
	t.features(path + ".features")
	t.label(path + ".label")
	t.split(path + ".split")
	l.dates(path+".as_of", set.GetAsOf())
	l.days(path+".embargo", set.GetEmbargo())
	l.days(path+".keep_for", set.GetKeepFor())
	l.shareOf(path+".min_coverage", MinCoverage(set))
	l.shareOf(path+".max_leakage_lift", MaxLeakageLift(set))
}

// trainingLinter judges one training set, and knows which columns it has so far.
type trainingLinter struct {
	*linter
	set *datasetv1.TrainingSet
	// entity is the snapshot of the entities; nil where it is not known, which is said once.
	entity *datasetv1.Snapshot
	// taken says of the name of every column of the set what it is.
	taken map[string]string
}

func (l *linter) days(path string, days int32) {
	if days < 0 || days > 36600 {
		l.wrong(path, "expected 0 to 36600 days, found %d", days)
	}
}

func (l *linter) periods(path string, periods int32) {
	if periods < 0 || periods > 10000 {
		l.wrong(path, "expected 0 to 10000 periods, found %d", periods)
	}
}

func (l *linter) shareOf(path string, share float64) {
	if !(share >= 0 && share <= 1) { // NaN is refused too
		l.wrong(path, "expected a share from 0 to 1, found %v", share)
	}
}

// named finds a snapshot, or says that there is none.
func (l *linter) named(path, name string) *datasetv1.Snapshot {
	snapshot := SnapshotByName(l.dataset, name)
	if snapshot == nil {
		known := make([]string, 0, len(l.dataset.GetSnapshots()))
		for _, s := range l.dataset.GetSnapshots() {
			known = append(known, s.GetName())
		}
		l.wrong(path, "expected a snapshot of the dataset, found %q%s", name, l.guesses.Hint(name, known))
	}
	return snapshot
}

// take gives a column of the set its name, which must be its own.
func (t *trainingLinter) take(path, name, what string) {
	if by, twice := t.taken[name]; twice {
		t.wrong(path, "expected a column name of its own, found %q, which is %s: give one of them another name with as", name, by)
		return
	}
	t.taken[name] = what
}
