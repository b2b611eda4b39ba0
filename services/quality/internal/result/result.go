// Package result puts what was seen of the expectations into the shape that Great
// Expectations gives a validation result, and into findings: sentences that say what
// was expected, what was found, where, and what to do.
package result

import (
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/expectation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
)

// Fill puts results, findings, statistics and the verdict into a validation, from
// the plans and, per plan, one outcome per check. A validation lists 2,000 rows in all,
// so that it is a message whatever fails: an expectation may list fewer than it saw.
func Fill(v *qualityv1.Validation, plans []*compile.Plan, outcomes [][]evaluate.Outcome) {
	v.Success, v.Statistics = true, &qualityv1.Statistics{}
	outcomes = limited(outcomes)
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
		Table: plan.Table.GetName(), ExpectationConfig: c.Config,
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
	if o.Exception == "" {
		return nil
	}
	return &qualityv1.ExceptionInfo{RaisedException: true, ExceptionMessage: o.Exception}
}

func severity(c *compile.Check) datasetv1.Severity {
	if s := c.Config.GetSeverity(); s != datasetv1.Severity_SEVERITY_UNSPECIFIED {
		return s
	}
	return datasetv1.Severity_SEVERITY_CRITICAL
}

// detail returns what was seen; nil where nothing was.
func detail(plan *compile.Plan, c *compile.Check, o evaluate.Outcome) *qualityv1.ResultDetail {
	if o.Skipped != "" || o.Exception != "" {
		return nil
	}
	if o.Header != nil {
		return &qualityv1.ResultDetail{ObservedValue: texts(o.Header.Columns)}
	}
	d := &qualityv1.ResultDetail{ElementCount: o.Elements}
	if c.Kind() == expectation.TableRowCountToBeBetween {
		d.ObservedValue = structpb.NewNumberValue(float64(o.Elements))
		return d
	}
	d.MissingCount = o.Missing
	d.MissingPercent = percent(o.Missing, o.Elements)
	d.UnexpectedCount = o.Unexpected
	d.UnexpectedPercent = percent(o.Unexpected, o.Elements-o.Missing)
	d.UnexpectedPercentTotal = percent(o.Unexpected, o.Elements)
	for _, row := range o.Rows {
		d.PartialUnexpectedList = append(d.PartialUnexpectedList, textOrNull(row.Value))
	}
	d.PartialUnexpectedIndexList = locations(plan, c, o.Rows)
	return d
}

// percent is 0 where there is nothing to divide by.
func percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

func texts(list []string) *structpb.Value {
	values := make([]*structpb.Value, 0, len(list))
	for _, s := range list {
		values = append(values, structpb.NewStringValue(s))
	}
	return structpb.NewListValue(&structpb.ListValue{Values: values})
}

func textOrNull(s *string) *structpb.Value {
	if s == nil {
		return structpb.NewNullValue()
	}
	return structpb.NewStringValue(*s)
}
