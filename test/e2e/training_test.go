package e2e

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/datatest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/test/extract"
)

// sfctl runs the command line against the suite and returns what it wrote.
func (s *suite) sfctl(t *testing.T, bin string, args ...string) (out string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "sfctl"), args...)
	cmd.Env = s.environment("SFCTL_USER=e2e")
	text, err := cmd.Output()
	var failed *exec.ExitError
	if err != nil {
		require.ErrorAs(t, err, &failed)
		return string(text) + string(failed.Stderr), failed.ExitCode()
	}
	return string(text), 0
}

// January's training set carries January's labels after February was published, and with a
// horizon February's: the label facts that the live table gets wrong.
func TestTrainingSetsCarryTheLabelsOfTheirPeriod(t *testing.T) {
	t.Parallel()
	s := setup(t)
	bin, dir := buildSfctl(t), t.TempDir()
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, february)

	refused, code := s.sfctl(t, bin, "training-set", "build", "churn", "--as-of", extract.January, "--horizon", "0")
	require.Equal(t, problem.ExitLeak, code, refused)
	require.Contains(t, refused, "both are of 2024-01-31")
	file := filepath.Join(dir, "january.csv")
	out, code := s.sfctl(t, bin, "training-set", "build", "churn", "--as-of", extract.January, "--horizon", "0", "--waive", "LABEL_NOT_LATER", "-o", "name")
	require.Zero(t, code, out)
	id := strings.TrimSpace(out)
	out, code = s.sfctl(t, bin, "training-set", "export", id, "-o", file)
	require.Zero(t, code, out)

	got := trainingRows(t, file)
	require.Len(t, got, 7043)
	require.True(t, slices.IsSorted(keysInOrder(t, file)), "rows stand in key order")
	own, later := fileLabels(t, january), fileLabels(t, february)
	require.Equal(t, own, labelsOf(got), "January's labels, for all 7,043 users")
	live := s.liveLabels(t)
	require.Equal(t, later, live)
	wrong := 0
	for user, label := range live {
		if own[user] != label {
			wrong++
		}
	}
	if _, here := datatest.Find(t, datatest.Real); here {
		require.Equal(t, 2652, wrong, "what the live table would have served wrong")
	}
	require.NotZero(t, wrong)

	out, code = s.sfctl(t, bin, "training-set", "build", "churn", "--as-of", extract.January, "-o", "name")
	require.Zero(t, code, "with horizon 1 no guard has anything to say: %s", out)
	next := filepath.Join(dir, "next.csv")
	out, code = s.sfctl(t, bin, "training-set", "export", strings.TrimSpace(out), "-o", next)
	require.Zero(t, code, out)
	require.Equal(t, later, labelsOf(trainingRows(t, next)), "February's labels")

	s.sameAgain(t, bin, id, file)
	s.sameOverREST(t, id, file)
}

// sameAgain makes the file again from its manifest, and has it verified.
func (s *suite) sameAgain(t *testing.T, bin, id, file string) {
	t.Helper()
	again := file + ".again"
	out, code := s.sfctl(t, bin, "training-set", "rebuild", file+".manifest.json", "-o", again)
	require.Zero(t, code, out)
	require.Equal(t, contents(t, file), contents(t, again))
	require.Equal(t, contents(t, file+".manifest.json"), contents(t, again+".manifest.json"))
	out, code = s.sfctl(t, bin, "training-set", "verify", file+".manifest.json")
	require.Zero(t, code, out)
	require.Contains(t, out, "the same (7,043 rows of 6 snapshots, SHA-256 ")

	_, err := s.db.Exec(t.Context(), `do $$ begin execute (select format('update %I.%I set churn_label = not churn_label where user_id = (select min(user_id) from %I.%I)',
		partition_schema, partition_name, partition_schema, partition_name) from sf_snapshot.catalog where snapshot = 'labels_snapshots' and as_of = '2024-01-31'); end $$`)
	require.NoError(t, err)
	out, code = s.sfctl(t, bin, "training-set", "verify", id)
	require.Equal(t, problem.ExitConflict, code)
	require.Contains(t, out, "labels_snapshots as of 2024-01-31: expected h1:7043:")
	_, err = s.db.Exec(t.Context(), `do $$ begin execute (select format('update %I.%I set churn_label = not churn_label where user_id = (select min(user_id) from %I.%I)',
		partition_schema, partition_name, partition_schema, partition_name) from sf_snapshot.catalog where snapshot = 'labels_snapshots' and as_of = '2024-01-31'); end $$`)
	require.NoError(t, err)
}

