package problem

import "slices"

// acceptable are the reasons of guards. What a guard finds is not wrong in itself, only
// improbable, so that a person who looked at it may let one run go on over it. No other
// finding can be accepted: values, keys and headers are mended, or their rule changed.
var acceptable = []Reason{StaleExtract, DeparturesOverLimit}

// acceptableInRollback are those of the guards that look at a rollback, which reads no files.
var acceptableInRollback = []Reason{RollbackMixed}

// Acceptable says whether a finding of the reason may be accepted for a run.
func Acceptable(r Reason) bool {
	return slices.Contains(acceptable, r) || slices.Contains(acceptableInRollback, r)
}

// AcceptableReasons lists the reasons that may be accepted for a run that reads files, in the
// order of the registry.
func AcceptableReasons() []string { return inOrder(acceptable) }

// AcceptableInRollback lists those that may be accepted for a rollback.
func AcceptableInRollback() []string { return inOrder(acceptableInRollback) }

func inOrder(reasons []Reason) []string {
	var out []string
	for _, e := range registry {
		if slices.Contains(reasons, e.Reason) {
			out = append(out, string(e.Reason))
		}
	}
	return out
}
