// Package contract reads from the OpenAPI document what the gateway exposes: which
// RPCs, under which method and path, with which parameters. What the document does
// not name cannot be reached, over REST or over gRPC, so the two ports and the
// document cannot disagree.
package contract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Operation is one RPC as REST exposes it.
type Operation struct {
	// Method is the HTTP method.
	Method string
	// Path is the template, as in /v1/runs/{run}:cancel.
	Path string
	// Service and RPC name what is called, as in OrchestratorService and CancelRun.
	Service, RPC string
	// PathParams and Query are the names that the path and the query may give.
	PathParams, Query []string
	// Types are the JSON types of the query's parameters that are no texts, as integer and
	// boolean; those that a request cannot do without are Required.
	Types    map[string]string
	Required []string
	// Enums are the values of those parameters, and fields of the body, that may only
	// have certain ones.
	Enums map[string][]string
	// Body says whether the request has one, and BodyMessage which message it is by its
	// full name; one that no message has where the path gives some of the fields.
	Body        bool
	BodyMessage string
	// IdempotencyKey says whether the header of that name is its request_id.
	IdempotencyKey bool

	template template
}

// Contract is every operation that the gateway exposes.
type Contract struct {
	operations []Operation
}

// Load reads an OpenAPI 3 document.
func Load(document []byte) (*Contract, error) {
	var doc document3
	if err := json.Unmarshal(document, &doc); err != nil {
		return nil, fmt.Errorf("read the OpenAPI document: %w", err)
	}
	c := &Contract{}
	for path, item := range doc.Paths {
		for method, o := range item {
			op, err := doc.operation(strings.ToUpper(method), path, o)
			if err != nil {
				return nil, fmt.Errorf("read the OpenAPI document: %s %s: %w", method, path, err)
			}
			c.operations = append(c.operations, op)
		}
	}
	slices.SortFunc(c.operations, func(a, b Operation) int {
		return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method)
	})
	return c, nil
}

// Operations returns every operation, by path.
func (c *Contract) Operations() []Operation { return slices.Clone(c.operations) }

// Exposes says whether clients may call an RPC of a service.
func (c *Contract) Exposes(service, rpc string) bool {
	return slices.ContainsFunc(c.operations, func(o Operation) bool { return o.Service == service && o.RPC == rpc })
}

// Match returns the operation that a request means; where there is none, the
// methods that its path would allow.
func (c *Contract) Match(method, path string) (*Operation, []string) {
	var allowed []string
	for i := range c.operations {
		op := &c.operations[i]
		if !op.template.matches(path) {
			continue
		}
		if op.Method == method {
			return op, nil
		}
		allowed = append(allowed, op.Method)
	}
	slices.Sort(allowed)
	return nil, slices.Compact(allowed)
}

// Elsewhere returns where a method is served that was tried on a path where it is not:
// the paths that end in the same word.
func (c *Contract) Elsewhere(method, path string) []string {
	word := path[strings.LastIndexByte(path, '/')+1:]
	var paths []string
	for _, op := range c.operations {
		if op.Method == method && word != "" && strings.HasSuffix(op.Path, "/"+word) {
			paths = append(paths, op.Path)
		}
	}
	return paths
}
