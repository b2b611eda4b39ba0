// Package result puts what was seen of the expectations into the shape that Great
// Expectations gives a validation result, and into findings: sentences that say what
// was expected, what was found, where, and what to do.
package result

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/shorten"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// Fill puts results, findings, statistics and the verdict into a validation, from
// the plans and, per plan, one outcome per check. A validation lists 2,000 rows in all,
// and fewer where they are long, so that it is a message whatever fails: an expectation
// may list fewer than it saw.
func Fill(v *qualityv1.Validation, plans []*compile.Plan, outcomes [][]evaluate.Outcome) {
	for rows := rowLimit; ; rows /= 2 {
		fill(v, plans, limited(outcomes, rows))
		v.Findings = shorten.Findings(v.GetFindings(), shorten.OfValidation)
		if proto.Size(v) <= sizeLimit {
			return
		}
		if rows == 0 {
			withoutDetail(v)
			return
		}
	}
}

// withoutDetail leaves out what the last results saw, as far as it is too long: it stands
// in the counts of their findings.
func withoutDetail(v *qualityv1.Validation) {
	over := proto.Size(v) - sizeLimit
	for _, r := range slices.Backward(v.GetResults()) {
		if over <= 0 {
			return
		}
		over -= proto.Size(r.GetResult())
		r.Result = nil
	}
}

func fill(v *qualityv1.Validation, plans []*compile.Plan, outcomes [][]evaluate.Outcome) {
	v.Success, v.RejectedRows, v.Statistics, v.Results, v.Findings = true, 0, &qualityv1.Statistics{}, nil, nil
	for i, plan := range plans {
		v.RejectedRows += plan.Delivered.GetRejected()
		for j, c := range plan.Checks {
			add(v, plan, c, outcomes[i][j])
		}
	}
	if v.RejectedRows > 0 {
		v.Success = false // whatever the rows that are left are like
	}
	v.Statistics.SuccessPercent = 100
	if s := v.Statistics; s.EvaluatedExpectations > 0 {
		s.SuccessPercent = percent(int64(s.SuccessfulExpectations), int64(s.EvaluatedExpectations))
	}
}

// add appends one result. A skipped expectation is no success, and has no finding: what
// kept its table from being staged is one already, made by who staged it.
func add(v *qualityv1.Validation, plan *compile.Plan, c *compile.Check, o evaluate.Outcome) {
	v.Results = append(v.Results, &qualityv1.ExpectationResult{
		Table: plan.Table.GetName(), ExpectationConfig: judged(c),
		Success: o.Holds, Skipped: o.Skipped, Result: detail(plan, c, o),
		RejectedRows: plan.Delivered.GetRejected(), ExceptionInfo: exceptionInfo(o),
	})
	if !o.Holds && severity(c) == datasetv1.Severity_SEVERITY_CRITICAL {
		v.Success = false
	}
	s := v.Statistics
	if o.Skipped != "" {
		s.SkippedExpectations++
		return
	}
	s.EvaluatedExpectations++
	if o.Holds {
		s.SuccessfulExpectations++
		return
	}
	s.UnsuccessfulExpectations++
	v.Findings = append(v.Findings, finding(plan, c, o))
}

func exceptionInfo(o evaluate.Outcome) *qualityv1.ExceptionInfo {
	return &qualityv1.ExceptionInfo{RaisedException: o.Exception != "", ExceptionMessage: o.Exception}
}

// judged is the expectation as declared, with the severity that it has where none is.
func judged(c *compile.Check) *datasetv1.Expectation {
	config := proto.CloneOf(c.Config)
	config.Severity = severity(c)
	return config
}

func severity(c *compile.Check) datasetv1.Severity {
	if s := c.Config.GetSeverity(); s != datasetv1.Severity_SEVERITY_UNSPECIFIED {
		return s
	}
	return datasetv1.Severity_SEVERITY_CRITICAL
}
