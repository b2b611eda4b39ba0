package trainingset

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/snapshot/internal/format"
)

// someManifest is one that can be made again, of a set that uses most of the language.
const someManifest = `{"format": "streamflow.training-set/1", "id": "trn_1", "dataset": "people", "dataset_version": "v", "name": "leaving",
"created_at": "2024-03-01T00:00:00Z", "requested_by": "a", "known_at": "2024-03-01T00:00:00Z",
"definition": {"name": "leaving", "entities": {"snapshot": "p", "where": [{"column": "age", "is": "COMPARISON_AT_LEAST", "values": ["3"]}]},
 "features": [{"column": "p.age", "ttl": 2}], "label": {"column": "o.left", "horizon": 1},
 "split": {"by": "SPLIT_BY_HASH", "parts": [{"name": "a", "share": 0.5}, {"name": "b", "share": 0.5}]}},
"columns": [{"name": "id", "type": "text", "role": "key", "source": "p.id"}, {"name": "as_of", "type": "date", "role": "as_of"},
 {"name": "age", "type": "integer", "role": "feature", "source": "p.age"}, {"name": "left", "type": "boolean", "role": "label", "source": "o.left"},
 {"name": "split", "type": "text", "role": "split"}],
"tables": [{"snapshot": "o", "key": [{"name": "id", "type": "text"}], "columns": [{"name": "left", "type": "boolean"}]},
 {"snapshot": "p", "key": [{"name": "id", "type": "text"}], "columns": [{"name": "age", "type": "integer"}]}],
"snapshots": [{"snapshot": "o", "as_of": "2024-02-29", "revision": 1, "content_hash": "h1:1:2", "known_at": "2024-03-01T00:00:00Z", "rows": 1, "columns": ["id", "left"]},
 {"snapshot": "p", "as_of": "2024-01-31", "revision": 1, "content_hash": "h1:1:3", "known_at": "2024-03-01T00:00:00Z", "rows": 1, "columns": ["id", "age"]}],
"joins": [{"as_of": "2024-01-31", "label_as_of": "2024-02-29", "sources": [["2024-01-31"]]}],
"rows": 1, "labelled": 1, "parts": [{"name": "a", "rows": 1}, {"name": "b", "rows": 0}], "waived": [], "query": ""}`

// FuzzParse checks that no text makes Parse panic, and that what it takes can be written
// as SQL, is the same when it is read again, and has one name.
func FuzzParse(f *testing.F) {
	f.Add(someManifest)
	for _, change := range []string{"COMPARISON_AT_LEAST", "0.5", "p.age", "integer", "2024-01-31", `"h1:1:2"`, `[["2024-01-31"]]`, `"text"`} {
		f.Add(strings.Replace(someManifest, change, "", 1))
		f.Add(strings.ReplaceAll(someManifest, change, `"]}'`))
	}
	f.Add("{}")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse(text)
		if err != nil {
			return
		}
		require.NotEmpty(t, r.Set.query(r.joins))
		require.NotEmpty(t, r.Format().Name())
		require.Len(t, r.Set.columns(), len(r.Manifest.Columns))
		bare, err := r.bare()
		require.NoError(t, err)
		again, err := Parse(bare)
		require.NoError(t, err)
		first, err := r.ETag(format.Parquet)
		require.NoError(t, err)
		second, err := again.ETag(format.Parquet)
		require.NoError(t, err)
		require.Equal(t, first, second)
	})
}

func TestTheManifestOfTheFuzzIsOne(t *testing.T) {
	t.Parallel()
	r, err := Parse(someManifest)
	require.NoError(t, err)
	require.Contains(t, r.Set.query(r.joins), `e."age" >= '3'::integer`)
	require.Contains(t, r.Set.query(r.joins), "then 'a' else 'b' end")
}
