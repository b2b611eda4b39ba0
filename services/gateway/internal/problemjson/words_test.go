package problemjson_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
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

// onlySfctl are commands that have no request: they need no server, or start one.
var onlySfctl = []string{"`sfctl dev`", "`sfctl dev --data-schema SCHEMA`", "`sfctl dataset lint FILE`"}

func TestOnlyWhatHasNoRequestIsSaidAsACommand(t *testing.T) {
	t.Parallel()
	quoted := regexp.MustCompile("`sfctl [^`]*`")
	for _, entry := range problem.Registry() {
		for _, said := range quoted.FindAllString(sent(t, problem.New(entry.Reason, "said")).Action, -1) {
			require.True(t, slices.Contains(onlySfctl, said), "%s: add %s to inREST", entry.Reason, said)
		}
	}
}
