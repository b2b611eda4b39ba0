package command

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

// TestTheCAOfSfctlDevIsFoundBesideItsToken for the address that is written there, and no other.
func TestTheCAOfSfctlDevIsFoundBesideItsToken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca, err := ownca.New()
	require.NoError(t, err)
	caFile := filepath.Join(dir, "ca.crt")
	require.NoError(t, ca.Write(caFile))
	write := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "gateway.json"), []byte(text), 0o600))
	}
	write(`{"server": "127.0.0.1:7100", "page": "https://sf-x.localhost:8080", "tls_ca": "` + caFile + `"}`)
	speaks := func(server string, files tlsfiles.Files) bool {
		a := &app{server: server, tokenFile: filepath.Join(dir, "token"), tls: files}
		address, opts, err := a.transport()
		require.NoError(t, err)
		require.NotContains(t, address, "https://")
		return len(opts) > 0
	}
	require.True(t, speaks("127.0.0.1:7100", tlsfiles.Files{}))
	require.True(t, speaks("https://127.0.0.1:7100", tlsfiles.Files{}))
	require.False(t, speaks("127.0.0.1:7200", tlsfiles.Files{}), "another address is none of its")
	require.True(t, speaks("127.0.0.1:7200", tlsfiles.Files{CA: caFile}), "as it is told")
	require.Equal(t, caFile, (&app{tokenFile: filepath.Join(dir, "token")}).foundCA("127.0.0.1:7100"))
	write(`{"server": "127.0.0.1:7100", "page": "http://127.0.0.1:8080"}`)
	require.False(t, speaks("127.0.0.1:7100", tlsfiles.Files{}), "one that speaks none")
	write("half a file")
	require.False(t, speaks("127.0.0.1:7100", tlsfiles.Files{}))
	require.Empty(t, (&app{tokenFile: filepath.Join(dir, "none", "token")}).foundCA("127.0.0.1:7100"))
}
