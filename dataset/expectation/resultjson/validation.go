package resultjson

import (
	"encoding/json"
	"strconv"

	"github.com/streamflow/streamflow/dataset/expectation"
)

// The fields of a result, beside those that every kind has.
const (
	observedValue      = "observed_value"
	details            = "details"
	elementCount       = "element_count"
	missingCount       = "missing_count"
	missingPercent     = "missing_percent"
	unexpectedCount    = "unexpected_count"
	unexpectedPercent  = "unexpected_percent"
	percentTotal       = "unexpected_percent_total"
	percentNonmissing  = "unexpected_percent_nonmissing"
	unexpectedList     = "partial_unexpected_list"
	unexpectedIndex    = "partial_unexpected_index_list"
	unexpectedCounts   = "partial_unexpected_counts"
	unexpectedKeyNames = "unexpected_index_column_names"
)

// fieldsOf are the fields that a result has.
var fieldsOf = map[expectation.Result][]string{
	expectation.ObservedResult: {observedValue, details},
	expectation.RowsResult: {
		elementCount, unexpectedCount, unexpectedPercent,
		unexpectedList, unexpectedIndex, unexpectedCounts, unexpectedKeyNames,
	},
	expectation.ValuesResult: {
		elementCount, missingCount, missingPercent,
		unexpectedCount, unexpectedPercent, percentTotal, percentNonmissing,
		unexpectedList, unexpectedIndex, unexpectedCounts, unexpectedKeyNames,
	},
}

func validation(v map[string]any) {
	if statistics, ok := v["statistics"].(map[string]any); ok && count(statistics, "evaluated_expectations") == 0 {
		statistics["success_percent"] = nil
	}
	results, _ := v["results"].([]any)
	for _, r := range results {
		if one, ok := r.(map[string]any); ok {
			result(one)
		}
	}
}

// result shapes one result by the kind of its expectation. One of a kind that this
// program does not know was made by a newer one, and is left as it is.
func result(r map[string]any) {
	exception, _ := r["exception_info"].(map[string]any)
	if exception["raised_exception"] != true { // nor is it said of a validation from before it was known
		r["exception_info"] = map[string]any{"raised_exception": false, "exception_message": nil}
	}
	config, _ := r["expectation_config"].(map[string]any)
	name, _ := config["type"].(string)
	kind, known := expectation.Lookup(name)
	if detail, ok := r["result"].(map[string]any); ok && known {
		r["result"] = only(kind.Result, detail)
	}
}

// only keeps the fields that a result has, and makes a percentage of nothing null.
func only(of expectation.Result, detail map[string]any) map[string]any {
	kept := map[string]any{}
	for _, name := range fieldsOf[of] {
		if value, ok := detail[name]; ok {
			kept[name] = value
		}
	}
	all := count(detail, elementCount)
	if all == 0 {
		null(kept, missingPercent, percentTotal)
	}
	if all-count(detail, missingCount) == 0 {
		null(kept, unexpectedPercent, percentNonmissing)
	}
	if d, ok := kept[details].(map[string]any); ok {
		mismatch(d)
	} else {
		delete(kept, details) // of an expectation that has none
	}
	return kept
}

// mismatch leaves out what does not differ.
func mismatch(d map[string]any) {
	differs, _ := d["mismatched"].(map[string]any)
	for _, name := range []string{"missing", "unexpected"} {
		if columns, _ := differs[name].([]any); len(columns) == 0 {
			delete(differs, name)
		}
	}
}

func null(kept map[string]any, names ...string) {
	for _, name := range names {
		if _, ok := kept[name]; ok {
			kept[name] = nil
		}
	}
}

// count reads a count: protojson writes one of 64 bits as a text.
func count(of map[string]any, name string) float64 {
	text, ok := of[name].(string)
	if n, isNumber := of[name].(json.Number); isNumber {
		text, ok = n.String(), true
	}
	if !ok {
		return 0
	}
	f, _ := strconv.ParseFloat(text, 64) // 0 of what is no number
	return f
}
