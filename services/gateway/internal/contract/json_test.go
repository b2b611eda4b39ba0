package contract_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

func TestAnAnswerHasNumbersAndTheShapeOfGreatExpectations(t *testing.T) {
	t.Parallel()
	kwargs, err := structpb.NewStruct(map[string]any{"column": "c", "min_value": "9007199254740993"})
	require.NoError(t, err)
	m := &qualityv1.GetValidationResponse{Validation: &qualityv1.Validation{
		Id: "val_1", RejectedRows: 7, Statistics: &qualityv1.Statistics{EvaluatedExpectations: 1},
		Findings: []*stepv1.Finding{{Count: 3, Message: "<a & b>", Rows: []*stepv1.RowLocation{{Line: 7, Value: "12"}}}},
		Results: []*qualityv1.ExpectationResult{{
			ExpectationConfig: &datasetv1.Expectation{Type: "expect_column_values_to_be_unique", Kwargs: kwargs},
			Result: &qualityv1.ResultDetail{
				ElementCount: 1 << 53, UnexpectedCount: 1<<53 + 1,
				PartialUnexpectedIndexList: []*stepv1.RowLocation{{File: "t.csv", Line: 4}},
			},
			ExceptionInfo: &qualityv1.ExceptionInfo{},
		}},
	}}

	text, err := contract.Marshal(m)

	require.NoError(t, err)
	for _, want := range []string{
		`"element_count":9007199254740992`, `"unexpected_count":"9007199254740993"`, `"rejected_rows":7`, `"count":3`, `"line":7`, `"line":4`,
		`"value":"12"`, `"min_value":"9007199254740993"`, `"message":"<a & b>"`, `"exception_message":null`,
	} {
		require.Contains(t, string(text), want)
	}
	again := &qualityv1.GetValidationResponse{}
	require.NoError(t, protojson.Unmarshal(text, again))
	require.True(t, proto.Equal(m, again), "it is the JSON of the protos:\n%v\n%v", m, again)
	_, err = contract.Marshal(&qualityv1.GetValidationResponse{Validation: &qualityv1.Validation{Id: "\xff"}})
	require.Error(t, err)
}

func TestFindingsAdviseInTheWordsOfREST(t *testing.T) {
	t.Parallel()
	m := &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{
		Message: "accept it with `--accept STALE_EXTRACT`",
		Findings: []*stepv1.Finding{{
			Message: "a < b", Action: "`sfctl plan --fail-on warning` looks first; <see> `sfctl run get RUN`.", Found: "`sfctl run get RUN`",
			Rows:    []*stepv1.RowLocation{{Value: "--accept STALE_EXTRACT", Key: []string{"--keep-tables"}}},
			Follows: []*stepv1.Finding{{Action: "delete it with --keep-tables"}},
		}},
	}}

	text, err := contract.Marshal(m)

	require.NoError(t, err)
	for _, want := range []string{
		`"message":"accept it with ` + "`" + `\"accept\": [{\"reason\": \"STALE_EXTRACT\"}]` + "`" + `"`,
		`"mode\": \"plan\"` + "` looks first; <see> `GET /v1/runs/{run}`" + `."`,
		`"found":"` + "`sfctl run get RUN`" + `"`, `"value":"--accept STALE_EXTRACT"`, `["--keep-tables"]`, "delete it with `keep_tables`", `"a < b"`,
	} {
		require.Contains(t, string(text), want)
	}
}
