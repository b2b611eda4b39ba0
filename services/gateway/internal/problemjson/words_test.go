package problemjson_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// sent is what a client gets of an error.
func sent(t *testing.T, err error) problemjson.Document {
	t.Helper()
	w := answer(t, func(w http.ResponseWriter, r *http.Request) { problemjson.Error(w, r, err) })
	var d problemjson.Document
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &d))
	return d
}

func TestAdviceIsInTheWordsOfREST(t *testing.T) {
	t.Parallel()
	err := problem.New(problem.RunNotFound, "no run here; list them with `sfctl run list --dataset shop`").Violate("run", "see `sfctl run get RUN`")
	d := sent(t, err)

	require.Equal(t, "no run here; list them with `GET /v1/runs`", d.Detail)
	require.Equal(t, "List the runs with `GET /v1/runs`.", d.Action)
	require.Equal(t, "see `GET /v1/runs/{run}`", d.Violations[0].Description)
	require.Contains(t, problemjson.FromError(err).Action, "sfctl run list", "a page is for people")
}

func TestFlagsAreTheFieldsOfRequests(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"with `--keep-tables` (keep_tables) it goes":          "with `keep_tables` it goes",
		"delete it with --keep-tables (keep_tables)":          "delete it with `keep_tables`",
		"with --keep-tables, or not":                          "with `keep_tables`, or not",
		"`--reason` (why)":                                    "`reason` (why)",
		"for one run, `--accept STALE_EXTRACT`, or":           "for one run, `\"accept\": [{\"reason\": \"STALE_EXTRACT\"}]`, or",
		"for one run: --accept STALE_EXTRACT:users.":          "for one run: `\"accept\": [{\"reason\": \"STALE_EXTRACT\", \"table\": \"users\"}]`.",
		"or `--accept REASON[:TABLE]`":                        "or `\"accept\": [{\"reason\": \"REASON\", \"table\": \"TABLE\"}]`",
		"with `--waive LABEL_NOT_LATER`: it says so":          "with `\"waive\": [\"LABEL_NOT_LATER\"]`: it says so",
		"list with `sfctl training-set list`":                 "list with `GET /v1/datasets/{dataset}/training-sets`",
		"or `--accept-from` the run that found it":            "or `accept_from` the run that found it",
		"`sfctl plan --fail-on warning` looks first":          "`POST /v1/datasets/{dataset}/runs with \"mode\": \"plan\"` looks first",
		"`sfctl run start --restamp --from 2024-01-31` first": "`POST /v1/datasets/{dataset}/runs with \"restamp\": true` first",
		"`sfctl run start --dataset shop --restamp --from D`": "`POST /v1/datasets/{dataset}/runs with \"restamp\": true`",
		"run `sfctl run start … --full-extract` once":         "run `POST /v1/datasets/{dataset}/runs with \"full_extract\": true` once",
		"`sfctl plan --restamp --restage`, or not":            "`POST /v1/datasets/{dataset}/runs with \"mode\": \"plan\", \"restamp\": true, \"restage\": true`, or not",
		"see `sfctl batch get BATCH --last`":                  "see `GET /v1/batches/{batch}`",
		"start ingest with --source-root for theirs":          "start ingest with --source-root for theirs",
		"run `ingestd migrate --data-schema shop`":            "run `ingestd migrate --data-schema shop`",
		"start `sfctl dev` with --data-schema shop":           "start `sfctl dev` with --data-schema shop",
		"nobody reads users--old.csv, nor \"--x\"":            "nobody reads users--old.csv, nor \"--x\"",
		"a ` alone, and --restage":                            "a ` alone, and `restage`",
		"no advice - at all":                                  "no advice - at all",
		"":                                                    "",
	} {
		require.Equal(t, want, problemjson.InRESTWords(said))
		require.Equal(t, want, problemjson.InRESTWords(want), "it is said once")
	}
}

func TestADatasetIsNotLintedOverREST(t *testing.T) {
	t.Parallel()
	require.Contains(t, sent(t, problem.New(problem.DatasetInvalid, "2 mistakes")).Action, "the violations list all")
}
