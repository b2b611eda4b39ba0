package trainingset

import (
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// operators are those of comparisons with one value.
var operators = map[datasetv1.Comparison]string{
	datasetv1.Comparison_COMPARISON_EQUAL:     "=",
	datasetv1.Comparison_COMPARISON_NOT_EQUAL: "<>",
	datasetv1.Comparison_COMPARISON_AT_LEAST:  ">=",
	datasetv1.Comparison_COMPARISON_AT_MOST:   "<=",
	datasetv1.Comparison_COMPARISON_GREATER:   ">",
	datasetv1.Comparison_COMPARISON_LESS:      "<",
}

// where are the conditions on the entities, all of which must be true; empty where there
// are none.
func (s *Set) where() string {
	var all []string
	for _, c := range s.Definition.GetEntities().GetWhere() {
		column, _ := s.Entities.column(c.GetColumn()) // the definition was linted
		all = append(all, condition(column, c))
	}
	return strings.Join(all, "\n  and ")
}

// condition compares a column with values that are cast to its type, without being cut
// or rounded. Texts compare byte by byte.
func condition(column layout.Column, c *datasetv1.Condition) string {
	name := "e." + relation.Quote(column.Name)
	var values []string
	for _, v := range c.GetValues() {
		values = append(values, literal(v)+"::"+column.Type.Cast())
	}
	if column.Type.IsText() {
		name += ` collate "C"`
	}
	switch c.GetIs() {
	case datasetv1.Comparison_COMPARISON_MISSING:
		return name + " is null"
	case datasetv1.Comparison_COMPARISON_PRESENT:
		return name + " is not null"
	case datasetv1.Comparison_COMPARISON_ONE_OF:
		return name + " in (" + strings.Join(values, ", ") + ")"
	default:
		return name + " " + operators[c.GetIs()] + " " + strings.Join(values, "")
	}
}
