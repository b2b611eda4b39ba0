package rest

import (
	"net/url"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// readQuery returns the parameters, with enums in full, and refuses one that the
// operation does not have: a filter that was misspelt would otherwise be ignored, and
// everything listed.
func readQuery(op *contract.Operation, raw string) (url.Values, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, problem.New(problem.InvalidRequest, "the query cannot be read: %v", err)
	}
	var unknown []string
	for name := range values {
		if !slices.Contains(op.Query, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return values, spellQueryEnums(op, values)
	}
	slices.Sort(unknown)
	p := problem.New(problem.InvalidRequest, "%s %s has no parameter %s; it has %s",
		op.Method, op.Path, strings.Join(unknown, ", "), known(op))
	for _, name := range unknown {
		p = p.Violate(name, "not a parameter of the query; want %s", known(op))
	}
	return nil, p
}

func known(op *contract.Operation) string {
	if len(op.Query) == 0 {
		return "none"
	}
	return strings.Join(op.Query, ", ")
}
