package contexts_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/contexts"
)

func TestContextsAreKept(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "contexts.yaml")
	none, err := contexts.Read(path)
	require.NoError(t, err)
	require.Empty(t, none.Names())
	none.All["prod"] = contexts.Context{Server: "https://streamflow.example:7100", CA: "/ca.crt", TokenFile: "/t"}
	none.All["dev"] = contexts.Context{Server: "127.0.0.1:7100"}
	none.Current = "prod"
	require.NoError(t, none.Write(path))
	got, err := contexts.Read(path)
	require.NoError(t, err)
	require.Equal(t, none, got)
	require.Equal(t, []string{"dev", "prod"}, got.Names())
	require.ErrorContains(t, got.Write("contexts.yaml"), "no home")
}

func TestAFileThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "contexts.yaml")
	for text, says := range map[string]string{
		"contexts: 1":                           "cannot unmarshal",
		"token: x":                              "field token not found",
		"contexts: {prod: {}}":                  "context prod has no server",
		"contexts: {'a b': {server: x:1}}":      `context "a b"`,
		"contexts: {prod: {server: x:1, p: q}}": "field p not found",
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err := contexts.Read(path)
		require.ErrorContains(t, err, says, text)
	}
	require.NoError(t, os.WriteFile(path, []byte("contexts: {prod: {server: 'evil.example:7100'}}"), 0o600))
	require.NoError(t, os.Chmod(path, 0o666))
	_, err := contexts.Read(path)
	require.ErrorContains(t, err, "nobody but its owner may write", "it says where tokens are sent")
}

func TestNamesOfContexts(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"prod", "Prod-1.eu", "0"} {
		require.NoError(t, contexts.CheckName(name))
	}
	for _, name := range []string{"", "-x", "a/b", "a b", "..", "é"} {
		require.Error(t, contexts.CheckName(name), name)
	}
}
