package trainingset

import (
	"context"
	"fmt"
	"slices"

	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// Loss is why a set cannot be made again, as far as the catalog knows; the zero value of one
// that can.
type Loss struct {
	// Reason is RETAINED_NO_LONGER, ERASED_SINCE or TRAINING_SET_CHANGED; empty where nothing
	// is lost.
	Reason problem.Reason
	// Says are the revisions that are lost, in words.
	Says []string
}

// maxLost is how many revisions a loss names before it counts the others.
const maxLost = 20

// Losses says of each of some sets of one dataset what is lost of it. It reads no rows: a
// table that somebody changed is found by Verify alone.
func Losses(ctx context.Context, q postgres.Querier, dataset string, recipes []*Recipe) ([]Loss, error) {
	var all []Pin
	for _, r := range recipes {
		all = append(all, pins(r.joins)...)
	}
	c, err := catalogOf(ctx, q, dataset, all)
	if err != nil {
		return nil, err
	}
	losses := make([]Loss, len(recipes))
	for i, r := range recipes {
		found, err := c.find(ctx, q, pins(r.joins))
		if err != nil {
			return nil, err
		}
		if r.Set.Given != nil {
			rows, err := r.keptRows(ctx, q)
			if err != nil {
				return nil, err
			}
			if rows != nil {
				found.differences = append(found.differences, *rows)
			}
		}
		losses[i] = lossOf(found.differences)
	}
	return losses, nil
}

func lossOf(differences []difference) Loss {
	if len(differences) == 0 {
		return Loss{}
	}
	l := Loss{Reason: reasonOf(differences)}
	for _, d := range differences {
		l.Says = append(l.Says, d.says)
	}
	if more := len(l.Says) - maxLost; more > 0 {
		l.Says = append(slices.Clip(l.Says[:maxLost]), fmt.Sprintf("and %d more", more))
	}
	return l
}
