package charset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/charset"
)

func TestWideTextIsNamed(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]string{
		"":                              "",
		"u1\n":                          "",
		"\ufeffu1\n":                    "",
		"caf\xe9":                       "",
		"\x00\x00\x00\x00":              "",
		"\xff\xfeu\x001\x00":            "UTF-16 text",
		"\xfe\xff\x00u\x001":            "UTF-16 text",
		"\xff\xfe":                      "UTF-16 text",
		"u\x001\x00":                    "UTF-16 text",
		"\x00u\x001":                    "UTF-16 text",
		"u\x00":                         "",
		"\xff\xfe\x00\x00u\x00\x00\x00": "UTF-32 text",
		"\x00\x00\xfe\xff\x00\x00\x00u": "UTF-32 text",
		"u\x00\x00\x001\x00\x00\x00":    "UTF-32 text",
		"\x00\x00\x00u\x00\x00\x001":    "UTF-32 text",
	} {
		require.Equal(t, want, charset.Wide([]byte(head)), "%q", head)
	}
}
