package safeurl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/safeurl"
)

func TestAddressesAtWhichNobodyElseAnswers(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"http://127.0.0.1:8080", "http://localhost", "http://[::1]:1", "https://a.example/realms/x"} {
		require.NoError(t, safeurl.Check(address))
	}
	for _, address := range []string{
		"", "a.example", "//a.example", "https://", "https://a.example#x", "https://a.example?x=1", "https://me:pw@a.example", "file:///etc/passwd",
	} {
		require.ErrorContains(t, safeurl.Check(address), "expected an address, https://", address)
	}
	for _, address := range []string{"http://localhost.evil.example", "http://127.0.0.1.evil.example", "http://0.0.0.0", "ftp://a.example", "http://10.0.0.1"} {
		require.ErrorContains(t, safeurl.Check(address), "without TLS anybody", address)
	}
}
