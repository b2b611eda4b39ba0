package format

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"testing"

	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/services/snapshot/internal/format/formattest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

var sampleColumns = []layout.Column{
	{Name: "id", Type: dataset.ColumnType{Name: dataset.Text}},
	{Name: "as_of", Type: dataset.ColumnType{Name: dataset.Date}},
	{Name: "fee", Type: dataset.ColumnType{Name: dataset.Numeric, Precision: 12, Scale: 2}},
	{Name: "skips", Type: dataset.ColumnType{Name: dataset.Integer}},
	{Name: "left", Type: dataset.ColumnType{Name: dataset.Boolean}},
}

// sampleFile is a file of so many rows, which are the same whenever they are made.
func sampleFile(t testing.TB, f Format, rows int) (content, hash string) {
	t.Helper()
	var out bytes.Buffer
	file, err := f.Begin(sampleColumns, &out)
	require.NoError(t, err)
	typed, ok := file.(*typedFile)
	require.True(t, ok)
	m := pgtype.NewMap()
	for i := range rows {
		values := [][]byte{[]byte(fmt.Sprintf("user-%06d", i)), {0, 0, 0x22, 0x70}, numeric(t, fmt.Sprintf("%d.%02d", i*7%997, i%100)), nil, {byte(i % 2)}}
		if i%3 > 0 {
			values[3], err = m.Encode(pgtype.Int4OID, pgtype.BinaryFormatCode, int32(i%11), nil)
			require.NoError(t, err)
		}
		require.NoError(t, typed.row(values))
	}
	hash, err = file.Close()
	require.NoError(t, err)
	return out.String(), hash
}

// What a version of a writer promises is its bytes. A hash that is another one here means
// that Writer has to name another version, in the same commit.
func TestTheBytesOfAWriterStay(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		format Format
		writer string
		sha256 string
	}{
		{Parquet, "parquet/1", "dbb7390f6b7ece8388c4b1210cbc56d8c5a11d410a8f6bbf00eba4925322ef11"},
		{Arrow, "arrow/1", "6ced0ad09493d9124c05309f005da83f2394e472fdab897630b372a30f79a8c4"},
	} {
		content, hash := sampleFile(t, test.format, 100_000)
		sum := sha256.Sum256([]byte(content))
		require.Equal(t, test.writer+" "+test.sha256, test.format.Writer()+" "+hex.EncodeToString(sum[:]))
		require.Equal(t, "t1:40d2fd6c870ea6a803fbc0cc1a5bc75d0379969e8682dc6542786d9da8ca8da4", hash, "the content hash is for ever")
	}
}

// The bytes of a typed file are also those of the libraries that write it. Who raises one
// looks whether the test above still holds, and gives the writers another version where it
// might not for other rows: then the version here follows.
func TestTheLibrariesOfTheWritersAreThoseOfTheirVersion(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)
	for library, version := range map[string]string{
		"github.com/apache/arrow-go/v18": "v18.8.0", "github.com/klauspost/compress": "v1.20.1", "github.com/google/flatbuffers": "v25.12.19+incompatible", "github.com/apache/thrift": "v0.24.0",
	} {
		found := regexp.MustCompile(regexp.QuoteMeta(library) + ` (\S+)`).FindSubmatch(text)
		require.NotNil(t, found, library)
		require.Equal(t, version, string(found[1]), "%s: parquet/1 and arrow/1 were written with another version", library)
	}
}

func TestAFileOfNoRowsIsOne(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{Parquet, Arrow} {
		content, hash := sampleFile(t, f, 0)
		got := formattest.Read(t, f.Name(), content)
		require.Empty(t, got.Rows)
		require.Equal(t, []string{"id", "as_of", "fee", "skips", "left"}, got.Columns)
		require.NotEmpty(t, hash)
	}
}

// A batch is cut by its bytes as well, so that wide rows take no more memory than narrow
// ones.
func TestWideRowsAreCutByTheirBytes(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	file, err := Parquet.Begin(sampleColumns[:1], &out)
	require.NoError(t, err)
	typed, _ := file.(*typedFile)
	wide := bytes.Repeat([]byte("x"), 3<<20)
	for range 7 {
		require.NoError(t, typed.row([][]byte{wide}))
	}
	_, err = file.Close()
	require.NoError(t, err)
	require.Equal(t, []int64{3, 3, 1}, formattest.Read(t, "parquet", out.String()).Groups)
}

func TestRowsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	for says, values := range map[string][][]byte{
		"expected 5 columns, found 1":                    {[]byte("a")},
		"column as_of: expected 4 bytes, found 1":        {nil, {0}, nil, nil, nil},
		"column skips: expected 4 bytes, found 0":        {nil, nil, nil, {}, nil},
		"column fee: expected a value of numeric(12,2)":  {nil, nil, numeric(t, "0.001"), nil, nil},
		"column as_of: expected a value of date, found ": {nil, {0x7f, 0xff, 0xff, 0xff}, nil, nil, nil},
	} {
		file, err := Arrow.Begin(sampleColumns, &bytes.Buffer{})
		require.NoError(t, err)
		typed, _ := file.(*typedFile)
		require.ErrorContains(t, typed.row(values), says)
	}
}

func TestNamesAreQuotedInTheHeaderAsValuesAre(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"id": "id", "a,b": `"a,b"`, `a"b`: `"a""b"`, "a\nb": "\"a\nb\"", "ä": "ä", `\.`: `"\."`,
	} {
		require.Equal(t, want, csvField(name))
	}
}

func TestValuesAreAskedForInTheFormsThatAreRead(t *testing.T) {
	t.Parallel()
	for of, want := range map[string][2]string{
		"boolean": {"(x)::text", "(x)::boolean"}, "numeric": {"x", "(x)::numeric"}, "numeric(10,2)": {"x", "(x)::numeric"},
		"numeric(39,2)": {"x", "(x)::text"}, "jsonb": {"x", "(x)::text"}, "uuid": {"x", "(x)::text"}, "timestamptz": {"x", "(x)::timestamp with time zone"},
		"char(3)": {"x", "(x)::text"}, "date": {"x", "(x)::date"},
	} {
		parsed, err := dataset.ParseType(of)
		require.NoError(t, err)
		column := layout.Column{Name: "c", Type: parsed}
		require.Equal(t, want, [2]string{CSV.Value("x", column), Parquet.Value("x", column)}, of)
		require.Equal(t, want[1], Arrow.Value("x", column))
	}
}
