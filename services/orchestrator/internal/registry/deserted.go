package registry

import (
	"context"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// deserted notes tables that are not as declared since a dataset which was deleted left
// them: in one line, and without SQL that would take its rows and history apart. It returns
// these tables.
func (j *judgement) deserted(ctx context.Context, now []*stepv1.RelationCheck) ([]relation.Relation, error) {
	var own, asked []relation.Relation
	if j.before != nil {
		own = tables(j.before)
	}
	for _, check := range now {
		if of := relation.Of(check.GetRelation()); check.GetExists() && len(check.GetDifferences()) > 0 && !slices.Contains(own, of) {
			asked = append(asked, of)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	left, err := j.store.Deserted(ctx, j.after.GetName(), asked)
	if err != nil {
		return nil, err
	}
	var told []relation.Relation
	for len(left) > 0 {
		first := left[0]
		var names []string
		left = slices.DeleteFunc(slices.Clone(left), func(d store.Deserted) bool {
			if d.Dataset != first.Dataset {
				return false
			}
			names, told = append(names, d.Table.String()), append(told, d.Table)
			return true
		})
		j.found = append(j.found, problem.Violation{Subject: first.Table.String(), Description: ofDeleted(first, names)})
	}
	return told, nil
}

// ofDeleted says whose tables these were, and what to do.
func ofDeleted(d store.Deserted, names []string) string {
	stamped := ""
	if d.First != "" {
		stamped = " (stamped as_of " + d.First + " to " + d.Last + ")"
	}
	is := " is a table"
	if len(names) > 1 {
		is = " are tables"
	}
	return strings.Join(names, ", ") + is + " of dataset " + d.Dataset + stamped + ", which was deleted and left its tables, and not as this dataset declares: " +
		"take other names, or apply dataset " + d.Dataset + " again, which goes on with them"
}
