package diff

import (
	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// whatIsBuilt is what becomes of a set that was built by the older version.
const whatIsBuilt = "what was built of it keeps its own definition"

// trainingSets compares what models are trained on. No change of it touches a table.
func (c *comparison) trainingSets() {
	for _, after := range c.after.GetTrainingSets() {
		of := Change{Part: TrainingSet, TrainingSet: after.GetName(), Class: Metadata}
		before := dataset.TrainingSetByName(c.before, after.GetName())
		if before == nil {
			of.Action, of.To = Added, "of "+after.GetLabel().GetColumn()
			c.add(of)
			continue
		}
		c.settings(of, before, after, "name", "features")
		c.features(before, after)
	}
	for _, before := range c.before.GetTrainingSets() {
		if dataset.TrainingSetByName(c.after, before.GetName()) == nil {
			c.add(Change{Action: Removed, Part: TrainingSet, TrainingSet: before.GetName(), From: "of " + before.GetLabel().GetColumn(), Class: Metadata,
				Note: whatIsBuilt})
		}
	}
}

// features compares the columns of a training set by their names in it.
func (c *comparison) features(before, after *datasetv1.TrainingSet) {
	older := map[string]*datasetv1.Feature{}
	for _, f := range before.GetFeatures() {
		older[dataset.FeatureName(f)] = f
	}
	for _, f := range after.GetFeatures() {
		of := Change{Part: Feature, TrainingSet: after.GetName(), Name: dataset.FeatureName(f), Class: Metadata}
		if was, ok := older[of.Name]; ok {
			delete(older, of.Name)
			c.settings(of, was, f)
			continue
		}
		of.Action, of.To = Added, f.GetColumn()
		c.add(of)
	}
	for _, f := range before.GetFeatures() {
		if _, left := older[dataset.FeatureName(f)]; left {
			c.add(Change{Action: Removed, Part: Feature, TrainingSet: after.GetName(), Name: dataset.FeatureName(f), From: f.GetColumn(), Class: Metadata,
				Note: whatIsBuilt})
		}
	}
}
