package privatepg

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// fake makes a folder that looks like the binaries of a version. A shell writes the
// programs, because a file that this process writes may still be open in a child that
// another test forks, and then cannot be executed.
func fake(t *testing.T, version string, parts ...string) string {
	t.Helper()
	dir := filepath.Join(parts...)
	require.NoError(t, os.MkdirAll(dir, 0o755))
	script := `printf '#!/bin/sh\necho "postgres (PostgreSQL) %s (Fake 1)"\n' "$1" >postgres && cp postgres initdb && chmod 755 postgres initdb`
	cmd := exec.Command("/bin/sh", "-c", script, "sh", version)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}

// search returns a finder that looks below a folder only.
func search(t *testing.T, dir string, env map[string]string) *finder {
	t.Helper()
	a, err := chooseAccount(filepath.Join(dir, "pgdata"))
	require.NoError(t, err)
	return &finder{
		account: a, log: slog.New(slog.DiscardHandler),
		env:   func(name string) string { return env[name] },
		usual: []string{filepath.Join(dir, "usual", "*", "bin"), filepath.Join(dir, "brew")},
		npm:   func(context.Context) (string, error) { return "", errors.New("no npm in PATH") },
	}
}

func TestTheOrderOfTheSearch(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	flag := fake(t, "15.1", dir, "flag")
	env := fake(t, "16.2", dir, "env")
	path := fake(t, "17.3", dir, "path")
	usual := fake(t, "18.4", dir, "usual", "18", "bin")
	fake(t, "9.6.24", dir, "usual", "9.6", "bin")
	older := fake(t, "17.9", dir, "usual", "17", "bin")
	brew := fake(t, "19beta1", dir, "brew")
	npm := fake(t, "18.0", dir, "npm")
	all := map[string]string{"SF_POSTGRES_BIN": env, "PATH": "relative:" + filepath.Join(dir, "none") + ":" + path}

	for name, c := range map[string]struct {
		bin     string
		env     map[string]string
		major   int
		want    string
		source  string
		version string
	}{
		"the flag first":                    {bin: flag, env: all, want: flag, source: "flag", version: "15.1"},
		"then the variable":                 {env: all, want: env, source: "SF_POSTGRES_BIN", version: "16.2"},
		"then PATH":                         {env: map[string]string{"PATH": all["PATH"]}, want: path, source: "PATH", version: "17.3"},
		"then the newest of the usual":      {want: usual, source: "system", version: "18.4"},
		"the cluster's version in the flag": {bin: flag, env: all, major: 15, want: flag, source: "flag", version: "15.1"},
		"the cluster's version elsewhere":   {bin: flag, env: all, major: 18, want: usual, source: "system", version: "18.4"},
		"the cluster's, not the newest":     {major: 17, want: older, source: "system", version: "17.9"},
		"a later kind of place":             {bin: flag, major: 19, want: brew, source: "system", version: "19beta1"},
	} {
		f := search(t, dir, c.env)
		f.bin, f.major = c.bin, c.major

		got, err := f.find(t.Context())

		require.NoError(t, err, name)
		require.Equal(t, c.want, got.dir, name)
		require.Equal(t, c.source, got.source, name)
		require.Equal(t, c.version, got.version, name)
	}

	f := search(t, filepath.Join(dir, "nothing"), nil)
	f.npm = func(context.Context) (string, error) { return npm, nil }
	got, err := f.find(t.Context())
	require.NoError(t, err)
	require.Equal(t, binaries{dir: npm, version: "18.0", major: 18, source: "npm"}, got, "npm last")
}

func TestPathIsFollowedToTheProgramsFolder(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	programs := fake(t, "16.4", dir, "opt", "pg", "bin")
	require.NoError(t, os.Mkdir(filepath.Join(dir, "local"), 0o755))
	require.NoError(t, os.Symlink(filepath.Join(programs, "postgres"), filepath.Join(dir, "local", "postgres")))

	got, err := search(t, dir, map[string]string{"PATH": filepath.Join(dir, "local")}).find(t.Context())

	require.NoError(t, err)
	require.Equal(t, programs, got.dir)
	require.Equal(t, SourcePath, got.source)
}

