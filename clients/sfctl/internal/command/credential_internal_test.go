package command

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/problem"
)

// found lays out the data folder of a suite, with a token for an address.
func found(t *testing.T, server string) (dir, token string) {
	t.Helper()
	dir, token = t.TempDir(), bearer.New(bearer.Token)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "access"), 0o700))
	require.NoError(t, os.WriteFile(devsuite.TokenFile(dir), []byte("Authorization: Bearer "+token+"\n"), 0o600))
	text, err := json.Marshal(devsuite.Place{Server: server, Page: "http://127.0.0.1:8"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "access", "gateway.json"), text, 0o600))
	return dir, token
}

func TestATokenThatWasFoundGoesToItsAddressOnly(t *testing.T) {
	t.Parallel()
	dir, token := found(t, "127.0.0.1:7100")
	for server, want := range map[string]string{
		"127.0.0.1:7100": token, "127.0.0.1:7101": "", "localhost:7100": "", "dns:///127.0.0.1:7100": "", "gateway.example:7100": "",
	} {
		var err bytes.Buffer
		a := &app{server: server, proc: Process{Err: &err}}
		require.Equal(t, want, a.tokenIn(dir), server)
		require.Empty(t, err.String())
		advice := a.advised(&exit.Failure{Reason: string(problem.Unauthenticated), Action: "as usual"}).Action
		if want == "" {
			require.Contains(t, advice, "is for 127.0.0.1:7100, and is sent nowhere else")
		} else {
			require.Equal(t, "as usual", advice)
		}
	}
}

func TestATokenThatAnotherMayHaveWrittenIsNotUsed(t *testing.T) {
	t.Parallel()
	dir, _ := found(t, "here:1")
	var err bytes.Buffer
	a := &app{server: "here:1", proc: Process{Err: &err}}
	require.NoError(t, os.Chmod(devsuite.TokenFile(dir), 0o666))
	require.Empty(t, a.tokenIn(dir))
	require.Contains(t, err.String(), "The token of sfctl dev is not used")
	require.Contains(t, err.String(), "written by its owner alone")

	err.Reset()
	require.NoError(t, os.Remove(devsuite.TokenFile(dir)))
	require.NoError(t, os.Symlink("/dev/zero", devsuite.TokenFile(dir)))
	require.Empty(t, a.tokenIn(dir), "nor is a link followed")
	require.Empty(t, a.tokenIn(filepath.Join(dir, "none")))
	require.Empty(t, a.tokenIn("relative"), "nor what lies in the current folder")
}

func TestTheNameOfWhoStartsASuite(t *testing.T) {
	t.Parallel()
	require.True(t, plainName(tokenName()), tokenName())
	for name, plain := range map[string]bool{
		"ana": true, "ana@desk": true, "a.b_c+d-e": true, "": false, "@desk": false, `DOMAIN\ana`: false, "ana banana": false, "müller": false, "-x": false,
	} {
		require.Equal(t, plain, plainName(name), name)
	}
}
