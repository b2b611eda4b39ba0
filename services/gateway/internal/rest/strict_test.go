package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

func TestWhatTheContractDoesNotHaveIsRefused(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	const start = "/v1/datasets/d/runs"
	for name, tc := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		detail             string
		violation          string
		allow              string
	}{
		"no such path":             {"GET", "/v1/nothing", "", nil, 404, "there is nothing at /v1/nothing", "", ""},
		"a path too short":         {"GET", "/v1/", "", nil, 404, "there is nothing at /v1/", "", ""},
		"another method":           {"DELETE", "/v1/datasets", "", nil, 405, "DELETE is not served at /v1/datasets: use GET, HEAD, POST", "", "GET, HEAD, POST"},
		"a step of a run":          {"POST", "/v1/batches/bat_1:publish", "", nil, 405, "", "", "GET, HEAD"},
		"a method in a header":     {"POST", "/v1/runs", "", []string{"X-HTTP-Method-Override", "GET"}, 405, "", "", "GET, HEAD"},
		"an unknown parameter":     {"GET", "/v1/runs?state=RUNNING", "", nil, 400, `GET /v1/runs has no parameter state (did you mean "states"?); it has dataset, as_of, states, page_size, page_token`, "state", ""},
		"a parameter for none":     {"GET", "/v1/runs/run_1?full=1", "", nil, 400, "it has none", "full", ""},
		"a number that is none":    {"GET", "/v1/runs?page_size=many", "", nil, 400, `page_size: want a whole number, found "many"`, "page_size", ""},
		"a number too large":       {"GET", "/v1/runs?page_size=99999999999", "", nil, 400, `page_size: want a whole number of at most nine digits, found "99999999999"`, "page_size", ""},
		"a number with a fraction": {"GET", "/v1/runs?page_size=1.5", "", nil, 400, `page_size: want a whole number, found "1.5"`, "page_size", ""},
		"no yes and no no":         {"DELETE", "/v1/datasets/d?keep_tables=maybe&requested_by=me", "", nil, 400, `keep_tables: want true or false, found "maybe"`, "keep_tables", ""},
		"nobody asks for a delete": {"DELETE", "/v1/datasets/d", "", nil, 400, "requested_by: missing: give it in the query, as in DELETE /v1/datasets/{dataset}?requested_by=…", "requested_by", ""},
		"nobody asks for JSON":     {"POST", "/v1/datasets", `{"name": "d"}`, nil, 400, "requested_by: missing: give it in the query, as in POST /v1/datasets?requested_by=…", "requested_by", ""},
		"a state by half":          {"GET", "/v1/runs?states=faild", "", nil, 400, `did you mean "failed"?`, "states", ""},
		"an enum far inside": {"POST", "/v1/datasets", `{"calendar": {"period": "month_star"}}`, nil, 400,
			`calendar.period: "month_star" is not among its values; want month_end, day, week, month_start, quarter_end, year_end (or in full, as PERIOD_MONTH_END): did you mean "month_start"?`, "calendar.period", ""},
		"a state that is none":    {"GET", "/v1/runs?states=DONE", "", nil, 400, `states: "DONE" is not among its values; want queued, running, succeeded, failed, cancelled (or in full, as RUN_STATE_QUEUED)`, "states", ""},
		"a state's number":        {"GET", "/v1/runs?states=77", "", nil, 400, "77", "", ""},
		"a query that is none":    {"GET", "/v1/runs?a=%zz", "", nil, 400, "the query cannot be read", "", ""},
		"an unknown field":        {"POST", start, `{"as_of": "2024-01-31", "sorce": 1}`, nil, 400, `the body does not fit the request: sorce: no field of that name: did you mean "source"?`, "sorce", ""},
		"a field of another type": {"POST", start, `{"as_of": 7}`, nil, 400, "as_of: want a text, found the number 7", "as_of", ""},
		"a field far from all":    {"POST", start, `{"zebra": 1}`, nil, 400, "zebra: no field of that name; want as_of, source, mode", "zebra", ""},
		"a text for a list":       {"POST", start, `{"accept": "STALE_EXTRACT"}`, nil, 400, `accept: want a list [{"reason": …, "table": …}], found the text "STALE_EXTRACT"`, "accept", ""},
		"a text in a list":        {"POST", start, `{"accept": ["STALE_EXTRACT"]}`, nil, 400, `accept[0]: want an object {"reason": …, "table": …}, found the text "STALE_EXTRACT"`, "accept[0]", ""},
		"a field far inside":      {"POST", "/v1/datasets", `{"name": "d", "tables": [{"colums": []}]}`, nil, 400, `tables[0].colums: no field of that name: did you mean "columns"?`, "tables[0].colums", ""},
		"a text for true":         {"POST", start, `{"restage": "yes"}`, nil, 400, `restage: want true or false, found the text "yes"`, "restage", ""},
		"null":                    {"POST", start, "null", nil, 400, "the body is null: want a JSON object, as {} where nothing is to be said", "", ""},
		"an enum that is none":    {"POST", start, `{"mode": "FAST"}`, nil, 400, `mode: "FAST" is not among its values; want full, plan, rollback, retention, erase, erase_plan (or in full, as RUN_MODE_FULL)`, "mode", ""},
		"an enum of a wrong type": {"POST", start, `{"mode": true}`, nil, 400, "mode", "mode", ""},
		"a number too long":       {"POST", "/v1/datasets", withBound("9007199254740993"), nil, 400, "tables[0].expectations[0].kwargs.max_value: expected a number that fits a double exactly, found 9007199254740993: put it in quotes, and it keeps every digit", "tables[0].expectations[0].kwargs.max_value", ""},
		"no JSON":                 {"POST", start, "{\n  \"as_of\": }", nil, 400, "the body is no JSON: line 2, column 12: invalid character '}'", "", ""},
		"cut short":               {"POST", start, `{"as_of": "20`, nil, 400, "the body is no JSON: line 1", "", ""},
		"more after the JSON":     {"POST", start, `{} {}`, nil, 400, "invalid character '{' after top-level value", "", ""},
		"a list":                  {"POST", start, `[]`, nil, 400, "the body is no JSON object", "", ""},
		"the query's field":       {"POST", "/v1/datasets", `{"name": "d", "requested_by": "me"}`, nil, 400, "give it in the query, as in /v1/datasets?requested_by=…", "requested_by", ""},
		"the path's field":        {"POST", start, `{"dataset": "other"}`, nil, 400, "dataset stands in the path", "dataset", ""},
		"another type of body":    {"POST", start, `as_of=2024-01-31`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "want application/json", "", ""},
		"a body of no type":       {"POST", start, `{}`, []string{"Content-Type", ""}, 415, `of type ""`, "", ""},
		"YAML where none is":      {"POST", start, "as_of: 2024-01-31", []string{"Content-Type", "application/yaml"}, 415, "want application/json", "", ""},
		"a dataset in XML":        {"POST", "/v1/datasets", "<d/>", []string{"Content-Type", "text/xml"}, 415, "want application/json or application/yaml", "", ""},
		"too large a body":        {"POST", start, `{"source": "` + strings.Repeat("x", 8<<20) + `"}`, nil, 413, "larger than 8388608 bytes", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := send(t, srv, tc.method, tc.path, tc.body, tc.headers...)
			d := got.problem(t)
			require.Equal(t, tc.status, got.status, got.body)
			require.Equal(t, reasonOf[tc.status], d.Reason)
			require.Contains(t, d.Detail, tc.detail)
			require.NotContains(t, d.Detail, "\u00a0")
			require.Equal(t, tc.allow, got.header.Get("Allow"))
			if tc.status == http.StatusBadRequest && len(d.Violations) == 0 {
				require.Equal(t, "Correct what the message says, and send the request again.", d.Action, "there are no violations to go by")
			}
			if tc.violation != "" {
				require.Len(t, d.Violations, 1, got.body)
				require.Equal(t, tc.violation, d.Violations[0].Subject)
			}
		})
	}
	t.Cleanup(func() { require.Empty(t, suite.Calls(), "nothing of it reached a service") })
}

