// Package whocalls says which service of the suite may call which RPC of another: one
// table, which a test compares with the contracts.
package whocalls

import (
	"maps"
	"slices"
)

// The services that call others.
const (
	Orchestrator = "orchestrator"
	Gateway      = "gateway"
)

// Callers are who may call an RPC, by the names of the services.
type Callers []string

// Of returns who may call an RPC by its full name, as in
// /streamflow.ingest.v1.IngestService/Stage. Nobody may call one that is in no line.
func Of(method string) Callers { return table[method] }

// Include says whether one of the names is among them.
func (c Callers) Include(names ...string) bool {
	for _, caller := range c {
		for _, name := range names {
			if name == caller {
				return true
			}
		}
	}
	return false
}

// Methods are all RPCs that have a line, by their full names.
func Methods() []string { return slices.Sorted(maps.Keys(table)) }
