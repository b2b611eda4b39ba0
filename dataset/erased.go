package dataset

import (
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// erased judges what a dataset declares of rows whose keys were erased.
func (l *linter) erased() {
	if l.dataset.GetErasedKeys() != datasetv1.ErasedKeys_ERASED_KEYS_DROP {
		return
	}
	for i, t := range l.dataset.GetTables() {
		if Incremental(t) {
			l.wrong("erased_keys", "expected refuse or warn beside tables[%d] %q with extract: incremental, found drop: a row that is left out of such an extract would stay as it was", i, t.GetName())
			return
		}
	}
}

// RefusesErased says whether rows of erased keys stop a run.
func RefusesErased(d *datasetv1.Dataset) bool {
	return d.GetErasedKeys() == datasetv1.ErasedKeys_ERASED_KEYS_REFUSE
}

// DropsErased says whether rows of erased keys are left out of a delivery.
func DropsErased(d *datasetv1.Dataset) bool {
	return d.GetErasedKeys() == datasetv1.ErasedKeys_ERASED_KEYS_DROP
}