// reasonOf is the registry's reason of what HTTP itself has a status for.
var reasonOf = map[int]problem.Reason{
	http.StatusBadRequest: problem.InvalidRequest, http.StatusNotFound: problem.PathNotFound,
	http.StatusMethodNotAllowed: problem.MethodNotAllowed, http.StatusRequestEntityTooLarge: problem.BodyTooLarge,
	http.StatusUnsupportedMediaType: problem.MediaTypeNotSupported,
}

// withBound is a dataset whose rule has a bound.
func withBound(number string) string {
	return `{"name": "d", "tables": [{"name": "t", "expectations": [{"type": "expect_column_values_to_be_between", "kwargs": {"column": "n", "max_value": ` +
		number + `}}]}]}`
}

func TestTextThatNoNameHasIsRefused(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	for _, path := range []string{
		"/v1/datasets/a%00b/batches",
		"/v1/datasets/a%00b/validations",
		"/v1/datasets/a%00b/snapshots",
		"/v1/datasets/a%00b/snapshots/2024-01-31",
		"/v1/datasets/d/validations?batch=a%00b",
		"/v1/datasets/d/validations?batch=bat_a%00b",
		"/v1/datasets/d/snapshots?snapshot=a%00b",
		"/v1/datasets/d/snapshots/2024-01-31%00",
		"/v1/datasets/a%ffb/batches",
		"/v1/datasets/d/validations?batch=bat_%ff",
		"/v1/runs/run_%ff",
	} {
		t.Run(path, func(t *testing.T) {
			got := send(t, srv, "GET", path, "")
			d := got.problem(t)
			require.Equal(t, http.StatusBadRequest, got.status, got.body)
			require.Equal(t, problem.InvalidRequest, d.Reason)
		})
	}
	require.Empty(t, suite.Calls(), "nothing of it reached a service")
}

func TestWhereAMethodIsServedInstead(t *testing.T) {
	t.Parallel()
	_, srv := setup(t)

	start := send(t, srv, "POST", "/v1/runs", `{}`).problem(t)
	nothing := send(t, srv, "POST", "/v1/nothing", `{}`).problem(t)

	require.Equal(t, "POST is served at /v1/datasets/{dataset}/runs. GET /openapi.json lists what is served.", start.Action)
	require.Equal(t, "GET /openapi.json lists what is served.", nothing.Action)
}

func TestAnEmptyBodyIsARequestWithoutFields(t *testing.T) {
	t.Parallel()
	_, srv := setup(t)
	d := send(t, srv, "POST", "/v1/datasets/d/runs", "").problem(t)
	require.Equal(t, http.StatusBadRequest, d.Status)
	require.Contains(t, d.Detail, "as_of", "the declared rules say what is missing")
}

func TestHeadersOfTheClientAreNotPassedOn(t *testing.T) {
	t.Parallel()
	suite, srv := setup(t)
	suite.Fail("OrchestratorService/GetRun", backendError)
	send(t, srv, "GET", "/v1/runs/run_1", "", "Grpc-Metadata-X-Request-Id", "forged", "X-Request-Id", "req_mine")
	require.Equal(t, "req_mine", suite.Calls()[0].RequestID)
}

var backendError = problem.New(problem.RunNotFound, "none")
