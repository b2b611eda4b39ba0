package problemjson_test

import (
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
	"github.com/streamflow/streamflow/services/gateway/internal/request"
)

var update = flag.Bool("update", false, "write the golden files")

func answer(t *testing.T, write func(http.ResponseWriter, *http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/v1/runs/run_x?from=1", nil)
	r.Header.Set(request.Header, "req_test")
	ctx, _ := request.Begin(r)
	w := httptest.NewRecorder()
	write(w, r.WithContext(ctx))
	require.Equal(t, problemjson.MediaType, w.Header().Get("Content-Type"))
	return w
}

func TestAProblemIsTheGoldenOne(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]*problem.Error{
		"live_table_differs": problem.New(problem.LiveTableDiffers, "public.users has 5 columns, the dataset declares 6").
			With("table", "users").
			Violate("public.users.user_gender", "expected text, found no such column").
			Violate("public.users.signup_date", "expected date, found <timestamp>"),
		"dataset_refused": problem.New(problem.DatasetRefused, "dataset small was not applied: 2 things are to be mended first").
			With("dataset", "small").
			Violate("table users, column city", "removed: text: rows that are there have values in it: keep it declared with optional: true\n"+
				`public.users: found a column city that the dataset does not declare: declare it, or drop it with its values: alter table "public"."users" drop column "city"`).
			Violate("public.users_snapshots", `found a view: alter view "public"."users_snapshots" rename to "users_snapshots_before"`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden := "testdata/" + name + ".json"

			w := answer(t, func(w http.ResponseWriter, r *http.Request) { problemjson.Error(w, r, err.GRPCStatus().Err()) })

			var indented map[string]any
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &indented))
			got, marshalErr := json.MarshalIndent(indented, "", "  ")
			require.NoError(t, marshalErr)
			if *update {
				require.NoError(t, os.WriteFile(golden, append(got, '\n'), 0o600))
			}
			want, readErr := os.ReadFile(golden)
			require.NoError(t, readErr)
			require.JSONEq(t, string(want), w.Body.String())
			require.Equal(t, http.StatusConflict, w.Code)
			require.NotContains(t, w.Body.String(), `\u003c`, "not escaped: it is no HTML")
		})
	}
}

func TestEveryReasonHasItsStatusAndType(t *testing.T) {
	t.Parallel()
	for _, entry := range problem.Registry() {
		if entry.HTTP == http.StatusOK {
			continue // a notice is never an error of a call
		}
		t.Run(string(entry.Reason), func(t *testing.T) {
			t.Parallel()
			w := answer(t, func(w http.ResponseWriter, r *http.Request) {
				problemjson.Error(w, r, problem.New(entry.Reason, "said").GRPCStatus().Err())
			})
			var got problemjson.Document
			require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
			require.Equal(t, entry.HTTP, w.Code)
			require.Equal(t, problemjson.Document{
				Type: "urn:streamflow:problem:" + string(entry.Reason), Title: entry.Means, Status: entry.HTTP,
				Detail: "said", Instance: "/v1/runs/run_x", Reason: entry.Reason,
				Action: got.Action, Kept: entry.Kept, RequestID: "req_test",
			}, got)
			require.NotEmpty(t, got.Action)
		})
	}
}

func TestAClientIsAskedToComeBackWhenAServiceIsAway(t *testing.T) {
	t.Parallel()
	w := answer(t, func(w http.ResponseWriter, r *http.Request) {
		problemjson.Error(w, r, problem.New(problem.DatabaseUnavailable, "away"))
	})
	require.Equal(t, "2", w.Header().Get("Retry-After"))
}

func TestAStackStaysInTheLog(t *testing.T) {
	t.Parallel()
	d := problemjson.FromError(errors.New("panic: nil map\ngoroutine 1 [running]"))
	require.Equal(t, problem.Internal, d.Reason)
	require.Equal(t, http.StatusInternalServerError, d.Status)
	require.NotContains(t, d.Detail, "goroutine")
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	w := answer(t, problemjson.HTTP(http.StatusNotFound, "nothing there", "Look elsewhere.").Write)
	require.JSONEq(t, `{"type": "urn:streamflow:problem:PATH_NOT_FOUND", "title": "The gateway serves nothing at this path.", "status": 404,
		"detail": "nothing there", "instance": "/v1/runs/run_x", "reason": "PATH_NOT_FOUND", "action": "Look elsewhere.",
		"kept": "Nothing was begun.", "request_id": "req_test"}`, w.Body.String())
	for status, reason := range map[int]problem.Reason{
		http.StatusMethodNotAllowed: problem.MethodNotAllowed, http.StatusRequestEntityTooLarge: problem.BodyTooLarge,
		http.StatusUnsupportedMediaType: problem.MediaTypeNotSupported, http.StatusForbidden: problem.OriginNotAllowed,
		http.StatusBadRequest: problem.InvalidRequest,
	} {
		d := problemjson.HTTP(status, "said", "")
		require.Equal(t, reason, d.Reason)
		require.Equal(t, problem.Lookup(reason).HTTP, d.Status)
		require.Equal(t, problem.New(reason, "").Action(), d.Action, "the reason's, where there is none of its own")
		require.NotContains(t, d.Action, "violations", "it has none")
	}
	require.Equal(t, problem.Internal, problemjson.HTTP(http.StatusNotImplemented, "", "").Reason)
}
