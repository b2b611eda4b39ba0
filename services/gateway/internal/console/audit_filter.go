package console

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/enumjson"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// auditParams are what the audit log can be asked for, as sfctl and REST name it.
var auditParams = []string{"who", "what", "on", "outcome", "since", "until"}

// outcomes are what an act can have come to, in words.
var outcomes = []string{"done", "failed", "refused", "unknown"}

// auditFilters are the fields of the form, filled as they were asked for.
func auditFilters(asked url.Values) []filter {
	return []filter{
		{Name: "who", Label: "Who", Type: "text", Value: asked.Get("who"), Hint: "a token's name or id"},
		{Name: "what", Label: "What", Type: "text", Value: asked.Get("what"), Hint: "StartRun"},
		{Name: "on", Label: "On", Type: "text", Value: asked.Get("on"), Hint: "a dataset, or a whole id"},
		{Name: "outcome", Label: "Outcome", Value: asked.Get("outcome"), Options: outcomes},
		{Name: "since", Label: "Since", Type: "date", Value: asked.Get("since")},
		{Name: "until", Label: "Before", Type: "date", Value: asked.Get("until")},
	}
}

// auditRequest reads what is asked for. Errors: INVALID_REQUEST.
func auditRequest(asked url.Values) (*orchestratorv1.ListAuditRequest, error) {
	req := &orchestratorv1.ListAuditRequest{Who: asked.Get("who"), What: asked.Get("what"), On: asked.Get("on")}
	if outcome := asked.Get("outcome"); outcome != "" {
		if !slices.Contains(outcomes, outcome) {
			return nil, problem.New(problem.InvalidRequest, "outcome: expected one of %s, found %q", strings.Join(outcomes, ", "), outcome)
		}
		req.Outcome = orchestratorv1.AuditOutcome(orchestratorv1.AuditOutcome_value[enumjson.Name(req.GetOutcome().Descriptor(), outcome)])
	}
	var err error
	if req.Since, err = day(asked, "since"); err != nil {
		return nil, err
	}
	req.Until, err = day(asked, "until")
	return req, err
}

// day is when a day begins, in UTC as every time of the pages; nil where none is asked for.
func day(asked url.Values, name string) (*timestamppb.Timestamp, error) {
	text := asked.Get(name)
	if text == "" {
		return nil, nil //nolint:nilnil // none
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return nil, problem.New(problem.InvalidRequest, "%s: expected a date as 2024-02-01, found %q", name, text)
	}
	return timestamppb.New(at), nil
}
