package resultjson_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/expectation/resultjson"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// options are those of the gateway and of sfctl.
var options = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}

// of is a validation of one result.
func of(kind string, detail *qualityv1.ResultDetail) *qualityv1.GetValidationResponse {
	return &qualityv1.GetValidationResponse{Validation: &qualityv1.Validation{
		Id: "val_1", RejectedRows: 7, Statistics: &qualityv1.Statistics{EvaluatedExpectations: 1},
		Results: []*qualityv1.ExpectationResult{{
			Table: "t", ExpectationConfig: &datasetv1.Expectation{Type: kind}, Result: detail,
		}},
	}}
}

func written(t *testing.T, options protojson.MarshalOptions, m proto.Message) map[string]any {
	t.Helper()
	text, err := resultjson.Marshal(options, m)
	require.NoError(t, err)
	again := m.ProtoReflect().New().Interface()
	require.NoError(t, protojson.Unmarshal(text, again), "%s", text)
	var v map[string]any
	require.NoError(t, json.Unmarshal(text, &v))
	return v["validation"].(map[string]any)
}

func TestEachKindHasTheFieldsOfGreatExpectations(t *testing.T) {
	t.Parallel()
	rows := &qualityv1.ResultDetail{
		ElementCount: 8, MissingCount: 4, MissingPercent: 50, UnexpectedCount: 1, UnexpectedPercent: 25,
		UnexpectedPercentTotal: 12.5, UnexpectedPercentNonmissing: 25,
		PartialUnexpectedList:      []*structpb.Value{structpb.NewNumberValue(-1.5)},
		PartialUnexpectedIndexList: []*stepv1.RowLocation{{File: "t.csv", Line: 2, Key: []string{"a"}}},
		PartialUnexpectedCounts:    []*qualityv1.ValueCount{{Value: structpb.NewNumberValue(-1.5), Count: 1}},
		UnexpectedIndexColumnNames: []string{"id"},
	}
	location := map[string]any{"file": "t.csv", "line": "2", "key": []any{"a"}, "column": "", "value": "", "detail": ""}
	counted := map[string]any{
		"element_count": "8", "missing_count": "4", "missing_percent": 50.0, "unexpected_count": "1", "unexpected_percent": 25.0,
		"unexpected_percent_total": 12.5, "unexpected_percent_nonmissing": 25.0, "partial_unexpected_list": []any{-1.5},
		"partial_unexpected_index_list": []any{location}, "partial_unexpected_counts": []any{map[string]any{"value": -1.5, "count": "1"}},
		"unexpected_index_column_names": []any{"id"},
	}
	judged := map[string]any{
		"element_count": "8", "unexpected_count": "1", "unexpected_percent": 25.0, "partial_unexpected_list": []any{-1.5},
		"partial_unexpected_index_list": []any{location}, "partial_unexpected_counts": []any{map[string]any{"value": -1.5, "count": "1"}},
		"unexpected_index_column_names": []any{"id"},
	}
	for _, kind := range expectation.All() {
		detail, want := rows, counted
		switch {
		case kind.Name == expectation.TableColumnsToMatchSet:
			list, err := structpb.NewList([]any{"id", "x"})
			require.NoError(t, err)
			detail = &qualityv1.ResultDetail{
				ObservedValue: structpb.NewListValue(list),
				Details:       &qualityv1.ResultDetails{Mismatched: &qualityv1.ColumnMismatch{Unexpected: []string{"x"}}},
			}
			want = map[string]any{
				"observed_value": []any{"id", "x"}, "details": map[string]any{"mismatched": map[string]any{"unexpected": []any{"x"}}},
			}
		case kind.Result == expectation.ObservedResult:
			detail, want = &qualityv1.ResultDetail{ObservedValue: structpb.NewNumberValue(0)}, map[string]any{"observed_value": 0.0}
		case kind.Result == expectation.RowsResult:
			want = judged
		}

		v := written(t, options, of(kind.Name, detail))

		require.Equal(t, want, v["results"].([]any)[0].(map[string]any)["result"], kind.Name)
	}
}

func TestColumnsThatMatchHaveAnEmptyMismatch(t *testing.T) {
	t.Parallel()
	v := written(t, options, of(expectation.TableColumnsToMatchSet, &qualityv1.ResultDetail{
		Details: &qualityv1.ResultDetails{Mismatched: &qualityv1.ColumnMismatch{}},
	}))
	detail := v["results"].([]any)[0].(map[string]any)["result"].(map[string]any)
	require.Equal(t, map[string]any{"mismatched": map[string]any{}}, detail["details"])
}

