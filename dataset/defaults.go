package dataset

import (
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// defaultDepartedLimit is the share of the rows delivered last that may be missing
// from one delivery where a table declares none. Lower, and a month of ordinary churn
// is held up; higher, and a truncated file passes for one.
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

// DepartedLimit is the share of the rows delivered last, 0 to 1, of which the keys
// may be missing from one delivery: 0.2 where the table declares none. 1 is no limit.
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

// StaleSeverity is what it weighs that every file of a delivery is the same as that of
// another as_of: critical where the dataset declares nothing.
func StaleSeverity(d *datasetv1.Dataset) datasetv1.Severity {
	return staleSeverity(d.GetStale(), datasetv1.Severity_SEVERITY_CRITICAL)
}

// StaleTableSeverity is what it weighs that the table's file is the same as that of
// another as_of: no more than a note where the table declares nothing.
func StaleTableSeverity(t *datasetv1.Table) datasetv1.Severity {
	return staleSeverity(t.GetStale(), datasetv1.Severity_SEVERITY_INFO)
}

func staleSeverity(declared datasetv1.Stale, otherwise datasetv1.Severity) datasetv1.Severity {
	switch declared {
	case datasetv1.Stale_STALE_NOTE:
		return datasetv1.Severity_SEVERITY_INFO
	case datasetv1.Stale_STALE_WARNING:
		return datasetv1.Severity_SEVERITY_WARNING
	case datasetv1.Stale_STALE_ERROR:
		return datasetv1.Severity_SEVERITY_CRITICAL
	default:
		return otherwise
	}
}
