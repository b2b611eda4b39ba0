package rest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset/nearest"
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
		if err := spellQueryEnums(op, values); err != nil {
			return nil, err
		}
		return values, checkParameters(op, values)
	}
	slices.Sort(unknown)
	var said []string
	for _, name := range unknown {
		said = append(said, name+meant(op, name))
	}
	p := problem.New(problem.InvalidRequest, "%s %s has no parameter %s; it has %s",
		op.Method, op.Path, strings.Join(said, ", "), known(op))
	for _, name := range unknown {
		p = p.Violate(name, "not a parameter of the query%s; want %s", meant(op, name), known(op))
	}
	return nil, p
}

// meant is the parameter that was probably meant by a name that is none.
func meant(op *contract.Operation, name string) string {
	if near := nearest.Name(name, op.Query); near != "" {
		return fmt.Sprintf(" (did you mean %q?)", near)
	}
	return ""
}

func known(op *contract.Operation) string {
	if len(op.Query) == 0 {
		return "none"
	}
	return strings.Join(op.Query, ", ")
}
