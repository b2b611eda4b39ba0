package diff

import (
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/rename"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Compare lists what is different in the newer version of a dataset. Both are free of
// mistakes, as Lint says; before may be nil where there is no version yet, and then
// everything is added. What stands in another order only is said in one line.
func Compare(before, after *datasetv1.Dataset) Changes {
	c := &comparison{before: before, after: after}
	if before != nil {
		c.header()
	}
	c.follow()
	c.tables()
	c.snapshots()
	c.trainingSets()
	if len(c.changes) == 0 && dataset.Hash(before) != dataset.Hash(after) {
		c.add(Change{Action: Changed, Part: Dataset, Field: "order", Class: Metadata,
			Note: "the same tables, rules and snapshots stand in another order"})
	}
	return c.changes
}

// comparison collects the changes between two versions.
type comparison struct {
	before, after *datasetv1.Dataset
	// renamed are the columns of each table that are called otherwise in the newer version;
	// before has their newer names.
	renamed map[string]rename.Pairs
	changes Changes
}

func (c *comparison) add(change Change) { c.changes = append(c.changes, change) }

// header compares what stands above the tables.
func (c *comparison) header() {
	c.schema()
	c.settings(Change{Part: Dataset}, c.before, c.after, "name", "schema", "tables", "snapshots", "training_sets")
}

// schema compares where the tables lie. What is written out and is the default
// anyway moves nothing.
func (c *comparison) schema() {
	if c.before.GetSchema() == c.after.GetSchema() {
		return
	}
	change := Change{
		Action: Changed, Part: Dataset, Field: "schema", From: c.before.GetSchema(), To: c.after.GetSchema(), Class: Metadata,
	}
	if from, to := dataset.Schema(c.before), dataset.Schema(c.after); from != to {
		change.From, change.To, change.Class = from, to, Refused
		change.Note = "the rows and the history stay in schema " + from + ": declare another dataset for the other schema"
	}
	c.add(change)
}
