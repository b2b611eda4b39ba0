// Package fold puts findings under those from which they follow, so that a run's report
// says each fault once, with one advice. Ingest does so for what it knows itself (rows
// that refer to a rejected one); what only both services together show is folded here,
// by a short list of rules. Nothing is dropped: a folded finding keeps all that it says.
package fold

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Findings returns the findings of a run in their order, each below the first that it
// follows from, where there is one. The given ones stay as they are.
func Findings(d *datasetv1.Dataset, all []*stepv1.Finding) []*stepv1.Finding {
	var top []*stepv1.Finding
	under := map[int][]*stepv1.Finding{} // by the place of the cause in all
	place := map[int]int{}               // of what is on top, its place in all
	for i, f := range all {
		if at := root(d, all, f); at >= 0 {
			under[at] = append(under[at], f)
			continue
		}
		place[len(top)] = i
		top = append(top, f)
	}
	for i, f := range top {
		if follows := under[place[i]]; len(follows) > 0 {
			whole := proto.CloneOf(f)
			whole.Follows = append(whole.GetFollows(), follows...)
			top[i] = whole
		}
	}
	return top
}

// root returns the place of the finding from which one follows in the end: what it follows
// from at once may follow from another one. -1 where there is none.
func root(d *datasetv1.Dataset, all []*stepv1.Finding, effect *stepv1.Finding) int {
	at := -1
	for next := cause(d, all, effect); next >= 0; next = cause(d, all, all[at]) { // no rule leads back to where another began
		at = next
	}
	return at
}

// cause returns the place of the finding from which one follows; -1 where there is none.
// A finding that stops the run is not put under one that does not.
func cause(d *datasetv1.Dataset, all []*stepv1.Finding, effect *stepv1.Finding) int {
	if !mayFollow(effect) || dataset.TableByName(d, effect.GetTable()) == nil {
		return -1
	}
	return slices.IndexFunc(all, func(c *stepv1.Finding) bool {
		return c != effect && stops(c) && (explains(d, c, effect) || slices.ContainsFunc(c.GetFollows(), func(below *stepv1.Finding) bool {
			return explains(d, below, effect)
		}))
	})
}

func stops(f *stepv1.Finding) bool {
	return f.GetSeverity() == datasetv1.Severity_SEVERITY_CRITICAL || f.GetSeverity() == datasetv1.Severity_SEVERITY_UNSPECIFIED
}
