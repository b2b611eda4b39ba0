package sourceuri_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/sourceuri"
)

func TestPath(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"/data/2024-01-31":           "/data/2024-01-31",
		"/data//x/../2024-01-31/":    "/data/2024-01-31",
		"file:///data/a%20month":     "/data/a month",
		"FILE:///data/month":         "/data/month",
		"file://localhost/data/":     "/data",
		"/data/ann@home:x/file://y":  "/data/ann@home:x/file:/y",
		"/":                          "/",
		"file:///data/50%25":         "/data/50%",
		"file:///data/what%3F%23now": "/data/what?#now",
		"/data/what?now":             "/data/what?now",
		"/data/why?because=so&sign=": "/data/why?because=so&sign=",
		"/data/R&D/key=1/token=2":    "/data/R&D/key=1/token=2",
	} {
		got, err := sourceuri.Path(source)

		require.NoError(t, err, source)
		require.Equal(t, want, got, source)
	}
}

func TestWhatNobodyCanReadIsRefused(t *testing.T) {
	t.Parallel()
	for source, says := range map[string]string{
		"month":                             `source "month": it does not begin with a slash; want an absolute path (/data/2024-01-31), or file:///path`,
		"./month":                           "it does not begin with a slash",
		"~/month":                           "it does not begin with a slash",
		`C:\data`:                           "it does not begin with a slash",
		"file:month":                        "it does not begin with a slash",
		"s3://bucket/month":                 `source "s3://bucket/month": there is no reader of s3:// sources; want an absolute path`,
		"https://host/month?sig=secret":     `source "https://host/month?…": there is no reader of https:// sources`,
		"ftp://user:secret@host/month":      `source "ftp://…": it holds credentials, and a source is stored and shown to everybody`,
		"ftp://secret@host":                 `source "ftp://…": it holds credentials`,
		"file://user:secret@localhost/data": `source "file://…": it holds credentials`,
		"postgres://u:secret@h?sslmode=x@y": `source "postgres://…": it holds credentials`,
		"sftp://user:pa/secret@host/month":  `source "sftp://…": there is no reader of sftp:// sources`,
		"user:secret@host:/month":           `source "…@host:/month": it does not begin with a slash`,
		"file://host/month":                 "it names the host host",
		"file://%zz":                        "a % stands for itself as %25",
		"file:///data#fix":                  "write %3F or %23",
		"file:///data?":                     "write %3F or %23",
		"/a\x00b":                           "it holds a NUL character",
		"file:///a%00b":                     "it holds a NUL character",
		"":                                  "it does not begin with a slash",
		"://user:secret@x":                  "it holds credentials",
		"/data?X-Amz-Algorithm=AWS4&X-Amz-Signature=secret": `source "/data?…": it holds credentials in what looks like the query of an address`,
		"/R&D/a?b=1&sig=secret":                             `source "/R&D/a?…": it holds credentials`,
		"/data?token=secret":                                `source "/data?…"`,
		"/data?x=1;access_token=secret":                     `source "/data?…"`,
		"/data?X-Goog-Signature=secret":                     `source "/data?…"`,
		"/data?AWSAccessKeyId=secret&Signature=secret":      `source "/data?…"`,
		"/data?api_key=secret":                              `source "/data?…"`,
		"file:///data?sig=secret":                           `source "file:///data?…"`,
		"data?sig=secret":                                   `source "data?…": it holds credentials`,
		"s3://bucket/x?X-Amz-Security-Token=secret":         `source "s3://bucket/x?…": there is no reader of s3:// sources`,
	} {
		_, err := sourceuri.Path(source)

		require.Error(t, err, source)
		p := problem.FromError(err)
		require.Equal(t, problem.InvalidRequest, p.Reason, source)
		require.Len(t, p.Violations, 1, source)
		require.Equal(t, "source", p.Violations[0].Subject)
		require.ErrorContains(t, err, says, source)
		require.NotContains(t, err.Error()+p.Violations[0].Description+p.Metadata["source"], "secret", source)
	}
}

// A path is absolute and clean, and a password before an @ is never said again.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"/data", "file:///a%20b", "ftp://u:p@h/x", "u:p@h:/x", "file://%", "a", "", "file://localhost//x/.."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		path, err := sourceuri.Path(source)
		if err == nil {
			require.True(t, filepath.IsAbs(path))
			require.Equal(t, filepath.Clean(path), path)
			again, err := sourceuri.Path(path)
			require.NoError(t, err)
			require.Equal(t, path, again)
			return
		}
		if before, _, ok := strings.Cut(source, "@"); ok && !strings.HasPrefix(source, "/") && len(before) > 12 && !strings.ContainsAny(before, "/:?#%\x00") {
			require.False(t, strings.HasPrefix(sourceuri.Shown(source), before))
		}
	})
}
