package host_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/gateway/internal/host"
)

func TestKnows(t *testing.T) {
	t.Parallel()
	n, err := host.Of([]string{"gateway", "Streamflow.Example.com.", "*.corp.example", "10.1.2.3", "fd00::1"}, "192.168.0.7:8080")
	require.NoError(t, err)
	for requested, want := range map[string]bool{
		"localhost": true, "localhost:8080": true, "LOCALHOST.": true, "a1b2.localhost:8080": true, "127.0.0.1:8080": true, "127.8.8.8": true,
		"[::1]:8080": true, "[::1]": true, "gateway": true, "gateway:80": true, "streamflow.example.com": true, "streamflow.example.com.:443": true,
		"x.corp.example": true, "a.b.corp.example:1": true, "10.1.2.3:80": true, "[fd00::1]:80": true, "192.168.0.7:8080": true,

		"": false, ":8080": false, "evil.example": false, "evil.example:8080": false, "localhost.evil.example": false, "evillocalhost": false,
		"corp.example": false, "evilcorp.example": false, ".corp.example": false, "gateway.evil.example": false, "127.0.0.1.evil.example": false,
		"10.1.2.4": false, "[fd00::2]:80": false, "localhost@evil.example": false, "127.1": false, "0x7f000001": false, "2130706433": false,
		"[::ffff:8.8.8.8]": false, "0.0.0.0:8080": false, "[::]:8080": false, "loсalhost": false,
	} {
		require.Equal(t, want, n.Knows(requested), requested)
	}
}

func TestAnUnspecifiedAddressIsNoName(t *testing.T) {
	t.Parallel()
	for _, listen := range []string{"0.0.0.0:8080", ":8080", "[::]:8080", "nonsense"} {
		n, err := host.Of(nil, listen)
		require.NoError(t, err)
		for _, requested := range []string{"", "0.0.0.0:8080", "[::]:8080", ":8080"} {
			require.False(t, n.Knows(requested), "%s at %s", requested, listen)
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "*", "*.", "a*b", "host:8080", "http://host", "*.10.0.0.1", "a b", "u@host"} {
		_, err := host.Of([]string{name}, "127.0.0.1:0")
		require.ErrorContains(t, err, "expected a host's name", name)
	}
}

func TestOnly(t *testing.T) {
	t.Parallel()
	n, err := host.Of(nil, "127.0.0.1:8080")
	require.NoError(t, err)
	h := n.Only(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }), "/livez")
	for _, tc := range []struct {
		host, path string
		want       int
	}{
		{"localhost:8080", "/v1/runs", http.StatusNoContent}, {"evil.example", "/v1/runs", http.StatusMisdirectedRequest},
		{"evil.example", "/", http.StatusMisdirectedRequest}, {"10.0.0.9:8080", "/livez", http.StatusNoContent},
		{"evil.example", "/livez/../v1/runs", http.StatusMisdirectedRequest}, {"evil.example", "/livez/", http.StatusMisdirectedRequest},
	} {
		r := httptest.NewRequest(http.MethodGet, tc.path, nil)
		r.Host = tc.host
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		require.Equal(t, tc.want, w.Code, "%s%s", tc.host, tc.path)
		if tc.want == http.StatusMisdirectedRequest {
			require.Contains(t, w.Body.String(), "HOST_NOT_ALLOWED")
			require.Contains(t, w.Body.String(), "SF_ALLOWED_HOSTS")
		}
	}
}
