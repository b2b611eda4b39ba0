package run

import (
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Violations are the details of an error as findings, so that the run's report names
// each of them.
func Violations(p *problem.Error) []*stepv1.Finding {
	var all []*stepv1.Finding
	for _, v := range p.Violations {
		all = append(all, &stepv1.Finding{
			Reason:   string(p.Reason),
			Severity: datasetv1.Severity_SEVERITY_CRITICAL,
			Message:  v.Subject + ": " + v.Description,
			Found:    v.Description,
			Action:   p.Action(),
		})
	}
	return all
}
