package dataset

import (
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// defaultDepartedLimit is the share of live rows that one batch may delete
// where a table declares none. Lower, and a month of ordinary churn is held up;
// higher, and a truncated file empties a table.
const defaultDepartedLimit = 0.2

// Schema is the PostgreSQL schema of the live and the snapshot tables: public
// where the dataset names none.
func Schema(d *datasetv1.Dataset) string {
	if d.GetSchema() == "" {
		return "public"
	}
	return d.GetSchema()
}

// File is the name of the file that delivers a table: <name>.csv where the
// table names none.
func File(t *datasetv1.Table) string {
	if t.GetFile() == "" {
		return t.GetName() + ".csv"
	}
	return t.GetFile()
}

// DepartedLimit is the share of the live rows, 0 to 1, that one batch may
// delete: 0.2 where the table declares none.
func DepartedLimit(t *datasetv1.Table) float64 {
	if t == nil || t.DepartedLimit == nil {
		return defaultDepartedLimit
	}
	return t.GetDepartedLimit()
}

// Deletes is true where live rows whose key a full extract no longer holds are
// deleted; otherwise they stay.
func Deletes(t *datasetv1.Table) bool {
	return t.GetDepartedKeys() == datasetv1.DepartedKeys_DEPARTED_KEYS_DELETE
}