// sameOverREST builds over REST, and gets the same rows as sfctl, whole and in part.
func (s *suite) sameOverREST(t *testing.T, id, file string) {
	t.Helper()
	at := "http://" + s.HTTPAddr()
	body := `{"training_set": "churn", "as_of": {"dates": ["2024-01-31"]}, "horizon": 0, "waive": ["LABEL_NOT_LATER"], "requested_by": "e2e", "request_id": "req_e2e"}`
	var ids []string
	for range 2 { // sent again it is the same
		resp := s.call(t, http.MethodPost, at+"/v1/datasets/streamflow/training-sets", body)
		require.Equal(t, http.StatusCreated, resp.status, resp.body)
		var built struct {
			ID       string `json:"id"`
			Manifest string `json:"manifest"`
		}
		require.NoError(t, json.Unmarshal([]byte(resp.body), &built))
		require.Equal(t, "/v1/training-sets/"+built.ID, resp.header.Get("Location"))
		require.True(t, json.Valid([]byte(built.Manifest)))
		ids = append(ids, built.ID)
	}
	require.Equal(t, ids[0], ids[1])
	want := contents(t, file)
	whole := s.call(t, http.MethodGet, at+"/v1/training-sets/"+ids[0]+"/export", "")
	require.Equal(t, want, whole.body)
	require.NotEqual(t, whole.header.Get("ETag"), s.call(t, http.MethodGet, at+"/v1/training-sets/"+id+"/export", "").header.Get("ETag"), "another manifest")
	part := s.call(t, http.MethodGet, at+"/v1/training-sets/"+ids[0]+"/export", "", "Range", "bytes=1000-1999")
	require.Equal(t, http.StatusPartialContent, part.status)
	require.Equal(t, want[1000:2000], part.body)
	require.Equal(t, http.StatusNotModified, s.call(t, http.MethodGet, at+"/v1/training-sets/"+ids[0]+"/export", "", "If-None-Match", whole.header.Get("ETag")).status)
	list := s.call(t, http.MethodGet, at+"/v1/datasets/streamflow/training-sets?training_set=churn", "")
	require.Contains(t, list.body, ids[0])
	require.Contains(t, s.call(t, http.MethodGet, at+"/v1/datasets/streamflow/training-sets?training_set=churns", "").body, "TRAINING_SET", "a name that is none is no empty list")
}

type reply struct {
	status int
	header http.Header
	body   string
}

func (s *suite) call(t *testing.T, method, url, body string, headers ...string) reply {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return reply{resp.StatusCode, resp.Header, string(text)}
}

func contents(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(file))
	require.NoError(t, err)
	return string(text)
}

// trainingRows are the rows of a file, by the names of its columns.
func trainingRows(t *testing.T, file string) []map[string]string {
	t.Helper()
	records, err := csv.NewReader(strings.NewReader(contents(t, file))).ReadAll()
	require.NoError(t, err)
	var rows []map[string]string
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = r[i]
		}
		rows = append(rows, row)
	}
	return rows
}

func keysInOrder(t *testing.T, file string) []string {
	t.Helper()
	var keys []string
	for _, r := range trainingRows(t, file) {
		keys = append(keys, r["user_id"])
	}
	return keys
}

func labelsOf(rows []map[string]string) map[string]string {
	labels := map[string]string{}
	for _, r := range rows {
		labels[r["user_id"]] = r["churn_label"]
	}
	return labels
}

// fileLabels are the labels that a month was delivered with.
func fileLabels(t *testing.T, month string) map[string]string {
	t.Helper()
	labels := map[string]string{}
	for _, r := range trainingRows(t, filepath.Join(month, "labels.csv")) {
		labels[r["user_id"]] = strings.ToLower(r["churn_label"])
	}
	return labels
}

func (s *suite) liveLabels(t *testing.T) map[string]string {
	t.Helper()
	labels := map[string]string{}
	for _, row := range s.rows(t, "select user_id, churn_label::text from public.labels") {
		user, label, _ := strings.Cut(row, "|")
		labels[user] = label
	}
	return labels
}
