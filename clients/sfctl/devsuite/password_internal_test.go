package devsuite

import (
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPasswordsAreMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()

	first, err := ensurePasswords(dir, []string{"sf_ingest", "sf_quality"})
	require.NoError(t, err)
	second, err := ensurePasswords(dir, []string{"sf_ingest", "sf_quality", "sf_snapshot"})
	require.NoError(t, err)

	require.NotEqual(t, first["sf_ingest"], first["sf_quality"])
	require.Equal(t, first["sf_ingest"], second["sf_ingest"])
	require.Equal(t, first["sf_quality"], second["sf_quality"])
	require.GreaterOrEqual(t, len(second["sf_snapshot"]), 26, "130 bits, as crypto/rand.Text has")
	info, err := os.Stat(filepath.Join(dir, passwordFile))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

func TestSuitesThatStartAtOnceAgreeOnPasswords(t *testing.T) {
	t.Parallel()
	for range 20 {
		dir := t.TempDir()
		made := make([]passwords, 4)
		var wg sync.WaitGroup
		for i := range made {
			wg.Go(func() {
				var err error
				made[i], err = ensurePasswords(dir, []string{"sf_ingest", "sf_quality"})
				assert.NoError(t, err)
			})
		}
		wg.Wait()
		for _, p := range made {
			require.Equal(t, made[0], p)
		}
	}
}

func TestPasswordsWithoutAFolderAreNotKept(t *testing.T) {
	t.Parallel()
	first, err := ensurePasswords("", []string{"sf_ingest"})
	require.NoError(t, err)
	second, err := ensurePasswords("", []string{"sf_ingest"})
	require.NoError(t, err)

	require.NotEmpty(t, first["sf_ingest"])
	require.NotEqual(t, first["sf_ingest"], second["sf_ingest"])
}

func TestABrokenPasswordFileIsNotReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, passwordFile)
	require.NoError(t, os.WriteFile(path, []byte("{"), 0o600))

	_, err := ensurePasswords(dir, []string{"sf_ingest"})

	require.ErrorContains(t, err, "read the services' passwords from "+path)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "{", string(text))
}

func TestRoleURL(t *testing.T) {
	t.Parallel()
	p := passwords{"sf_ingest": "p@ss/w:rd"}

	got, err := p.url("postgres://owner:secret@db.example:5433/warehouse?sslmode=require", "sf_ingest")
	require.NoError(t, err)

	cfg, err := pgx.ParseConfig(got)
	require.NoError(t, err)
	require.Equal(t, "sf_ingest", cfg.User)
	require.Equal(t, "p@ss/w:rd", cfg.Password)
	require.Equal(t, "db.example", cfg.Host)
	require.Equal(t, uint16(5433), cfg.Port)
	require.Equal(t, "warehouse", cfg.Database)
	u, err := url.Parse(got)
	require.NoError(t, err)
	require.Equal(t, "sslmode=require", u.RawQuery)
}

func TestRoleURLWantsAURL(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"host=localhost dbname=x", "", "postgres://%zz"} {
		_, err := passwords{}.url(wrong, "sf_ingest")
		require.ErrorContains(t, err, "postgres://user:password@host:port/database")
	}
}

func TestPgpassEscapesWhatSeparates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	owner := url.URL{Scheme: "postgres", User: url.UserPassword("postgres", `a:b\c`), Host: "127.0.0.1:20001", Path: "/streamflow"}

	require.NoError(t, writePgpass(dir, owner.String()))

	text, err := os.ReadFile(Pgpass(dir))
	require.NoError(t, err)
	require.Equal(t, `127.0.0.1:20001:*:postgres:a\:b\\c`+"\n", string(text))
}

func TestASecretReplacesALinkAndDoesNotFollowIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	elsewhere, path := filepath.Join(dir, "elsewhere"), filepath.Join(dir, "secret")
	require.NoError(t, os.WriteFile(elsewhere, []byte("theirs"), 0o600))
	require.NoError(t, os.Symlink(elsewhere, path))

	require.NoError(t, writeSecret(path, []byte("ours")))

	theirs, err := os.ReadFile(elsewhere)
	require.NoError(t, err)
	require.Equal(t, "theirs", string(theirs))
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.True(t, info.Mode().IsRegular())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 2, "no temporary file is left")
	require.Error(t, writeSecret(filepath.Join(dir, "no", "folder"), nil))
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "b")

	cfg, err := Config{DataDir: dir}.withDefaults()

	require.NoError(t, err)
	require.Equal(t, DefaultGRPCListen, cfg.GRPCListen)
	require.Equal(t, DefaultHTTPListen, cfg.HTTPListen)
	require.NotNil(t, cfg.Log)
	require.DirExists(t, dir)
}
