package rest

import (
	"net/url"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// checkQuery refuses a parameter that the operation does not have: a filter that was
// misspelt would otherwise be ignored, and everything listed.
func checkQuery(op *contract.Operation, raw string) error {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return problem.New(problem.InvalidRequest, "the query cannot be read: %v", err)
	}
	var unknown []string
	for name := range values {
		if !slices.Contains(op.Query, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return checkQueryEnums(op, values)
	}
	slices.Sort(unknown)
	p := problem.New(problem.InvalidRequest, "%s %s has no parameter %s; it has %s",
		op.Method, op.Path, strings.Join(unknown, ", "), known(op))
	for _, name := range unknown {
		p = p.Violate(name, "not a parameter of the query; want %s", known(op))
	}
	return p
}

func known(op *contract.Operation) string {
	if len(op.Query) == 0 {
		return "none"
	}
	return strings.Join(op.Query, ", ")
}
