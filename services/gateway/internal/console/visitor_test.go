package console

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// A page says whose session it is shown in, as text, and lets them sign out.
func TestAPageSaysWhoseSessionItIs(t *testing.T) {
	t.Parallel()
	f := setup(t)
	for name, want := range map[string]string{
		"ann":                  "ann <input",
		"<script>x</script>":   "&lt;script&gt;x&lt;/script&gt; <input",
		"a\"onmouseover=\"x()": "a&#34;onmouseover=&#34;x() <input",
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, f.url+"/runs", nil)
		require.NoError(t, err)
		req.Header.Set("X-Visitor", name)
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		page, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		wellFormed(t, string(page))
		require.Contains(t, string(page), want)
		require.Contains(t, string(page), `<form class="visitor" method="post" action="/logout">`)
		require.Contains(t, resp.Header.Get("Content-Security-Policy"), "form-action 'self'")
	}
	_, page, header := f.get(t, "/runs")
	require.NotContains(t, page, "/logout", "who comes by a token has no session")
	require.Contains(t, header.Get("Content-Security-Policy"), "form-action 'none'")
}
