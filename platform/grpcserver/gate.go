package grpcserver

import (
	"strings"
	"sync/atomic"

	"github.com/streamflow/streamflow/platform/problem"
)

// gate keeps calls from a service that has not got what it stands on yet: they would
// end in errors that no caller takes for one that passes. Once open it stays so: what
// happens to the database later, a call meets itself, and it has a reason of its own.
type gate struct {
	// service is whom the gate is closed for; nil where it is open.
	service atomic.Pointer[string]
}

// check refuses a method while the gate is closed. Health and reflection answer always.
func (g *gate) check(method string) error {
	service := g.service.Load()
	if service == nil || strings.HasPrefix(method, internalMethods) {
		return nil
	}
	return problem.New(problem.ServiceUnavailable,
		"the %s service is not ready: PostgreSQL or its migrations are not there yet", *service).
		With("service", *service)
}
