package stage

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

func TestForeignFilesAreKnownByTheirHead(t *testing.T) {
	t.Parallel()
	const semicolons = `fields separated by semicolons: the header reads `
	for head, want := range map[string]string{
		"id,age\n": "", "": "", "i": "", "\xef\xbb\xbfid": "", "PAR": "", "\x00\x00\x00\x00": "",
		"\x1f\x8b\x08\x00": "a gzip file", "\x28\xb5\x2f\xfd0": "a zstd file", "PK\x03\x04": "a ZIP file, as spreadsheets are",
		"PAR1...": "a Parquet file", "\xff\xfei\x00": "UTF-16 text", "\xfe\xff\x00i": "UTF-16 text",
		"\xfd7zXZ\x00": "an xz file", "\xd0\xcf\x11\xe0": "a file of an office program",
		"i\x00d\x00": "UTF-16 text", "\x00i\x00d": "UTF-16 text",
		// line ends
		"id,age\ra,1\r": "line ends that are CR only", "\r\rid,age\ra,1": "line ends that are CR only",
		"\"i\nd\",age\ra,1\r": "line ends that are CR only",
		"id,age\r\na,1\r\n":   "", "id,age\r\r\na,1\r\r\n": "", "id,age\r": "", "id,\"a\rge\"": "", "id,a\rge\nx,1\n": "",
		// separators
		"id;age\n1;2\n": semicolons + `"id;age"`, "\n\"id\";\"age\"\n": semicolons + `"\"id\";\"age\""`, "id;age": semicolons + `"id;age"`,
		"\xef\xbb\xbfid\tage\r\n": `fields separated by tabs: the header reads "id\tage"`, "id|age\n": `fields separated by bars: the header reads "id|age"`,
		"id;age,note\n": "", "id\na;b\n": "", "\"id;age\"\n": "",
		strings.Repeat("x", 100) + ";y": semicolons + `"` + strings.Repeat("x", maxQuoted) + `…"`,
	} {
		got := ""
		if c := foreign([]byte(head), people); c != nil {
			got = c.found
			require.NotEmpty(t, c.expected)
			require.NotEmpty(t, c.action)
		}

		require.Equal(t, want, got, "%q", head)
	}
}

func TestANameOfAColumnMayHoldASemicolon(t *testing.T) {
	t.Parallel()
	odd := &declared.Table{Columns: []declared.Column{{Name: "a;b"}, {Name: "c", Optional: true}}}
	narrow := &declared.Table{Columns: []declared.Column{{Name: "a"}}}

	require.Nil(t, foreign([]byte("a;b\n1\n"), odd))
	require.NotNil(t, foreign([]byte("a;c\n1\n"), odd))
	require.Nil(t, foreign([]byte("a;c\n1\n"), narrow), "one column has nothing to separate")
}

func TestSniffGivesTheFileBack(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "id", strings.Repeat("0123456789", headSize)} {
		head, content, err := sniff(iotest.HalfReader(strings.NewReader(text)))
		require.NoError(t, err)
		whole, err := io.ReadAll(content)

		require.NoError(t, err)
		require.Equal(t, text, string(whole))
		require.Equal(t, text[:min(len(text), headSize)], string(head))
	}
	broken := errors.New("disk on fire")
	_, _, err := sniff(iotest.ErrReader(broken))
	require.ErrorIs(t, err, broken)
}

// A test that runs as root may read everything, so that permission is asked for here.
func TestWhatKeepsAFileFromBeingOpened(t *testing.T) {
	t.Parallel()
	denied := unopened("users.csv", &fs.PathError{Op: "openat", Path: "m/users.csv", Err: fs.ErrPermission})
	other := unopened("users.csv", &fs.PathError{Op: "openat", Path: "m/users.csv", Err: errors.New("input/output error")})

	require.Equal(t, complaint{
		"a file that ingest may read", "no permission to read it", "Let the user that ingest runs as read it: chmod a+r users.csv, for example.",
	}, denied)
	require.Equal(t, "input/output error", other.found)
}
