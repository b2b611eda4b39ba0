package dataset_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
)

// FuzzParse checks that no text makes Parse or Lint panic, that every mistake
// has a place, and that a text without mistakes survives Marshal.
func FuzzParse(f *testing.F) {
	for _, path := range []string{"testdata/shop.yaml", "testdata/trained.yaml", "builtin/streamflow/dataset.yaml"} {
		text, err := os.ReadFile(path) // one of three files of the module
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{
		"", "~", "a: &a [*a]", "{", "? ? ?", "name: !!float x", "name: |\n  a", "tables: [{expectations: [{kwargs: {a: [{}, -0, 1e9, 0x1]}}]}]",
		"%YAML 1.1\n---\nname: a\n...\n", "name: \"\\0\"", "\xff\xfen\x00", "<<: {}", "tables: [{departed_limit: 0e9999999999}]",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, mistakes := dataset.Read("f.yaml", text)
		for _, m := range mistakes {
			require.Positive(t, m.Line)
			require.Positive(t, m.Column)
			require.NotEmpty(t, m.Message)
		}
		if _, unread := dataset.Parse("f.yaml", text); len(unread) > 0 {
			return
		}
		written, err := dataset.Marshal(d)
		require.NoError(t, err)
		again, unread := dataset.Parse("g.yaml", written)
		require.Empty(t, unread, string(written))
		require.True(t, proto.Equal(d, again), string(written))
		require.Equal(t, dataset.Hash(d), dataset.Hash(again))
	})
}
