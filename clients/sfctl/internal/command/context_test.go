package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/problem"
)

func TestContextsFromSettingToDeleting(t *testing.T) {
	t.Parallel()
	g, other := gatewaytest.Start(t, &gatewaytest.Gateway{}), gatewaytest.Start(t, &gatewaytest.Gateway{})
	home := map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
	require.Contains(t, sfctl(home, "context", "list").out, "NAME")

	r := sfctl(home, "context", "set", "one", "--server", g.Address())
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.err, "one is the only one, and is called from now on.")
	require.Zero(t, sfctl(home, "context", "set", "two", "--server", other.Address()).code)
	require.Contains(t, sfctl(home, "auth", "status").out, g.Address())
	require.Contains(t, sfctl(home, "auth", "status", "--context", "two").out, other.Address())
	require.Contains(t, sfctl(home, "auth", "status", "--server", other.Address()).out, other.Address(), "what is given goes first")
	require.Contains(t, sfctl(map[string]string{"XDG_CONFIG_HOME": home["XDG_CONFIG_HOME"], "SFCTL_CONTEXT": "two"}, "auth", "status").out, other.Address())

	require.Zero(t, sfctl(home, "context", "use", "two").code)
	require.Contains(t, sfctl(home, "auth", "status").out, other.Address())
	listed := sfctl(home, "context", "list")
	require.Regexp(t, `\* +two +`+other.Address(), listed.out)
	require.Equal(t, "one\ntwo\n", sfctl(home, "context", "list", "-o", "name").out)
	require.Contains(t, sfctl(home, "context", "list", "-o", "json").out, `"current"`)

	r = sfctl(home, "context", "delete", "two")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.err, "It was the one in use")
	for line, says := range map[string][]string{
		`context "two": there is none of that name`:  {"auth", "status", "--context", "two"},
		`context "gone": there is none of that name`: {"context", "use", "gone"},
		`context "none": there is none`:              {"context", "delete", "none"},
		`want --server`:                              {"context", "set", "three"},
		`its port is missing`:                        {"context", "set", "three", "--server", "x"},
		`context "a b"`:                              {"context", "set", "a b", "--server", "x:1"},
		`give one of them`:                           {"auth", "status", "--context", "one", "--server", other.Address()},
	} {
		r := sfctl(home, says...)
		require.Equal(t, 2, r.code, line)
		require.Contains(t, r.err, line)
	}
	require.Contains(t, sfctl(nil, "context", "set", "one", "--server", "x:1").err, "no home")
}

// What a context has is for its server: a token goes to no other, whoever says which.
func TestAContextsTokenGoesToItsServerOnly(t *testing.T) {
	t.Parallel()
	token := bearer.New(bearer.Token)
	g, other := gatewaytest.Start(t, &gatewaytest.Gateway{}), gatewaytest.Start(t, &gatewaytest.Gateway{})
	file := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(file, []byte(token), 0o600))
	home := map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
	require.Zero(t, sfctl(home, "context", "set", "one", "--server", g.Address(), "--token-file", file).code)

	require.Zero(t, sfctl(home, "auth", "status").code)
	require.Equal(t, []string{"Bearer " + token}, g.Shown())
	require.Zero(t, sfctl(home, "auth", "status", "--server", other.Address()).code)
	require.Equal(t, []string{""}, other.Shown())

	theirs := bearer.New(bearer.Token)
	require.Zero(t, sfctl(map[string]string{"XDG_CONFIG_HOME": home["XDG_CONFIG_HOME"], "SF_TOKEN": theirs}, "auth", "status").code)
	require.Equal(t, "Bearer "+theirs, g.Shown()[1], "the environment goes before a context")
	require.Zero(t, sfctl(home, "context", "set", "one", "--token-file", "").code)
	require.Zero(t, sfctl(home, "auth", "status").code)
	require.Empty(t, g.Shown()[2], "taken away")
}

