package relation

import stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"

// Remedy is who mends a difference.
type Remedy string

// The remedies.
const (
	// ByPerson: it needs somebody's decision, or somebody's right.
	ByPerson Remedy = ""
	// ByRun: nothing is rewritten, and the next run does it by itself.
	ByRun Remedy = "run"
	// ByMigration: the table is rewritten under a lock, on demand only.
	ByMigration Remedy = "migration"
)

// Together leaves all differences of a table to a person where one of them is a person's:
// what else is missing may be what somebody renamed.
func Together(all []Difference) []Difference {
	if len(Left(all, ByPerson)) > 0 {
		for i, d := range all {
			if d.Remedy != ByPerson {
				all[i].Remedy, all[i].Alone = ByPerson, d.Remedy
			}
		}
	}
	return all
}

// Apportion puts differences into a message, each where its remedy has it. What waits for
// a person to mend something else stands with what it is by itself: nobody has to do it.
func Apportion(all []Difference, into *stepv1.RelationCheck) {
	for _, d := range all {
		remedy := d.Remedy
		if remedy == ByPerson {
			remedy = d.Alone
		}
		switch remedy {
		case ByRun:
			into.Expansions = append(into.Expansions, d.Proto())
		case ByMigration:
			into.Rewrites = append(into.Rewrites, d.Proto())
		case ByPerson:
			into.Differences = append(into.Differences, d.Proto())
		}
	}
}

// Left are the differences that one of the remedies is for.
func Left(all []Difference, remedies ...Remedy) []Difference {
	var left []Difference
	for _, d := range all {
		for _, r := range remedies {
			if d.Remedy == r {
				left = append(left, d)
			}
		}
	}
	return left
}
