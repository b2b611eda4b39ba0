package diff

import (
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// expectations compares the rules of a table. Those that stand in both versions word
// for word are set aside; of the others, two of the same kind on the same column are
// one that was changed.
func (c *comparison) expectations(before, after *datasetv1.Table) {
	older := slices.Clone(before.GetExpectations())
	var newer []*datasetv1.Expectation
	for _, e := range after.GetExpectations() {
		if !take(&older, func(o *datasetv1.Expectation) bool { return proto.Equal(o, e) }, nil) {
			newer = append(newer, e)
		}
	}
	for _, e := range newer {
		var was *datasetv1.Expectation
		of := Change{Part: Expectation, Table: after.GetName(), Name: label(e), Class: Metadata}
		if take(&older, func(o *datasetv1.Expectation) bool { return label(o) == label(e) }, &was) {
			c.settings(of, was, e, "type")
			continue
		}
		of.Action, of.To = Added, rule(e)
		c.add(of)
	}
	for _, o := range older {
		c.add(Change{Action: Removed, Part: Expectation, Table: after.GetName(), Name: label(o), From: rule(o), Class: Metadata})
	}
}

// take removes the first that matches, and gives it out where it is asked for.
func take(from *[]*datasetv1.Expectation, matches func(*datasetv1.Expectation) bool, out **datasetv1.Expectation) bool {
	i := slices.IndexFunc(*from, matches)
	if i < 0 {
		return false
	}
	if out != nil {
		*out = (*from)[i]
	}
	*from = slices.Delete(*from, i, i+1)
	return true
}

// label tells the rules of a table apart: the kind, and what it looks at.
func label(e *datasetv1.Expectation) string {
	for _, argument := range []string{"column", "column_list", "column_A"} {
		if value, ok := e.GetKwargs().GetFields()[argument]; ok {
			return e.GetType() + "(" + unquoted(value.AsInterface()) + ")"
		}
	}
	return e.GetType()
}

func unquoted(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return compact(value)
}

// rule is all that a rule says besides its label.
func rule(e *datasetv1.Expectation) string {
	text := object(e.GetKwargs())
	if e.GetSeverity() != datasetv1.Severity_SEVERITY_UNSPECIFIED {
		text += " " + word(e.GetSeverity().Descriptor(), protoreflect.EnumNumber(e.GetSeverity()))
	}
	return text
}
