package rest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

func TestEverythingThatDoesNotFitIsListed(t *testing.T) {
	t.Parallel()
	apply, start := operation(t, http.MethodPost, "/v1/datasets"), operation(t, http.MethodPost, "/v1/datasets/d/runs")

	err := checkShape(start, []byte(`{"as_of": ["2024-01-31"], "sorce": "/data", "accept": [{"reason": 7, "tabel": "users"}], "mode": {}}`))
	p := problem.FromError(err)
	require.Equal(t, problem.InvalidRequest, p.Reason)
	require.Equal(t, []problem.Violation{
		{Subject: "accept[0].reason", Description: "want a text, found the number 7"},
		{Subject: "accept[0].tabel", Description: `no field of that name: did you mean "table"?`},
		{Subject: "as_of", Description: "want a text, found a list"},
		{Subject: "mode", Description: "want one of its values, as a text, found an object"},
		{Subject: "sorce", Description: `no field of that name: did you mean "source"?`},
	}, p.Violations)
	require.Equal(t, "the body does not fit the request: accept[0].reason: want a text, found the number 7 (and 4 more)", p.Message)

	for body, want := range map[string]string{
		`{"tables": {}}`:                                  `tables: want a list [{"name": …,`,
		`{"tables": [null]}`:                              "tables[0]: want an object",
		`{"calendar": "month_end"}`:                       `calendar: want an object {"period": …, "ends_on": …}, found the text "month_end"`,
		`{"tables": [{"key": "user_id"}]}`:                `tables[0].key: want a list ["…"], found the text "user_id"`,
		`{"tables": [{"key": [1]}]}`:                      "tables[0].key[0]: want a text, found the number 1",
		`{"tables": [{"departed_limit": [0.2]}]}`:         "tables[0].departed_limit: want a number, found a list",
		`{"tables": [{"columns": [{"optional": "no"}]}]}`: `optional: want true or false, found the text "no"`,
	} {
		err := checkShape(apply, []byte(body))
		require.ErrorContains(t, err, want, body)
	}
}

func TestTheNamesOfThePathAreNotOffered(t *testing.T) {
	t.Parallel()
	err := checkShape(operation(t, http.MethodPost, "/v1/datasets/d/runs"), []byte(`{"datasets": "d"}`))

	require.ErrorContains(t, err, "datasets: no field of that name; want as_of, source")
}

func TestWhatTheDecoderTakesFits(t *testing.T) {
	t.Parallel()
	apply, start := operation(t, http.MethodPost, "/v1/datasets"), operation(t, http.MethodPost, "/v1/datasets/d/runs")
	for _, body := range []string{
		`{}`, `{"asOf": "2024-01-31", "requestId": "r"}`, `{"mode": 1, "restage": true, "accept": null}`, `{"mode": "plan"}`, `{"accept": []}`,
	} {
		require.NoError(t, checkShape(start, []byte(body)), body)
	}
	for _, body := range []string{
		withKwargs(`{"value_set": [1, "a", null, {"b": []}]}`), `{"tables": [{"departedLimit": "0.5"}]}`, `{"tables": [{"departed_limit": 1}]}`,
	} {
		require.NoError(t, checkShape(apply, []byte(body)), body)
		require.NoError(t, protojson.Unmarshal([]byte(body), &datasetv1.Dataset{}), body)
	}
	require.NoError(t, checkShape(startRun, []byte(`{"any": 1}`)), "of which no message is known")
}

// What fits by this is what the decoder takes, but for the values of enums and the digits
// of numbers: no body that was taken is refused.
func FuzzCheckShape(f *testing.F) {
	for _, body := range []string{
		`{"as_of": "2024-01-31", "accept": [{"reason": "X"}]}`, `{"mode": "RUN_MODE_PLAN"}`, `{"restage": "true"}`, `{"mode": "1"}`, `{"source": null}`,
	} {
		f.Add([]byte(body))
	}
	rules, err := contract.Load(openapi.Document)
	require.NoError(f, err)
	op, _ := rules.Match(http.MethodPost, "/v1/datasets/d/runs")
	f.Fuzz(func(t *testing.T, body []byte) {
		if !json.Valid(body) || protojson.Unmarshal(body, &orchestratorv1.StartRunRequest{}) != nil {
			return
		}
		require.NoError(t, checkShape(op, body), "%s", body)
	})
}
