package quality_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/datatest"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/expectation/resultjson"
	"github.com/streamflow/streamflow/platform/numberjson"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/unsetjson"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/compile"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
	"github.com/streamflow/streamflow/services/quality/internal/evaluate"
	"github.com/streamflow/streamflow/services/quality/internal/result"
)

// differencesFile is where we write down which of the cases with which Great
// Expectations tests its own expectations we answer differently on purpose.
const differencesFile = "../../docs/reference/expectations-differences.md"

// conformanceFiles are the files of the kinds that the catalogue has; some kinds have
// several. A difference is read from the documentation, so that neither can lie.
var conformanceFiles = []string{
	expectation.TableColumnsToMatchSet,
	expectation.TableRowCountToBeBetween,
	expectation.ColumnValuesToNotBeNull,
	expectation.ColumnValuesToBeBetween,
	expectation.ColumnValuesToBeBetween + "__evaluation_parameters",
	expectation.ColumnValuesToBeBetween + "_tz_naive",
	expectation.ColumnValuesToBeInSet,
	expectation.ColumnValuesToBeUnique,
}

func TestConformance(t *testing.T) {
	t.Parallel()
	folder := datatest.Folder(t, datatest.Expectations)
	differences, err := os.ReadFile(differencesFile)
	require.NoError(t, err)
	db := pgtest.New(t)
	evaluator := evaluate.New(db.Pool(t, "sf_quality"), evaluate.Limits{StatementTimeout: time.Minute, TablesAtOnce: 1}, nil)
	for n, file := range conformanceFiles {
		for i, set := range readCases(t, folder, file).Datasets {
			for j, c := range set.Tests {
				if !counts(set.OnlyFor, set.Suppress) || !counts(c.OnlyFor, c.Suppress) {
					continue
				}
				t.Run(file+"/"+c.Title, func(t *testing.T) {
					t.Parallel()
					table, delivered := set.stage(t, db, fmt.Sprintf("f%d_%d_%d", n, i, j), c.In)
					got, err := judge(evaluator, table, delivered)
					listed := strings.Contains(string(differences), "| "+file+" | "+c.Title+" |")
					require.Equal(t, !listed, c.agrees(t, got, err), "listed as a difference: %t; %v; %v; %v", listed, c, got, err)
				})
			}
		}
	}
}

// conformanceCases is a file of cases.
type conformanceCases struct {
	Type     string           `json:"expectation_type"`
	Datasets []conformanceSet `json:"datasets"`
}

// conformanceSet is a table with the cases on it.
type conformanceSet struct {
	Data     map[string][]any             `json:"data"`
	Schemas  map[string]map[string]string `json:"schemas"`
	OnlyFor  []string                     `json:"only_for"`
	Suppress []string                     `json:"suppress_test_for"`
	Tests    []conformanceCase            `json:"tests"`

	kind string
}

// conformanceCase is one call and what it must answer.
type conformanceCase struct {
	Title    string         `json:"title"`
	In       map[string]any `json:"in"`
	Out      map[string]any `json:"out"`
	Error    map[string]any `json:"error"`
	OnlyFor  []string       `json:"only_for"`
	Suppress []string       `json:"suppress_test_for"`
	// Exact says that Out has every field of the result.
	Exact bool `json:"exact_match_out"`
}

func readCases(t *testing.T, folder, file string) conformanceCases {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(folder, file+".json"))
	require.NoError(t, err)
	var cases conformanceCases
	require.NoError(t, json.Unmarshal(b, &cases))
	for i := range cases.Datasets {
		cases.Datasets[i].kind = cases.Type
	}
	return cases
}

// counts says whether a case is for PostgreSQL.
func counts(onlyFor, suppressed []string) bool {
	named := func(list []string) bool {
		for _, s := range list {
			if s == "postgresql" || s == "sqlalchemy" {
				return true
			}
		}
		return false
	}
	return (len(onlyFor) == 0 || named(onlyFor)) && !named(suppressed)
}

// stage makes the case's table, its rows numbered by pk_index, and its expectation. A
// column set declares the table: what the file has is judged against it.
func (s conformanceSet) stage(t *testing.T, db *pgtest.Database, name string, in map[string]any) (*datasetv1.Table, *stepv1.DeliveredTable) {
	t.Helper()
	table := &datasetv1.Table{Name: name, Key: []string{"pk_index"}, Columns: []*datasetv1.Column{{Name: "pk_index", Type: "integer"}}}
	var header []string
	rows := 0
	for column, cells := range s.Data {
		header = append(header, column)
		table.Columns = append(table.Columns, &datasetv1.Column{Name: column, Type: s.columnType(column)})
		rows = len(cells)
	}
	cells := make([][]string, rows)
	for i := range cells {
		cells[i] = []string{strconv.Itoa(i)}
		for _, column := range header {
			cells[i] = append(cells[i], cell(s.Data[column][i]))
		}
	}
	delivered := deliver.Stage(t, db, table, cells...)
	if set, ok := in["column_set"].([]any); ok {
		table = &datasetv1.Table{Name: name}
		for _, column := range set {
			table.Columns = append(table.Columns, &datasetv1.Column{Name: column.(string), Type: "text"})
		}
	}
	delivered.Header = header
	kwargs := map[string]any{}
	for k, v := range in {
		if k != "result_format" && k != "catch_exceptions" {
			kwargs[k] = v
		}
	}
	return deliver.Expect(t, table, s.kind, kwargs), delivered
}

