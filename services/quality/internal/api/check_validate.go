package api

import (
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// checkValidate refuses what the declared rules cannot say: fields that contradict
// each other.
func checkValidate(req *qualityv1.ValidateRequest) error {
	p := problem.New(problem.InvalidRequest, "")
	d := req.GetDataset()
	if guarded := req.GetContext().GetFence().GetDataset(); guarded != d.GetName() {
		p = p.Violate("context.fence.dataset", "expected %q, the dataset to be judged, found %q", d.GetName(), guarded)
	}
	if _, err := dataset.ParseAsOf(req.GetAsOf()); err != nil {
		p = p.Violate("as_of", "%v", err)
	}
	seen := map[string]bool{}
	for _, t := range req.GetTables() {
		if dataset.TableByName(d, t.GetTable()) == nil {
			p = p.Violate("tables", "dataset %s declares no table %q", d.GetName(), t.GetTable())
		}
		if seen[t.GetTable()] {
			p = p.Violate("tables", "table %q is there twice", t.GetTable())
		}
		seen[t.GetTable()] = true
		if c := t.GetCandidate(); c != nil && c.GetTable() != t.GetTable() {
			p = p.Violate("tables", "the candidate of table %q says that it is of %q", t.GetTable(), c.GetTable())
		}
	}
	if len(p.Violations) == 0 {
		return nil
	}
	p.Message = "the request contradicts itself: " + p.Violations[0].Subject + ": " + p.Violations[0].Description
	return p
}
