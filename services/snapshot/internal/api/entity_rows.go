package api

import (
	"cmp"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// entityRows are rows of the caller's own; nil where there are none.
func entityRows(rows *snapshotv1.EntityRows) *trainingset.EntityRows {
	if rows == nil {
		return nil
	}
	return &trainingset.EntityRows{Name: cmp.Or(rows.GetName(), "entity_rows"), CSV: rows.GetCsv()}
}

// withRows makes a definition one of rows of the caller's own. They take the place of the
// dates and the conditions that a dataset declares; what the request says itself besides
// them is refused.
func withRows(req *snapshotv1.BuildTrainingSetRequest, definition *datasetv1.TrainingSet) error {
	switch {
	case req.GetAsOf() != nil || req.GetDefinition().GetAsOf() != nil:
		return trainingInvalid(dataset.Mistakes{{Path: "as_of", Message: "expected no dates beside entity rows, of which each has its own event_timestamp, found some"}})
	case len(req.GetDefinition().GetEntities().GetWhere()) > 0:
		return trainingInvalid(dataset.Mistakes{{Path: "entities.where", Message: "expected no conditions beside entity rows, of which every one is meant, found some"}})
	}
	definition.AsOf = nil
	if definition.GetEntities() != nil {
		definition.Entities.Where = nil
	}
	return nil
}

// bring gives a recipe the entity rows of a request, where it has some.
func bring(r *trainingset.Recipe, rows *snapshotv1.EntityRows) error {
	if rows == nil {
		return nil
	}
	return r.Bring(*entityRows(rows))
}