func TestAPercentageOfNothingIsNull(t *testing.T) {
	t.Parallel()
	percents := func(kind string, d *qualityv1.ResultDetail) map[string]any {
		detail := written(t, options, of(kind, d))["results"].([]any)[0].(map[string]any)["result"].(map[string]any)
		of := map[string]any{}
		for _, name := range []string{"missing_percent", "unexpected_percent", "unexpected_percent_total", "unexpected_percent_nonmissing"} {
			if v, ok := detail[name]; ok {
				of[name] = v
			}
		}
		return of
	}
	require.Equal(t, map[string]any{
		"missing_percent": nil, "unexpected_percent": nil, "unexpected_percent_total": nil, "unexpected_percent_nonmissing": nil,
	}, percents(expectation.ColumnValuesToBeUnique, &qualityv1.ResultDetail{}), "no rows")
	require.Equal(t, map[string]any{
		"missing_percent": 100.0, "unexpected_percent": nil, "unexpected_percent_total": 0.0, "unexpected_percent_nonmissing": nil,
	}, percents(expectation.ColumnValuesToBeUnique, &qualityv1.ResultDetail{ElementCount: 3, MissingCount: 3, MissingPercent: 100}), "only NULLs")
	require.Equal(t, map[string]any{"unexpected_percent": nil}, percents(expectation.ColumnValuesToNotBeNull, &qualityv1.ResultDetail{}))

	nothing := of(expectation.ColumnValuesToBeUnique, nil)
	nothing.Validation.Statistics = &qualityv1.Statistics{SkippedExpectations: 1, SuccessPercent: 100}
	require.Nil(t, written(t, options, nothing)["statistics"].(map[string]any)["success_percent"])
	nothing.Validation.Statistics.EvaluatedExpectations = 1
	require.InDelta(t, 100, written(t, options, nothing)["statistics"].(map[string]any)["success_percent"], 0)
}

func TestAnExceptionIsSaidAsGreatExpectationsDoes(t *testing.T) {
	t.Parallel()
	m := of(expectation.ColumnValuesToBeUnique, nil)
	require.Equal(t, map[string]any{"raised_exception": false, "exception_message": nil},
		written(t, options, m)["results"].([]any)[0].(map[string]any)["exception_info"], "of a validation from before it was known")
	m.Validation.Results[0].ExceptionInfo = &qualityv1.ExceptionInfo{}
	require.Equal(t, map[string]any{"raised_exception": false, "exception_message": nil},
		written(t, options, m)["results"].([]any)[0].(map[string]any)["exception_info"])
	m.Validation.Results[0].ExceptionInfo = &qualityv1.ExceptionInfo{RaisedException: true, ExceptionMessage: "division by zero"}
	require.Equal(t, map[string]any{"raised_exception": true, "exception_message": "division by zero"},
		written(t, options, m)["results"].([]any)[0].(map[string]any)["exception_info"])
}

func TestWhatHoldsNoValidationIsWrittenAsItIs(t *testing.T) {
	t.Parallel()
	for _, m := range []proto.Message{
		&orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{Id: "run_1", Findings: []*stepv1.Finding{{Count: 3}}}},
		&datasetv1.Dataset{Name: "d"},
	} {
		want, err := options.Marshal(m)
		require.NoError(t, err)
		got, err := resultjson.Marshal(options, m)
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(got))
	}
}

func TestAListAndAKindOfANewerProgram(t *testing.T) {
	t.Parallel()
	list := &qualityv1.ListValidationsResponse{Validations: []*qualityv1.Validation{{RejectedRows: 2}, {RejectedRows: 1 << 60}}}
	text, err := resultjson.Marshal(options, list)
	require.NoError(t, err)
	require.Contains(t, string(text), `"rejected_rows":"2"`)
	require.Contains(t, string(text), `"rejected_rows":"1152921504606846976"`)

	detail := written(t, options, of("expect_tomorrow", &qualityv1.ResultDetail{ElementCount: 3}))["results"].([]any)[0].(map[string]any)["result"]
	require.Equal(t, "3", detail.(map[string]any)["element_count"])
	require.Contains(t, detail, "missing_percent")

	_, err = resultjson.Marshal(options, &qualityv1.GetValidationResponse{Validation: &qualityv1.Validation{Id: "\xff"}})
	require.Error(t, err)
}
