package rest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

func operation(t *testing.T, method, path string) *contract.Operation {
	t.Helper()
	c, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	op, _ := c.Match(method, path)
	require.NotNil(t, op)
	return op
}

func TestEveryBodyIsAMessage(t *testing.T) {
	t.Parallel()
	c, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	for _, op := range c.Operations() {
		if op.Body {
			require.NotNil(t, bodyMessage(&op), op.Path)
		}
	}
	require.EqualValues(t, "streamflow.dataset.v1.Dataset", bodyMessage(operation(t, http.MethodPost, "/v1/datasets")).FullName())
	require.EqualValues(t, "streamflow.orchestrator.v1.StartRunRequest", bodyMessage(operation(t, http.MethodPost, "/v1/datasets/d/runs")).FullName())
	require.Nil(t, bodyMessage(&contract.Operation{Service: "None", RPC: "Call", BodyMessage: "no.Message"}))
	require.NoError(t, checkNumbers(nil, []byte(`{"a": 9007199254740993}`)))
}

// withKwargs is a dataset with the arguments of one expectation.
func withKwargs(kwargs string) string {
	return `{"name": "d", "tables": [{"name": "t", "expectations": [{"type": "a"}, {"type": "b", "kwargs": ` + kwargs + `}]}]}`
}

func TestNumbersThatADoubleWouldChangeAreRefused(t *testing.T) {
	t.Parallel()
	const here, says = "tables[0].expectations[1].kwargs.", "expected a number that fits a double exactly, found "
	apply := operation(t, http.MethodPost, "/v1/datasets")
	for body, want := range map[string][]string{
		withKwargs(`{"max_value": 9007199254740993}`):                  {here + "max_value: " + says + "9007199254740993"},
		withKwargs(`{"max_value": 9007199254740993.0}`):                {here + "max_value: " + says + "9007199254740993.0"},
		withKwargs(`{"value_set": [1, 9007199254740993, 0.1]}`):        {here + "value_set[1]: " + says + "9007199254740993"},
		withKwargs(`{"a": {"b": [[-9007199254740993]]}}`):              {here + "a.b[0][0]: " + says + "-9007199254740993"},
		withKwargs(`{"min_value": 1e-400, "max_value": 1e400}`):        {here + "max_value: " + says + "1e400", here + "min_value: " + says + "1e-400"},
		withKwargs(`{"mostly": 0.1234567890123456789}`):                {here + "mostly: " + says + "0.1234567890123456789"},
		withKwargs(`{"max_value": 1` + strings.Repeat("0", 99) + `1}`): {here + "max_value: " + says + "1" + strings.Repeat("0", 59) + "…"},
	} {
		_, err := checkBody(apply, http.Header{}, []byte(body))

		require.True(t, problem.Is(err, problem.InvalidRequest), body)
		var got []string
		for _, v := range problem.FromError(err).Violations {
			require.True(t, strings.HasSuffix(v.Description, ": put it in quotes, and it keeps every digit"), v.Description)
			got = append(got, v.Subject+": "+strings.TrimSuffix(v.Description, ": put it in quotes, and it keeps every digit"))
		}
		require.Equal(t, want, got, body)
		require.Contains(t, err.Error(), want[0])
		if len(want) > 1 {
			require.Contains(t, err.Error(), "(and 1 more)")
		}
	}
}

// Of a field that is a double quotes keep no digit, and no one is told that they do.
func TestAShareThatADoubleWouldChangeIsRefusedInQuotesToo(t *testing.T) {
	t.Parallel()
	apply := operation(t, http.MethodPost, "/v1/datasets")
	for _, field := range []string{`"departed_limit": 0.1234567890123456789`, `"departedLimit": 0.1234567890123456789`, `"departed_limit": "0.1234567890123456789"`} {
		_, err := checkBody(apply, http.Header{}, []byte(`{"tables": [{`+field+`}]}`))

		require.True(t, problem.Is(err, problem.InvalidRequest), field)
		require.Equal(t, []problem.Violation{{
			Subject:     "tables[0].departed_limit",
			Description: "expected a number that fits a double exactly, found 0.1234567890123456789: write it with fewer digits, of which a double keeps about 16",
		}}, problem.FromError(err).Violations, field)
	}
	for _, field := range []string{`"departed_limit": "0.2"`, `"departed_limit": 0.30000000000000004`, `"departed_limit": "1e-1"`, `"departed_limit": null`} {
		_, err := checkBody(apply, http.Header{}, []byte(`{"tables": [{`+field+`}]}`))
		require.NoError(t, err, field)
	}
}

func TestNumbersThatAreKeptPass(t *testing.T) {
	t.Parallel()
	apply := operation(t, http.MethodPost, "/v1/datasets")
	for _, body := range []string{
		withKwargs(`{"max_value": 9007199254740992, "min_value": -0.1, "value_set": [1e20, 0, "9007199254740993", true, null]}`),
		withKwargs(`{"value_set": []}`), withKwargs(`null`), withKwargs(`7`), withKwargs(`[9]`),
		`{"tables": null}`, `{}`, ``,
	} {
		got, err := checkBody(apply, http.Header{}, []byte(body))
		require.NoError(t, err, body)
		if body != "" {
			require.JSONEq(t, body, string(got))
			require.Equal(t, strings.Count(body, "9007199254740993"), strings.Count(string(got), "9007199254740993"), "digit for digit")
		}
	}
}