// columnType is the declared one, or what the values look like.
func (s conformanceSet) columnType(column string) string {
	switch declared := s.Schemas["postgresql"][column]; declared {
	case "INTEGER", "TEXT":
		return strings.ToLower(declared)
	}
	kind := "integer"
	for _, v := range s.Data[column] {
		switch n := v.(type) {
		case nil:
		case float64:
			if n != float64(int64(n)) {
				kind = "double precision"
			}
		default:
			return "text"
		}
	}
	return kind
}

func cell(v any) string {
	if v == nil {
		return deliver.Null
	}
	return fmt.Sprint(v)
}

func judge(e *evaluate.Evaluator, table *datasetv1.Table, delivered *stepv1.DeliveredTable) (*qualityv1.Validation, error) {
	plans, err := compile.Compile(&datasetv1.Dataset{Name: "d", Tables: []*datasetv1.Table{table}}, []*stepv1.DeliveredTable{delivered})
	if err != nil {
		return nil, err
	}
	outcomes, err := e.Run(context.Background(), plans, func(*stepv1.Progress) {})
	if err != nil {
		return nil, err
	}
	v := &qualityv1.Validation{}
	result.Fill(v, plans, outcomes)
	return v, nil
}

// summaryFields are those that Great Expectations adds to a result of more words than
// BASIC, in which the cases ask for it.
var summaryFields = []string{"partial_unexpected_counts", "partial_unexpected_index_list", "unexpected_index_column_names"}

// agrees says whether the answer is the one that the case asks for, as REST gives it.
func (c conformanceCase) agrees(t *testing.T, v *qualityv1.Validation, err error) bool {
	t.Helper()
	if c.Error != nil || c.Out["traceback_substring"] != nil {
		return problem.Is(err, problem.DatasetInvalid)
	}
	if err != nil {
		return false
	}
	got := asJSON(t, v)
	detail, _ := got["result"].(map[string]any)
	out := map[string]any{}
	maps.Copy(out, c.Out)
	if nested, ok := out["result"].(map[string]any); ok {
		delete(out, "result")
		maps.Copy(out, nested)
	}
	for key, want := range out {
		if !sameAnswer(key, want, got, detail) {
			t.Logf("%s: want %v", key, want)
			return false
		}
	}
	for key := range detail {
		if _, asked := out[key]; c.Exact && !asked && !slices.Contains(summaryFields, key) {
			t.Logf("%s is no field of the result: %v", key, detail)
			return false
		}
	}
	return true
}

// asJSON is the first result, as clients read it.
func asJSON(t *testing.T, v *qualityv1.Validation) map[string]any {
	t.Helper()
	text, err := resultjson.Marshal(unsetjson.Options, v)
	require.NoError(t, err)
	text, err = unsetjson.LeaveOut(text, v.ProtoReflect().Descriptor())
	require.NoError(t, err)
	text, err = numberjson.Numbers(text, v.ProtoReflect().Descriptor())
	require.NoError(t, err)
	var read struct {
		Results []map[string]any `json:"results"`
	}
	require.NoError(t, json.Unmarshal(text, &read))
	return read.Results[0]
}

func sameAnswer(key string, want any, got, detail map[string]any) bool {
	switch key {
	case "success":
		return want == got["success"]
	case "unexpected_list": // all of them, where ours are the first
		return sameBag(want.([]any), asList(detail["partial_unexpected_list"]))
	case "unexpected_index_list":
		var wanted, list []any
		for _, row := range want.([]any) {
			wanted = append(wanted, row.(map[string]any)["pk_index"])
		}
		for _, row := range asList(detail["partial_unexpected_index_list"]) {
			list = append(list, row.(map[string]any)["key"].([]any)[0])
		}
		return sameBag(wanted, list)
	case "observed_value", "partial_unexpected_list":
		return sameBag(asList(want), asList(detail[key]))
	}
	value, ok := detail[key]
	return ok && reflect.DeepEqual(want, value)
}

func asList(v any) []any {
	switch list := v.(type) {
	case nil:
		return nil
	case []any:
		return list
	}
	return []any{v}
}

// sameBag compares without order, and numbers as numbers.
func sameBag(want, got []any) bool {
	left := map[string]int{}
	for _, v := range want {
		left[canonical(v)]++
	}
	for _, v := range got {
		left[canonical(v)]--
	}
	for _, n := range left {
		if n != 0 {
			return false
		}
	}
	return true
}

func canonical(v any) string {
	s := fmt.Sprint(v)
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		return strconv.FormatFloat(n, 'g', -1, 64)
	}
	return s
}
