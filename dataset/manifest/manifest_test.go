package manifest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/filename"
	"github.com/streamflow/streamflow/dataset/manifest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// documents are the manifests of a folder of testdata by their names.
func documents(tb testing.TB, folder string) map[string][]byte {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
	require.NoError(tb, err)
	require.NotEmpty(tb, paths)
	all := map[string][]byte{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(tb, err)
		all[strings.TrimSuffix(filepath.Base(path), ".json")] = content
	}
	return all
}

func TestValidManifestsHaveNoMistakes(t *testing.T) {
	t.Parallel()
	for name, content := range documents(t, "valid") {
		m, mistakes := manifest.Parse(content)

		require.Empty(t, mistakes, name)
		require.NotNil(t, m, name)
		withMark, mistakes := manifest.Parse(append([]byte("\xef\xbb\xbf"), content...))
		require.Empty(t, mistakes, name)
		require.Equal(t, m, withMark, name)
	}
}

func TestWhatAManifestSays(t *testing.T) {
	t.Parallel()
	rows, size, thousands, whole, none, most := int64(1), int64(5), int64(7000), int64(7043), int64(0), int64(9223372036854775807)
	sum := "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	for name, want := range map[string]*manifest.Manifest{
		"whole":           {Dataset: "shop", AsOf: "2024-01-31", Files: []manifest.File{{Name: "users.csv", SHA256: sum, Rows: &rows, Bytes: &size}}},
		"escapes":         {Dataset: "shop"},
		"sum_in_capitals": {Files: []manifest.File{{Name: "u.csv", SHA256: sum}}},
		"counts_as_json_spells_them": {Files: []manifest.File{
			{Name: "u.csv", Rows: &thousands, Bytes: &whole}, {Name: "v.csv", Rows: &none, Bytes: &most},
		}},
	} {
		m, _ := manifest.Parse(documents(t, "valid")[name])

		require.Equal(t, want, m, name)
	}
	m := &manifest.Manifest{Files: []manifest.File{{Name: "u.csv"}}}
	require.Equal(t, &m.Files[0], m.File("u.csv"))
	require.Nil(t, m.File("U.csv"))
	require.Nil(t, (*manifest.Manifest)(nil).File("u.csv"))
}

// Of a key that stands twice nobody knows which value is meant, in whichever order they come:
// none is taken. A name is kept, by which the file is known all the same.
func TestAKeyThatStandsTwiceSaysNothing(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]*manifest.Manifest{
		`{"as_of": "2024-01-31", "as_of": "2024-02-29"}`:                               {},
		`{"as_of": "2024-02-29", "as_of": "2024-01-31", "dataset": "shop"}`:            {Dataset: "shop"},
		`{"as_of": "x", "as_of": "2024-01-31", "dataset": "a", "dataset": "b"}`:        {},
		`{"dataset": "shop", "files": [{"name": "u.csv"}], "files": []}`:               {Dataset: "shop"},
		`{"files": [{"name": "u.csv", "rows": 1, "rows": 2, "bytes": 1, "bytes": 2}]}`: {Files: []manifest.File{{Name: "u.csv"}}},
		`{"files": [{"name": "u.csv", "name": "v.csv"}]}`:                              {Files: []manifest.File{{Name: "u.csv"}}},
	} {
		got, mistakes := manifest.Parse([]byte(content))

		require.NotEmpty(t, mistakes, content)
		for _, m := range mistakes {
			require.Equal(t, "each key once", m.Expected, content)
		}
		require.Equal(t, want, got, content)
	}
}

// Every mistake is named with its line, what is right, and what to do.
func TestMistakes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for _, folder := range []string{"invalid", "beyond"} {
		paths, err := filepath.Glob(filepath.Join("testdata", folder, "*.json"))
		require.NoError(t, err)
		for _, path := range paths {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			_, mistakes := manifest.Parse(content)
			require.NotEmpty(t, mistakes, path)
			fmt.Fprintf(&b, "# %s/%s\n", folder, filepath.Base(path))
			for _, m := range mistakes {
				fmt.Fprintf(&b, "%d: %s: expected %s, found %s\n   %s\n", m.Line, m.Field, m.Expected, m.Found, m.Action)
			}
		}
	}
	const golden = "testdata/mistakes.golden"
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err, "write it with -update")
	require.Equal(t, string(want), b.String())
}

func TestWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ content, says string }{
		"bytes": {`"` + strings.Repeat("x", 5<<20) + `"`, "at most 4 MiB"},
		"files": {`{"files": [` + strings.Repeat(`{},`, 10_000) + `{}]}`, "at most 10000 files"},
		"depth": {`{"meta": ` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}", wordNoJSON},
	} {
		_, mistakes := manifest.Parse([]byte(tc.content))

		require.Len(t, mistakes, 1, name)
		require.Contains(t, mistakes[0].Expected+mistakes[0].Found, tc.says, name)
		require.Less(t, len(mistakes[0].Found), 200, name)
	}
}

const wordNoJSON = "no JSON"

func TestThePagesInTheDocsAreTheFields(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	require.NoError(t, manifest.WriteReference(&b))
	for file, want := range map[string]string{"manifest.md": b.String(), "manifest.schema.json": string(manifest.Schema())} {
		page, err := os.ReadFile(filepath.Join("../../docs/reference", file))
		require.NoError(t, err)
		require.Equal(t, want, string(page), "run `make generate`")
	}
	_, after, ok := strings.Cut(b.String(), "## Example\n\n```json\n")
	require.True(t, ok)
	example, _, _ := strings.Cut(after, "```")
	m, mistakes := manifest.Parse([]byte(example))
	require.Empty(t, mistakes, "the example is a right one")
	require.Equal(t, "2024-01-31", m.AsOf)
}

// Whatever it reads, Parse says something: a manifest that holds to the rules, or a
// mistake with what is right. What it takes is JSON, and survives being written again.
func FuzzParse(f *testing.F) {
	for _, folder := range []string{"valid", "invalid", "beyond"} {
		for _, content := range documents(f, folder) {
			f.Add(content)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		m, mistakes := manifest.Parse(content)

		require.True(t, m != nil || len(mistakes) > 0)
		for _, mistake := range mistakes {
			require.Positive(t, mistake.Line)
			require.NotEmpty(t, mistake.Expected)
			require.NotEmpty(t, mistake.Found)
			require.NotEmpty(t, mistake.Action)
		}
		if len(mistakes) > 0 {
			return
		}
		seen := map[string]bool{}
		for _, file := range m.Files {
			require.Empty(t, filename.Fault(file.Name))
			require.False(t, seen[file.Name])
			seen[file.Name] = true
		}
		again, err := json.Marshal(m)
		require.NoError(t, err)
		if string(again) == "{}" { // its $schema and meta are not kept
			return
		}
		same, mistakes := manifest.Parse(again)
		require.Empty(t, mistakes)
		require.Equal(t, m, same)
	})
}
