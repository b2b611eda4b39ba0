package step

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// findings are what an erase has to say besides what goes.
func (e *erased) findings(t Task) []*stepv1.Finding {
	all := append([]*stepv1.Finding{}, e.unknown(t)...)
	all = append(all, e.held(t)...)
	return append(all, e.passedOver(t)...)
}

// unknown warns of keys that are nowhere. They are named by their places alone.
func (e *erased) unknown(t Task) []*stepv1.Finding {
	n := e.now.GetUnknown()
	if n == 0 {
		return nil
	}
	var places []string
	for _, p := range e.now.GetUnknownPlaces() {
		places = append(places, fmt.Sprintf("number %d", p))
	}
	if more := n - int64(len(places)); more > 0 {
		places = append(places, prose.Number(more)+" more")
	}
	found := fmt.Sprintf("%s of %s that no row has: %s", prose.Number(n), prose.Count(t.Run.EraseKeys, "key"), strings.Join(places, ", "))
	return []*stepv1.Finding{{
		Reason: string(problem.KeysNotFound), Severity: datasetv1.Severity_SEVERITY_WARNING, Table: t.Run.EraseTable, Count: n,
		Message: "expected rows of every key, in live or in history, found " + found, Expected: "rows of every key, in live or in history", Found: found,
		Action: problem.Lookup(problem.KeysNotFound).Do,
	}}
}

// held names the sources whose files brought the keys.
func (e *erased) held(t Task) []*stepv1.Finding {
	var sources []string
	for _, r := range e.rows {
		if r.GetSource() == "" {
			continue
		}
		one := r.GetSource() + " (" + r.GetAsOf() + ")"
		if !slices.Contains(sources, one) {
			sources = append(sources, one)
		}
	}
	if len(sources) == 0 {
		return nil
	}
	slices.Sort(sources)
	n := int64(len(sources))
	if more := len(sources) - maxSources; more > 0 {
		sources = append(sources[:maxSources:maxSources], fmt.Sprintf("%d more", more))
	}
	return []*stepv1.Finding{{
		Reason: string(problem.SourcesHoldKeys), Severity: datasetv1.Severity_SEVERITY_INFO, Table: t.Run.EraseTable, Count: n,
		Message: "the files of these deliveries held the keys, and are not changed (those of dates that retention dropped, and failed ones, are not looked at): " + strings.Join(sources, ", "), Found: strings.Join(sources, ", "),
		Action: problem.Lookup(problem.SourcesHoldKeys).Do,
	}}
}

// maxSources is how many sources a finding names; the run's list has the others.
const maxSources = 20

// passedOver warns of what could not be looked into.
func (e *erased) passedOver(t Task) []*stepv1.Finding {
	all := slices.DeleteFunc(slices.Concat(e.now.GetPassedOver(), e.old.GetPassedOver()), t.saidIncomplete)
	if len(all) == 0 {
		return nil
	}
	n := int64(len(all))
	if more := len(all) - maxSources; more > 0 {
		all = append(all[:maxSources:maxSources], fmt.Sprintf("%d more", more))
	}
	said := strings.Join(all, "; ")
	return []*stepv1.Finding{{
		Reason: string(problem.EraseIncomplete), Severity: datasetv1.Severity_SEVERITY_WARNING, Count: n,
		Message: "not all of history could be erased from: " + said, Expected: "history as it was stamped", Found: said,
		Action: problem.Lookup(problem.EraseIncomplete).Do,
	}}
}

// saidIncomplete says whether the run said so already, when it counted.
func (t Task) saidIncomplete(what string) bool {
	return slices.ContainsFunc(t.Run.Findings, func(f *stepv1.Finding) bool {
		return f.GetReason() == string(problem.EraseIncomplete) && strings.Contains(f.GetFound(), what)
	})
}
