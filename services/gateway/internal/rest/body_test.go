package rest

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

var startRun = &contract.Operation{
	Method: http.MethodPost, Path: "/v1/datasets/{dataset}/runs", PathParams: []string{"dataset"}, Body: true, IdempotencyKey: true,
}

func TestMalformedSaysWhere(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{`:                    "line 1, column 1",
		`{"a": x}`:             "line 1, column 7",
		"{\n\"a\": 1,\n  b}":   "line 3, column 3",
		"{\"é\": }":            "line 1, column 8", // in bytes, as editors of JSON errors count
		`"text"`:               "no JSON object",
		`null`:                 "the body is null: want a JSON object",
		`[{"as_of": "2024"}]`:  "no JSON object",
		"{}\n\n{}":             "line 3, column 1",
		`{"a": 1}` + "\x00":    "line 1, column 9",
		`{"a": "` + "\x01\"}":  "line 1, column 8",
		`{"a": 1, "a" 2}`:      "line 1, column 14",
		`{"as_of": 2024-01-31`: "line 1, column 15",
	} {
		_, err := checkBody(startRun, http.Header{}, []byte(body))
		require.ErrorContains(t, err, want, "%q", body)
		require.True(t, problem.Is(err, problem.InvalidRequest))
	}
}

func TestABodyIsLeftAsItIsWithoutAKey(t *testing.T) {
	t.Parallel()
	body := `{ "as_of" : "2024-01-31", "source": "/a" }`
	got, err := checkBody(startRun, http.Header{}, []byte(body))
	require.NoError(t, err)
	require.Equal(t, body, string(got))

	cancel := &contract.Operation{Method: http.MethodPost, Path: "/v1/runs/{run}:cancel", Body: true}
	got, err = checkBody(cancel, http.Header{"Idempotency-Key": {"k"}}, []byte(body))
	require.NoError(t, err)
	require.Equal(t, body, string(got), "an operation that has no request_id")
}

func TestTheKeyIsPutIntoTheBodyBesideTheRest(t *testing.T) {
	t.Parallel()
	header := http.Header{"Idempotency-Key": {"k"}}
	for name, body := range map[string]string{
		"an empty body": "", "spaces": " \n", "no fields": "{}", "null in the field": `{"request_id": null}`,
		"another type in the field": `{"request_id": 7}`,
	} {
		got, err := checkBody(startRun, header, []byte(body))
		require.NoError(t, err, name)
		require.JSONEq(t, `{"request_id": "k"}`, string(got), name)
	}
	got, err := checkBody(startRun, header, []byte(`{"as_of": "2024-01-31", "large": 9007199254740993}`))
	require.NoError(t, err)
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(got, &fields))
	require.Equal(t, "9007199254740993", string(fields["large"]), "digit for digit")
}

func TestMediaType(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]string{
		"application/json": mediaJSON, "application/json; charset=utf-8": mediaJSON, "Application/JSON": mediaJSON,
		"application/yaml": "application/yaml", "": "", "text/plain": "text/plain", "application/jsonx": "application/jsonx", ";": "",
	} {
		require.Equal(t, want, mediaType(contentType), contentType)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]struct{ message, field string }{
		"proto:\u00a0(line 1:2): unknown field \"sauce\"":              {`the body does not fit the request: (line 1:2): unknown field "sauce"`, "sauce"},
		"proto: (line 1:2): duplicate field \"as_of\"":                 {`the body does not fit the request: (line 1:2): duplicate field "as_of"`, "as_of"},
		"proto: (line 1:2): invalid value for string field pageToken:": {"the body does not fit the request: (line 1:2): invalid value for string field pageToken:", "page_token"},
		"proto: syntax error (line 1:2)":                               {"the body does not fit the request: syntax error (line 1:2)", ""},
		"of a service":                                                 {"of a service", ""},
	} {
		p := problem.FromError(plain(status.Error(codes.InvalidArgument, said)))
		require.Equal(t, problem.InvalidRequest, p.Reason)
		require.Equal(t, want.message, p.Message)
		if want.field == "" {
			require.Empty(t, p.Violations)
			continue
		}
		require.Len(t, p.Violations, 1)
		require.Equal(t, want.field, p.Violations[0].Subject)
	}
	other := problem.New(problem.RunNotFound, "proto: none")
	require.Same(t, other, plain(other), "only what the decoder says is changed")
}
