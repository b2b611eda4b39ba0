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
		"id,age\n": "", "": "", "i": "", "\xef\xbb\xbfid": "", "PAR": "", "\x00\x00\x00\x00": "a binary file",
		"\x1f\x8b\x08\x00": "a gzip file", "\x28\xb5\x2f\xfd0": "a zstd file", "PK\x03\x04": "a ZIP file, as spreadsheets are",
		"PAR1...": "a Parquet file", "\xff\xfei\x00": "UTF-16 text", "\xfe\xff\x00i": "UTF-16 text",
		"\xfd7zXZ\x00": "an xz file", "\xd0\xcf\x11\xe0": "a file of an office program",
		"i\x00d\x00": "UTF-16 text", "\x00i\x00d": "UTF-16 text",
		"PK\x03\x04\x2d\x00\x08\x00\x00\x00!\x00-\x01\x00id,age\n1,2\n": "a ZIP file, as spreadsheets are", "Obj\x01,age\n": "an Avro file",
		// other wide texts and binaries
		"\xff\xfe\x00\x00i\x00\x00\x00": "UTF-32 text", "\x00\x00\xfe\xff\x00\x00\x00i": "UTF-32 text",
		"i\x00\x00\x00d\x00\x00\x00": "UTF-32 text", "\x00\x00\x00i\x00\x00\x00d": "UTF-32 text",
		"\x7fELF\x02\x01\x01\x00\x00": "a binary file", "\x80\x04\x95\x10\x00\x00": "a binary file", "BZh91AY&SY\x00\x01\x02": "a bzip2 file",
		"SQLite format 3\x00": "an SQLite database", "%PDF-1.7\n%\xe2": "a PDF document", "ORC\x08\x03\x10\x00": "an ORC file", "ORCID,age\n": "",
		"BZh,age\n1,2\n": "", "id,note\n1,a\x00b\n": "", "caf\xe9,age\n": "",
		// texts that are no CSV
		"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n": "a pointer of Git LFS, and not the file",
		"<!DOCTYPE html>\n<html>": "an HTML page", "\n  <html lang=\"en\">": "an HTML page", "<?xml version=\"1.0\"?>": "an XML document",
		"<rows>\n<row id=\"1\"/>": "an XML document", "<5\n": "", "{\"id\": 1}\n{\"id\": 2}\n": "a JSON document", "[\n  {\"id\": 1}\n]": "a JSON document",
		"[1,2]": "a JSON document", "{}": "a JSON document", "[note]\nx\n": "", "\xef\xbb\xbf{\n": "a JSON document",
		"sep=,\nid,age\n": `the line "sep=,", which only a spreadsheet reads`, "sep=;\r\nid;age\r\n": `the line "sep=;", which only a spreadsheet reads`,
		"# made 2024-01-31\nid,age\n": `a comment: "# made 2024-01-31"`, "-- people\nid,age\n": `a comment: "-- people"`, "// x\n": `a comment: "// x"`,
		"% x\n": `a comment: "% x"`, "#id,age\n": "", "#,id,age\n": "", "{\"id\"},age\n": "",
		// line ends
		"id,age\ra,1\r": "line ends that are CR only", "\r\rid,age\ra,1": "line ends that are CR only",
		"\"i\nd\",age\ra,1\r": "line ends that are CR only",
		"id,age\r\na,1\r\n":   "", "id,age\n\r\na,1\n": "",
		"id,age\r\r\na,1\r\r\n": "line ends that are CR CR LF, as CRLF becomes where a program writes it as text on Windows",
		"id,age\n\ra,1\n\r":     "line ends that are LF CR", "id,age\r": "", "id,age\n1,2\r3,4\r": "a header that ends in LF and rows that end in CR only",
		"id,age\r\n1,2\r3,4": "a header that ends in LF and rows that end in CR only", "id,age\n1,2\r": "",
		"id,age\n1,a\rb": "", "id,age\n1,2\r3,4\n": "", "id\n1\r2\r": "", "id,age\n\"1\r\",2": "", "id,age\n1,2,\r3": "", "id,\"a\rge\"": "", "id,a\rge\nx,1\n": "",
		// separators
		"id;age\n1;2\n": semicolons + `"id;age"`, "\n\"id\";\"age\"\n": semicolons + `"\"id\";\"age\""`, "id;age": semicolons + `"id;age"`,
		"\xef\xbb\xbfid\tage\r\n": `fields separated by tabs: the header reads "id\tage"`, "id|age\n": `fields separated by bars: the header reads "id|age"`,
		"id;age,note\n": "", "id\na;b\n": "", "\"id;age\"\n": "",
		strings.Repeat("x", 100) + ";y": semicolons + `"` + strings.Repeat("x", maxQuoted) + `…"`,
	} {
		got := ""
		if c := foreign([]byte(head), people, nil); c != nil {
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

	require.Nil(t, foreign([]byte("a;b\n1\n"), odd, nil))
	require.NotNil(t, foreign([]byte("a;c\n1\n"), odd, nil))
	require.Nil(t, foreign([]byte("a;c\n1\n"), narrow, nil), "one column has nothing to separate")
}

// What the dataset calls a column is a column, whatever it looks like.
func TestADeclaredNameIsNoImpostor(t *testing.T) {
	t.Parallel()
	odd := &declared.Table{Columns: []declared.Column{{Name: "#"}, {Name: "PAR1"}, {Name: "%PDF-pages"}, {Name: "[1]"}, {Name: "<html>"}}}

	for _, head := range []string{"#,x\n", "PAR1,x\n", "%PDF-pages\n", "[1],x\n", "<html>,x\n"} {
		require.Nil(t, foreign([]byte(head), odd, nil), head)
		require.NotNil(t, foreign([]byte(head), people, nil), head)
	}
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
