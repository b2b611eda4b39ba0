package filename_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/filename"
)

func TestFault(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"users.csv":              "",
		"raw/users.csv":          "",
		"raw/2024/users v2.csv":  "",
		"straße/Köln.csv":        "",
		"a.b.csv":                "",
		"raw/manifest.json":      "",
		"":                       "the name of a file",
		"./users.csv":            "no part begins with a dot",
		"raw/./users.csv":        "no part begins with a dot",
		".hidden":                "no part begins with a dot",
		"../users.csv":           `without ".."`,
		"raw/../users.csv":       `without ".."`,
		"a..b.csv":               `without ".."`,
		"/users.csv":             "relative to the source",
		`raw\users.csv`:          `with "/" between folders`,
		"raw//users.csv":         `one "/" between two folders`,
		"raw/":                   `none at the end`,
		" users.csv":             "no space at an edge",
		"raw /users.csv":         "no space at an edge",
		"users.csv\u00a0":        "no space at an edge",
		"us\ners.csv":            "no control characters",
		"manifest.json":          "describes the files of a delivery",
		"Manifest.JSON":          "describes the files of a delivery",
		strings.Repeat("a", 256): "at most 255 bytes",
		strings.Repeat("ä", 128): "at most 255 bytes",
	} {
		got := filename.Fault(name)

		if want == "" {
			require.Empty(t, got, name)
			continue
		}
		require.Contains(t, got, want, name)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	for _, tc := range [][2]string{
		{"./labels.csv", "labels.csv"}, {`raw\users.csv`, "raw/users.csv"}, {" users.csv ", "users.csv"}, {"/data//users.csv", "data/users.csv"},
		{"../users.csv", ""}, {"", ""}, {".", ""}, {".hidden", ""}, {"./manifest.json", ""},
	} {
		require.Equal(t, tc[1], filename.Plain(tc[0]), tc[0])
	}
}

// A name without fault is local: it leads nowhere but into the source.
func FuzzFault(f *testing.F) {
	for _, seed := range []string{"users.csv", "raw/users.csv", "../x", "./x", "/x", `a\b`, "a//b", "..", "a/..", "\x00", ".a/b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if filename.Fault(name) == "" {
			require.True(t, filepath.IsLocal(name), "%q", name)
			require.Equal(t, name, filepath.ToSlash(filepath.Clean(name)), "%q", name)
		}
		if plain := filename.Plain(name); plain != "" {
			require.Empty(t, filename.Fault(plain))
		}
	})
}
