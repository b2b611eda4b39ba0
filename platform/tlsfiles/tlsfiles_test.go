package tlsfiles_test

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ownca"
	"github.com/streamflow/streamflow/platform/telemetry"
	"github.com/streamflow/streamflow/platform/tlsfiles"
)

func authority(t *testing.T) *ownca.CA {
	t.Helper()
	ca, err := ownca.New()
	require.NoError(t, err)
	return ca
}

func issue(t *testing.T, ca *ownca.CA, dir string, r ownca.Request) tlsfiles.Files {
	t.Helper()
	require.NoError(t, ca.Issue(dir, r))
	return tlsfiles.Files{Cert: filepath.Join(dir, "tls.crt"), Key: filepath.Join(dir, "tls.key"), CA: filepath.Join(dir, "ca.crt")}
}

func TestFilesThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	ca := authority(t)
	good := issue(t, ca, t.TempDir(), ownca.Request{Names: []string{"ingest"}})
	other := issue(t, ca, t.TempDir(), ownca.Request{Names: []string{"quality"}})
	none := filepath.Join(t.TempDir(), "none")
	open := filepath.Join(t.TempDir(), "open.key")
	key, err := os.ReadFile(good.Key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(open, key, 0o600))
	require.NoError(t, os.Chmod(open, 0o644))
	for name, c := range map[string]struct {
		files tlsfiles.Files
		want  string
	}{
		"no certificate":             {tlsfiles.Files{Cert: none, Key: good.Key}, "no such file"},
		"no key":                     {tlsfiles.Files{Cert: good.Cert, Key: none}, "no such file"},
		"a certificate alone":        {tlsfiles.Files{Cert: good.Cert}, "found one of them alone"},
		"a key alone":                {tlsfiles.Files{Key: good.Key}, "found one of them alone"},
		"the key of another":         {tlsfiles.Files{Cert: good.Cert, Key: other.Key}, "does not match"},
		"a key that others may read": {tlsfiles.Files{Cert: good.Cert, Key: open}, "found mode 0644"},
		"the key as the certificate": {tlsfiles.Files{Cert: good.Key, Key: good.Key}, "certificate"},
		"a CA of no certificates":    {tlsfiles.Files{Cert: good.Cert, Key: good.Key, CA: good.Key}, "expected certificates in PEM, found none"},
		"a CA that is not there":     {tlsfiles.Files{CA: none}, "no such file"},
	} {
		_, err := tlsfiles.Open(c.files, telemetry.Discard())
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestACertificateThatEndsIsNamedInTheLog(t *testing.T) {
	t.Parallel()
	ca := authority(t)
	for name, c := range map[string]struct {
		until time.Duration
		says  bool
	}{
		"ended": {-time.Hour, true}, "ends tomorrow": {24 * time.Hour, true}, "lasts": {30 * 24 * time.Hour, false},
	} {
		files := issue(t, ca, t.TempDir(), ownca.Request{Names: []string{"ingest"}, From: time.Now().Add(-48 * time.Hour), Until: time.Now().Add(c.until)})
		var log bytes.Buffer
		_, err := tlsfiles.Open(files, slog.New(slog.NewTextHandler(&log, nil)))
		require.NoError(t, err, name)
		require.Equal(t, c.says, strings.Contains(log.String(), "the certificate of TLS ends"), name)
	}
}

// served is the number of the certificate that a client is shown.
func served(t *testing.T, c *tlsfiles.Certificates) string {
	t.Helper()
	cfg, err := c.Server("h2").GetConfigForClient(&tls.ClientHelloInfo{})
	require.NoError(t, err)
	require.EqualValues(t, tls.VersionTLS13, cfg.MinVersion)
	require.Equal(t, tls.NoClientCert, cfg.ClientAuth, "no browser asks its user for a certificate")
	return cfg.Certificates[0].Leaf.SerialNumber.String()
}

func TestABrokenFileKeepsTheOldAndSaysSoOnce(t *testing.T) {
	t.Parallel()
	ca, dir := authority(t), t.TempDir()
	files := issue(t, ca, dir, ownca.Request{Names: []string{"ingest"}})
	var log bytes.Buffer
	c, err := tlsfiles.Open(files, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	first := served(t, c)

	put := func(path, text string) {
		require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o600))
		require.NoError(t, os.Rename(path+".new", path))
	}
	put(files.Key, "half a key")
	require.Eventually(t, func() bool { return served(t, c) == first && strings.Contains(log.String(), "those before stay") }, time.Minute, 10*time.Millisecond)
	for range 3 {
		require.Equal(t, first, served(t, c))
	}
	require.Equal(t, 1, strings.Count(log.String(), "those before stay"))
	require.NoError(t, os.Remove(files.CA))
	require.Eventually(t, func() bool { return served(t, c) == first && strings.Count(log.String(), "those before stay") == 2 }, time.Minute, 10*time.Millisecond,
		"a file that is gone as well")

	issue(t, ca, dir, ownca.Request{Names: []string{"ingest"}})
	require.Eventually(t, func() bool { return served(t, c) != first }, time.Minute, 10*time.Millisecond)
	require.Contains(t, log.String(), "the files of TLS changed\"")
	require.NotContains(t, log.String(), "PRIVATE KEY")
}