// A relative path is where it was when it was kept.
func TestAContextsFilesAreWhereTheyWere(t *testing.T) {
	t.Parallel()
	home := map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
	require.Zero(t, sfctl(home, "context", "set", "one", "--server", "x:1", "--tls-ca", "ca.crt").code)
	here, err := os.Getwd()
	require.NoError(t, err)
	require.Contains(t, sfctl(home, "context", "list", "-o", "json").out, filepath.Join(here, "ca.crt"))
}

// A context whose CA did not sign the gateway's certificate calls nobody, and shows nothing.
func TestAContextOfAnotherCA(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{})
	server, dir := behindTLS(t, g)
	another, err := ownca.New()
	require.NoError(t, err)
	other := t.TempDir()
	require.NoError(t, another.Issue(other, ownca.Request{Names: []string{"127.0.0.1"}}))
	token := filepath.Join(t.TempDir(), "token")
	require.NoError(t, os.WriteFile(token, []byte(bearer.New(bearer.Token)), 0o600))
	home := map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
	require.Zero(t, sfctl(home, "context", "set", "right", "--server", "https://"+server, "--token-file", token, "--tls-ca", filepath.Join(dir, ownca.CAFile)).code)
	require.Zero(t, sfctl(home, "context", "set", "wrong", "--server", "https://"+server, "--token-file", token, "--tls-ca", filepath.Join(other, ownca.CAFile)).code)
	require.Zero(t, sfctl(home, "context", "set", "gone", "--server", "https://"+server, "--tls-ca", filepath.Join(other, "none")).code)

	r := sfctl(home, "auth", "status", "--context", "wrong")
	require.Equal(t, problem.ExitUnavailable, r.code)
	require.Contains(t, r.err, "certificate signed by unknown authority")
	require.Empty(t, g.Shown(), "no token goes to who shows such a certificate")
	r = sfctl(home, "auth", "status", "--context", "gone")
	require.Equal(t, problem.ExitUsage, r.code)
	require.Contains(t, r.err, "--tls-ca")
	r = sfctl(home, "auth", "status", "--context", "right")
	require.Zero(t, r.code, r.err)
	require.Len(t, g.Shown(), 1)
	r = sfctl(home, "auth", "status", "--context", "wrong", "--tls-ca", filepath.Join(dir, ownca.CAFile))
	require.Zero(t, r.code, "a flag goes before what a context says: %s", r.err)
}

func TestNamesOfContexts(t *testing.T) {
	t.Parallel()
	home := map[string]string{"XDG_CONFIG_HOME": t.TempDir()}
	for _, name := range []string{"", ".", "..", "../x", "a/b", "a b", "-x", ".x", "ä", "a\nb", strings.Repeat("a", 64)} {
		for _, line := range [][]string{{"context", "set", "--server", "x:1", "--", name}, {"context", "use", "--", name}, {"context", "delete", "--", name}, {"auth", "status", "--context=" + name + "?"}} {
			r := sfctl(home, line...)
			require.Equal(t, problem.ExitUsage, r.code, "%q", line)
			require.NotContains(t, r.err, "a\nb", "nothing is shown that breaks a line")
		}
	}
	entries, err := os.ReadDir(home["XDG_CONFIG_HOME"])
	require.NoError(t, err)
	require.Empty(t, entries, "nothing is kept")
	for _, name := range []string{"a", "A.b_c-1", strings.Repeat("a", 63)} {
		require.Zero(t, sfctl(home, "context", "set", name, "--server", "x:1").code, name)
	}
	// A file that others may write says where tokens go: it is not used.
	file := filepath.Join(home["XDG_CONFIG_HOME"], "streamflow", "contexts.yaml")
	info, err := os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, os.Chmod(file, 0o666))
	r := sfctl(home, "context", "list")
	require.Equal(t, problem.ExitUsage, r.code)
	require.Contains(t, r.err, "contexts.yaml")
	require.NoError(t, os.Chmod(file, 0o600))
	require.NoError(t, os.WriteFile(file, []byte("contexts: {one: {sever: x:1}}"), 0o600))
	require.Contains(t, sfctl(home, "context", "list").err, "field sever not found")
}
