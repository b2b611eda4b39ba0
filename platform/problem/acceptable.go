package problem

import "slices"

// acceptable are the reasons of guards. What a guard finds is not wrong in itself, only
// improbable, so that a person who looked at it may let one run go on over it. No other
// finding can be accepted: values, keys and headers are mended, or their rule changed.
var acceptable = []Reason{StaleExtract, DeparturesOverLimit}

// Acceptable says whether a finding of the reason may be accepted for a run.
func Acceptable(r Reason) bool { return slices.Contains(acceptable, r) }

// AcceptableReasons lists the reasons that may be accepted, in the order of the registry.
func AcceptableReasons() []string {
	var out []string
	for _, e := range registry {
		if Acceptable(e.Reason) {
			out = append(out, string(e.Reason))
		}
	}
	return out
}