func TestAFolderThatSomebodyNamedMustDo(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	fake(t, "18.4", dir, "usual", "18", "bin")
	old := fake(t, "14.9", dir, "old")
	half := fake(t, "16.1", dir, "half")
	require.NoError(t, os.Remove(filepath.Join(half, "initdb")))

	for bin, want := range map[string]string{
		old: "holds PostgreSQL 14.9, and StreamFlow needs 15 or newer", half: "holds no initdb", "/not/there": "holds no postgres",
	} {
		f := search(t, dir, nil)
		f.bin = bin
		_, err := f.find(t.Context())
		require.ErrorContains(t, err, "flag names "+bin+", which "+want)
		_, err = search(t, dir, map[string]string{BinVariable: bin}).find(t.Context())
		require.ErrorContains(t, err, "SF_POSTGRES_BIN names "+bin+", which "+want)
	}
}

func TestNothingFoundSaysWhereItLookedAndHowToGetOne(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	old := fake(t, "13.2", dir, "path")

	_, err := search(t, dir, map[string]string{"PATH": old}).find(t.Context())

	require.True(t, problem.Is(err, problem.PostgresNotStarted))
	for _, want := range []string{
		"version 15 or newer", "PATH: " + old + " holds PostgreSQL 13.2", "system: nothing at " + filepath.Join(dir, "usual", "*", "bin"),
		"npm: no npm in PATH", "apt-get install postgresql", "brew install postgresql@18", "SF_POSTGRES_BIN",
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestNothingFoundForAClusterNamesItsVersion(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	usual := fake(t, "18.4", dir, "usual", "18", "bin")
	f := search(t, dir, nil)
	f.major = 16
	f.npm = func(context.Context) (string, error) { t.Error("npm has no 16"); return "", nil }

	_, err := f.find(t.Context())

	for _, want := range []string{
		"made by PostgreSQL 16, and no PostgreSQL 16", "system: " + usual + " holds PostgreSQL 18.4", "npm: its PostgreSQL is 18", "apt-get install postgresql-16",
	} {
		require.ErrorContains(t, err, want)
	}
}

func TestBinariesOutOfTheServersReachWillNotDo(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	bin := fake(t, "16.1", dir, "home", "bin")
	require.NoError(t, os.Chmod(filepath.Join(dir, "home"), 0o700))

	_, err := examine(t.Context(), bin, &account{name: "stranger", uid: 54321, gid: 54321, switched: true})

	require.ErrorContains(t, err, "out of reach of the user stranger")
	require.ErrorContains(t, err, filepath.Join(dir, "home")+" does not let other users pass")
}

func TestProgramsThatDoNotRunWillNotDo(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	a, err := chooseAccount(filepath.Join(dir, "pgdata"))
	require.NoError(t, err)

	for version, want := range map[string]string{
		`9.5)"; exit 0; "`:                       "needs 15 or newer",
		`16.1"; echo no library >&2; exit 127 #`: "does not run here (exit status 127)",
		`)"; #`:                                  "does not tell its version",
		`99999999999999999999`:                   "unknown version",
	} {
		_, err := examine(t.Context(), fake(t, version, dir, "bin"), a)
		require.ErrorContains(t, err, want, version)
	}
}

func TestANamedFolderThatTheClusterCannotUseIsSaid(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	named := fake(t, "18.4", dir, "named")
	fits := fake(t, "16.1", dir, "usual", "16", "bin")
	var said strings.Builder
	f := search(t, dir, nil)
	f.bin, f.major, f.log = named, 16, slog.New(slog.NewTextHandler(&said, nil))

	got, err := f.find(t.Context())

	require.NoError(t, err)
	require.Equal(t, fits, got.dir)
	require.Contains(t, said.String(), "named="+named+" version=18.4 needed=16")
}

func TestASearchEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	f := search(t, dir, nil)
	f.bin = fake(t, "18.4", dir, "bin")
	over, cancel := context.WithCancel(t.Context())
	cancel()

	_, err := f.find(over)

	require.ErrorIs(t, err, context.Canceled)
}

func TestClusterMajor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	major, err := clusterMajor(dir)
	require.NoError(t, err)
	require.Zero(t, major)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "PG_VERSION"), []byte("16\n"), 0o600))
	major, err = clusterMajor(dir)
	require.NoError(t, err)
	require.Equal(t, 16, major)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "PG_VERSION"), []byte("my notes"), 0o600))
	_, err = clusterMajor(dir)
	require.ErrorContains(t, err, "the folder is no cluster")
}

func TestFindOnThisMachine(t *testing.T) {
	t.Parallel()

	bin, source, err := Find(t.Context(), FindOptions{Data: filepath.Join(t.TempDir(), "pgdata")})

	require.NoError(t, err)
	require.FileExists(t, filepath.Join(bin, "initdb"))
	require.Contains(t, []string{SourceEnv, SourcePath, SourceSystem, SourceNPM}, source)
}
