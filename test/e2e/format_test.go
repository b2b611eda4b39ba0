package e2e

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

// duckdbRead is what the program duckdb prints.
type duckdbRead struct {
	Columns []struct {
		Name string `json:"name"`
		Type string `json:"type"`
	} `json:"columns"`
	Rows        int64    `json:"rows"`
	Compression []string `json:"compression"`
	OnlyParquet int64    `json:"only_parquet"`
	OnlyCSV     int64    `json:"only_csv"`
}

// duckdb reads two files of one training set by a program that shares no code with what
// wrote them. Without a C compiler it cannot be built.
func duckdb(t *testing.T, parquet, csv string) duckdbRead {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "go", "env", "CGO_ENABLED").Output(); err != nil || strings.TrimSpace(string(out)) != "1" {
		t.Skip("DuckDB needs a C compiler, and there is none")
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "./cmd/duckdb", parquet, csv)
	cmd.Dir = filepath.Join(extract.Root(), "test")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var read duckdbRead
	require.NoError(t, json.Unmarshal(out, &read), "%s", out)
	return read
}

// hash stands for bytes that nobody would read in a message.
func hash(text string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(text))) }

// A training set of the real months is the same in every format, by sfctl and over REST,
// and DuckDB reads in Parquet what it reads in CSV.
func TestTrainingSetsAreReadByOthers(t *testing.T) {
	t.Parallel()
	s := setup(t)
	bin, dir := buildSfctl(t), t.TempDir()
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, february)
	out, code := s.sfctl(t, bin, "training-set", "build", "churn", "--as-of", extract.January, "-o", "name")
	require.Zero(t, code, out)
	id := strings.TrimSpace(out)
	files := map[string]string{}
	for format, media := range map[string]string{
		"csv": "text/csv", "parquet": "application/vnd.apache.parquet", "arrow": "application/vnd.apache.arrow.stream",
	} {
		file := filepath.Join(dir, "churn."+format)
		out, code := s.sfctl(t, bin, "training-set", "export", id, "-o", file)
		require.Zero(t, code, out)
		files[format] = file
		over := s.call(t, http.MethodGet, "http://"+s.HTTPAddr()+"/v1/training-sets/"+id+"/export", "", "Accept", media)
		require.Equal(t, http.StatusOK, over.status)
		require.Equal(t, hash(contents(t, file)), hash(over.body), "%s: REST and sfctl give the same bytes", format)
		require.Contains(t, over.header.Get("Content-Type"), media)
		part := s.call(t, http.MethodGet, "http://"+s.HTTPAddr()+"/v1/training-sets/"+id+"/export", "", "Accept", media, "Range", "bytes=1000-1999")
		require.Equal(t, hash(contents(t, file)[1000:2000]), hash(part.body), format)
		out, code = s.sfctl(t, bin, "training-set", "rebuild", file+".manifest.json", "-o", file+".again")
		require.Zero(t, code, out)
		require.Equal(t, hash(contents(t, file)), hash(contents(t, file+".again")), format)
		out, code = s.sfctl(t, bin, "training-set", "verify", file+".manifest.json")
		require.Zero(t, code, out)
		require.Contains(t, out, "the same (7,043 rows of ")
	}
	require.Less(t, len(contents(t, files["parquet"])), len(contents(t, files["csv"]))/2)

	got := duckdb(t, files["parquet"], files["csv"])

	require.EqualValues(t, 7043, got.Rows)
	require.Zero(t, got.OnlyParquet)
	require.Zero(t, got.OnlyCSV)
	require.Equal(t, []string{"ZSTD"}, got.Compression)
	types := map[string]string{}
	for _, c := range got.Columns {
		types[c.Name] = c.Type
	}
	require.Equal(t, "VARCHAR", types["user_id"])
	require.Equal(t, "DATE", types["as_of"])
	require.Equal(t, "BOOLEAN", types["churn_label"])
	require.Equal(t, "INTEGER", types["months_active"])
	require.True(t, strings.HasPrefix(types["monthly_fee"], "DECIMAL("), types["monthly_fee"])
}
