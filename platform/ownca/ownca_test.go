package ownca_test

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ownca"
)

func TestACertificateIsForItsNamesAndOfItsAuthority(t *testing.T) {
	t.Parallel()
	ca, err := ownca.New()
	require.NoError(t, err)
	dir := filepath.Join(t.TempDir(), "made", "here")
	require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"ingest", "ingest.streamflow.svc", "127.0.0.1", "::1"}}))

	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, ownca.CertFile), filepath.Join(dir, ownca.KeyFile))
	require.NoError(t, err)
	text, err := os.ReadFile(filepath.Join(dir, ownca.CAFile))
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(text))
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		for _, name := range []string{"ingest", "ingest.streamflow.svc", "127.0.0.1", "::1"} {
			_, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name, KeyUsages: []x509.ExtKeyUsage{usage}})
			require.NoError(t, err, name)
		}
	}
	_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "quality"})
	require.Error(t, err)
	_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "ingest", CurrentTime: time.Now().Add(2 * 365 * 24 * time.Hour)})
	require.Error(t, err, "it ends")
	require.False(t, pair.Leaf.IsCA, "and makes no others")
}

func TestAKeyIsItsOwnersAloneAlsoWhereAnotherLay(t *testing.T) {
	t.Parallel()
	ca, err := ownca.New()
	require.NoError(t, err)
	dir := t.TempDir()
	key := filepath.Join(dir, ownca.KeyFile)
	require.NoError(t, os.WriteFile(key, []byte("open"), 0o600))
	require.NoError(t, os.Chmod(key, 0o644))
	require.NoError(t, os.WriteFile(key+".new", []byte("open"), 0o600))
	require.NoError(t, os.Chmod(key+".new", 0o644))
	require.NoError(t, ca.Issue(dir, ownca.Request{Names: []string{"ingest"}}))
	info, err := os.Stat(key)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	require.Error(t, ca.Issue(dir, ownca.Request{}), "for nobody")
}
