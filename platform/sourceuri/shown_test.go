package sourceuri_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/sourceuri"
)

func TestASourceIsShownWithoutItsSecrets(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"/data/month":                        "/data/month",
		"/data/ann@home":                     "/data/ann@home",
		"file:///data/month":                 "file:///data/month",
		"file:///data?x":                     "file:///data?x",
		"s3://bucket/month":                  "s3://bucket/month",
		"https://host/a?X-Amz-Signature=abc": "https://host/a?…",
		"https://host/a#token=abc":           "https://host/a?…",
		"https://user:abc@host/a":            "https://…",
		"https://host/a@b?sig=abc":           "https://…",
		"user:abc@host:/a":                   "…@host:/a",
		"user:a@bc@host:/a":                  "…@host:/a",
		"month":                              "month",
		"":                                   "",
	} {
		require.Equal(t, want, sourceuri.Shown(source), source)
	}
}

// FuzzShown puts a password where people put one, and looks for it in whatever is said.
func FuzzShown(f *testing.F) {
	for _, seed := range []string{"host/x", "host:22/x?y=1", "h@h2/x", "", "%zz", "localhost/data#a"} {
		f.Add("sftp", seed)
		f.Add("file", seed)
		f.Add("FILE", seed)
	}
	const secret = "pa55-word"
	f.Fuzz(func(t *testing.T, scheme, rest string) {
		if strings.ContainsAny(scheme, "/?#@:") || scheme == "" || strings.Contains(scheme+rest, secret) {
			t.Skip()
		}
		for _, source := range []string{scheme + "://ann:" + secret + "@" + rest, "ann:" + secret + "@" + rest} {
			require.NotContains(t, sourceuri.Shown(source), secret, source)
			_, err := sourceuri.Path(source)
			require.Error(t, err, "%q holds a password and is stored", source)
			p := problem.FromError(err)
			require.NotContains(t, p.Message+p.Metadata["source"]+p.Violations[0].Description, secret, source)
		}
	})
}
