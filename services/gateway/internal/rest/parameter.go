package rest

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/access"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// checkParameters refuses parameters of the query that are of another type than theirs.
// The decoder would, too: in the words of the library that it parses with.
func checkParameters(op *contract.Operation, values url.Values) error {
	p := problem.New(problem.InvalidRequest, "")
	for _, name := range op.Query {
		for _, value := range values[name] {
			if want := unfit(op.Types[name], value); want != "" {
				_ = p.Violate(name, "want %s, found %q", want, shorten(value))
			}
		}
	}
	return first(p)
}

// whoAsks is the parameter of who asks.
const whoAsks = "requested_by"

// checkRequired refuses a request whose query lacks what it cannot do without. The service
// would, too, and does not know that the body has no such field. Who asks is known by their
// token, and has to be said where nobody is asked for one.
func checkRequired(ctx context.Context, op *contract.Operation, values url.Values) error {
	p := problem.New(problem.InvalidRequest, "")
	required := op.Required
	if access.From(ctx) == nil && slices.Contains(op.Query, whoAsks) {
		required = append(slices.Clone(required), whoAsks)
	}
	for _, name := range required {
		if values.Get(name) == "" {
			_ = p.Violate(name, "missing: give it in the query, as in %s %s?%s=…", op.Method, op.Path, name)
		}
	}
	return first(p)
}

// first says the first violation in the message; nil where there is none.
func first(p *problem.Error) error {
	if len(p.Violations) == 0 {
		return nil
	}
	v := p.Violations[0]
	p.Message = v.Subject + ": " + v.Description + more(len(p.Violations)-1)
	return p
}

// unfit says what a parameter of a type is given, where a value is none of it.
func unfit(jsonType, value string) string {
	switch jsonType {
	case "integer":
		if _, err := strconv.ParseInt(value, 10, 32); errors.Is(err, strconv.ErrRange) {
			return "a whole number of at most nine digits"
		} else if err != nil {
			return "a whole number"
		}
	case "boolean":
		if _, err := strconv.ParseBool(value); err != nil {
			return "true or false"
		}
	}
	return ""
}
