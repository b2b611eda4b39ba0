package rest_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

func TestAValidationHasTheShapeOfGreatExpectations(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Reply("QualityService/GetValidation", &qualityv1.GetValidationResponse{Validation: &qualityv1.Validation{
		Id: "val_1", Statistics: &qualityv1.Statistics{EvaluatedExpectations: 1, UnsuccessfulExpectations: 1},
		Results: []*qualityv1.ExpectationResult{{
			ExpectationConfig: &datasetv1.Expectation{Type: "expect_column_values_to_not_be_null", Severity: datasetv1.Severity_SEVERITY_CRITICAL},
			Result:            &qualityv1.ResultDetail{ElementCount: 8, UnexpectedCount: 2, UnexpectedPercent: 25},
		}},
	}})
	suite.Reply("IngestService/GetBatch", &ingestv1.GetBatchResponse{Batch: &ingestv1.Batch{Files: []*ingestv1.BatchFile{{SizeBytes: 7}}}})

	var answer struct {
		Validation struct {
			Results []struct {
				Result        map[string]any `json:"result"`
				ExceptionInfo map[string]any `json:"exception_info"`
			} `json:"results"`
		} `json:"validation"`
	}
	require.NoError(t, json.Unmarshal([]byte(send(t, srv, "GET", "/v1/validations/val_1", "").body), &answer))
	batch := send(t, srv, "GET", "/v1/batches/bat_1", "").body

	r := answer.Validation.Results[0]
	require.Equal(t, map[string]any{
		"element_count": 8.0, "unexpected_count": 2.0, "unexpected_percent": 25.0, "partial_unexpected_list": []any{},
		"partial_unexpected_counts": []any{}, "partial_unexpected_index_list": []any{}, "unexpected_index_column_names": []any{},
	}, r.Result)
	require.Equal(t, map[string]any{"raised_exception": false, "exception_message": nil}, r.ExceptionInfo)
	require.Contains(t, batch, `"size_bytes":7`, "one rule for every message")
}
