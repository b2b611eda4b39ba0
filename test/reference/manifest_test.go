// Package reference checks what the reference pages publish against the code, with
// programs that are not ours.
package reference

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/manifest"
)

// The published schema and ingest's reader agree on every manifest that the reader is
// tested on, but for what the page says that no schema can tell.
func TestTheSchemaOfTheManifestSaysWhatTheReaderDoes(t *testing.T) {
	t.Parallel()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	published, err := os.ReadFile("../../docs/reference/manifest.schema.json")
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(published))
	require.NoError(t, err)
	require.NoError(t, compiler.AddResource("manifest.schema.json", document))
	schema, err := compiler.Compile("manifest.schema.json")
	require.NoError(t, err)
	for folder, right := range map[string]bool{"valid": true, "invalid": false} {
		paths, err := filepath.Glob(filepath.Join("../../dataset/manifest/testdata", folder, "*.json"))
		require.NoError(t, err)
		require.NotEmpty(t, paths)
		for _, path := range paths {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			_, mistakes := manifest.Parse(content)
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
			require.NoError(t, err, path)

			require.Equal(t, right, len(mistakes) == 0, "the reader on %s", path)
			require.Equal(t, right, schema.Validate(value) == nil, "the schema on %s", path)
		}
	}
}
