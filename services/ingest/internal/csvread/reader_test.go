package csvread_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/datatest"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
)

type row struct {
	line   int64
	fields []string
}

func readAll(src io.Reader) ([]row, error) {
	r := csvread.New(src)
	var rows []row
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		out := row{line: rec.Line}
		for _, f := range rec.Fields {
			text := string(f.Bytes)
			if f.Quoted {
				text = "q:" + text
			}
			out.fields = append(out.fields, text)
		}
		rows = append(rows, out)
	}
}

func TestReadsRecords(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   string
		want []row
	}{
		"nothing":                {"", nil},
		"blank lines only":       {"\n\r\n\n", nil},
		"one line without end":   {"a,b", []row{{1, []string{"a", "b"}}}},
		"lf":                     {"a,b\nc,d\n", []row{{1, []string{"a", "b"}}, {2, []string{"c", "d"}}}},
		"crlf":                   {"a,b\r\nc,d\r\n", []row{{1, []string{"a", "b"}}, {2, []string{"c", "d"}}}},
		"crlf without the lf":    {"a,b\r", []row{{1, []string{"a", "b"}}}},
		"cr inside a line stays": {"a\rb,c\n", []row{{1, []string{"a\rb", "c"}}}},
		"blank lines count":      {"a\n\n\r\nb\n", []row{{1, []string{"a"}}, {4, []string{"b"}}}},
		"mark":                   {"\xef\xbb\xbfa,b\n", []row{{1, []string{"a", "b"}}}},
		"mark before a quote":    {"\xef\xbb\xbf\"a\",b\n", []row{{1, []string{"q:a", "b"}}}},
		"empty fields":           {",\n,,x\n", []row{{1, []string{"", ""}}, {2, []string{"", "", "x"}}}},
		"spaces stay":            {" a , b\n", []row{{1, []string{" a ", " b"}}}},
		"quoted empty":           {"\"\",\n", []row{{1, []string{"q:", ""}}}},
		"quoted comma":           {"\"a,b\",c\n", []row{{1, []string{"q:a,b", "c"}}}},
		"doubled quote":          {"\"a\"\"b\"\n", []row{{1, []string{"q:a\"b"}}}},
		"only doubled quotes":    {"\"\"\"\"\n", []row{{1, []string{"q:\""}}}},
		"newline in quotes":      {"\"a\nb\",c\nd,e\n", []row{{1, []string{"q:a\nb", "c"}}, {3, []string{"d", "e"}}}},
		"crlf in quotes stays":   {"\"a\r\nb\"\r\nc\r\n", []row{{1, []string{"q:a\r\nb"}}, {3, []string{"c"}}}},
		"blank line in quotes":   {"\"a\n\nb\"\nc\n", []row{{1, []string{"q:a\n\nb"}}, {4, []string{"c"}}}},
		"quoted last, no end":    {"a,\"b\"", []row{{1, []string{"a", "q:b"}}}},
		"bare after quoted":      {"\"a\",b,\n", []row{{1, []string{"q:a", "b", ""}}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole, err := readAll(strings.NewReader(tc.in))
			require.NoError(t, err)
			byByte, err := readAll(iotest.OneByteReader(strings.NewReader(tc.in)))
			require.NoError(t, err)

			require.Equal(t, tc.want, whole)
			require.Equal(t, tc.want, byByte)
		})
	}
}

func TestNamesTheLineOfAFault(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		in   string
		line int64
		kind csvread.Kind
	}{
		"quote in a bare field":       {"a,b\nx\"y,z\n", 2, csvread.BareQuote},
		"quote at a bare field's end": {"a\nb,5\"\n", 2, csvread.BareQuote},
		"text after a closing quote":  {"a\n\"b\"c\n", 2, csvread.TextAfterQuote},
		"space after closing quote":   {"\"b\" ,c\n", 1, csvread.TextAfterQuote},
		"text after a long field":     {"a\n\"b\n\n\"c\n", 4, csvread.TextAfterQuote},
		"unclosed":                    {"a\nb,\"c\nd\ne\n", 2, csvread.UnclosedQuote},
		"unclosed at the very end":    {"a\n\"", 2, csvread.UnclosedQuote},
		"record too long":             {"a\n" + strings.Repeat("x", csvread.MaxRecord+100_000) + "\n", 2, csvread.TooLongBare},
		"last record too long":        {"a\n" + strings.Repeat("x", csvread.MaxRecord+1), 2, csvread.TooLongBare},
		"one line and a quote":        {"a\n\"" + strings.Repeat("x", csvread.MaxRecord+1) + "\"\n", 2, csvread.TooLong},
		"long behind a quote":         {"a\nb,\"c\n" + strings.Repeat("x", csvread.MaxRecord+1), 2, csvread.TooLong},
		"backslash in quotes":         {"a\n\"say \\\"hi\\\" twice\"\n", 2, csvread.Backslash},
		"backslash before a comma":    {"a,b\n\"5\\\", wide\",x\n", 2, csvread.Backslash},
		"backslash without quotes":    {"a,b\n5\\\" wide,x\n", 2, csvread.Backslash},
		"backslash at the end":        {"a\nb,\"it is \\\"\"\nc,d\n", 2, csvread.Backslash},
		"backslash that is harmless":  {"a\n\"C:\\dir\",5\" wide\n", 2, csvread.BareQuote},
		"quoted record too long":      {"a\n\"" + strings.Repeat("x\n", csvread.MaxRecord) + "\"\n", 2, csvread.TooLong},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readAll(strings.NewReader(tc.in))

			var syntax *csvread.SyntaxError
			require.ErrorAs(t, err, &syntax)
			require.Equal(t, &csvread.SyntaxError{Line: tc.line, Kind: tc.kind}, syntax)
			require.Equal(t, fmt.Sprintf("line %d: %s", tc.line, tc.kind), err.Error())
		})
	}
}

// A backslash is a character: the field of a path may end in one.
func TestABackslashBeforeAClosingQuoteIsText(t *testing.T) {
	t.Parallel()
	rows, err := readAll(strings.NewReader("\"C:\\\",x\n\"D:\\\"\n"))

	require.NoError(t, err)
	require.Equal(t, []row{{1, []string{`q:C:\`, "x"}}, {2, []string{`q:D:\`}}}, rows)
}

func TestTheLastLineMayLackItsEnd(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]bool{
		"a\nb\n": {false, false}, "a\nb": {false, true}, "a\r\nb\r": {false, false}, "a": {true}, "a\n\n": {false},
		"a\n\"b\nc\"": {false, true}, "\"b\nc\"\n": {false}, "a\nb\n\r": {false, false}, "a\r\r\nb": {false, true},
	} {
		for _, src := range []io.Reader{strings.NewReader(in), iotest.OneByteReader(strings.NewReader(in))} {
			r := csvread.New(src)
			var got []bool
			for {
				rec, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
				got = append(got, rec.Unended)
			}
			require.Equal(t, want, got, "%q", in)
		}
	}
}

func TestAFaultStays(t *testing.T) {
	t.Parallel()
	r := csvread.New(strings.NewReader("a\"\nb\n"))

	_, first := r.Next()
	_, second := r.Next()

	require.Error(t, first)
	require.Equal(t, first, second)
}

func TestPassesOnTheErrorOfItsSource(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	src := io.MultiReader(strings.NewReader("a,b\nc"), iotest.ErrReader(broken))

	rows, err := readAll(src)

	require.ErrorIs(t, err, broken)
	require.Len(t, rows, 1, "half a line must not pass for a record")
}

func TestRecordsLongerThanTheBufferAreWhole(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("v", 900_000)
	in := "a,b\n" + long + ",1\n\"" + long + "\",2\nc,d\n"

	rows, err := readAll(strings.NewReader(in))

	require.NoError(t, err)
	require.Equal(t, []row{
		{1, []string{"a", "b"}}, {2, []string{long, "1"}}, {3, []string{"q:" + long, "2"}}, {4, []string{"c", "d"}},
	}, rows)
}

func TestRowsDoNotAllocate(t *testing.T) {
	in := bytes.Repeat([]byte("7590-VHVEG,24.483650766787413,\"x, y\",3,4,1\n"), 2000)

	allocs := testing.AllocsPerRun(5, func() {
		r := csvread.New(bytes.NewReader(in))
		for {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	})

	require.Less(t, allocs, 30.0, "allocations of 2,000 rows")
}

// Cases that others wrote. A quote in a bare field, which one of them accepts, is an
// error here: what it means depends on who reads it.
func TestConformance(t *testing.T) {
	t.Parallel()
	folder := datatest.Folder(t, datatest.CSV)
	files, err := filepath.Glob(filepath.Join(folder, "csvs", "*.csv"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".csv")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			rows, err := readAll(bytes.NewReader(content))
			if name == "location_coordinates" {
				require.EqualError(t, err, "line 2: a quote stands inside a field that is not in quotes")
				return
			}
			require.NoError(t, err)
			require.Equal(t, wantedRecords(t, filepath.Join(folder, "json", name+".json")), named(rows))
		})
	}
}

func wantedRecords(t *testing.T, file string) []map[string]string {
	t.Helper()
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	var want []map[string]string
	require.NoError(t, json.Unmarshal(content, &want))
	return want
}

func named(rows []row) []map[string]string {
	var out []map[string]string
	for _, r := range rows[1:] {
		m := map[string]string{}
		for i, f := range r.fields {
			m[strings.TrimPrefix(rows[0].fields[i], "q:")] = strings.TrimPrefix(f, "q:")
		}
		out = append(out, m)
	}
	return out
}

// FuzzReader holds the reader to encoding/csv: the same records, or an error of both.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"", "a,b\nc,d\n", "\"a\",b\r\n", "\"a\r\nb\"\n", "a\"b\n", "\"a\"b\n", "\"", "\r", "a\r", ",,\n\n\"\"\"\"", "\"a\r\r\nb\"\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if bytes.HasPrefix(in, []byte("\xef\xbb\xbf")) || len(in) > csvread.MaxRecord {
			return // encoding/csv keeps the mark, and has no limit
		}
		peer := csv.NewReader(bytes.NewReader(in))
		peer.FieldsPerRecord = -1
		want, wantErr := peer.ReadAll()

		got, err := readPlain(in)

		require.Equal(t, wantErr == nil, err == nil, "encoding/csv: %v; csvread: %v", wantErr, err)
		if err == nil {
			require.Equal(t, want, got)
		}
	})
}

// readPlain reads records as encoding/csv shows them: CRLF inside quotes as LF.
func readPlain(in []byte) ([][]string, error) {
	r := csvread.New(iotest.HalfReader(bytes.NewReader(in)))
	var out [][]string
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		var fields []string
		for _, f := range rec.Fields {
			text := string(f.Bytes)
			if f.Quoted {
				text = strings.ReplaceAll(text, "\r\n", "\n")
			}
			fields = append(fields, text)
		}
		out = append(out, fields)
	}
}

func benchmarkInput() []byte {
	return bytes.Repeat([]byte("7590-VHVEG,24.483650766787413,29.14104464084511,3,4,1\n"), 40_000)
}

func BenchmarkReader(b *testing.B) {
	in := benchmarkInput()
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		r := csvread.New(bytes.NewReader(in))
		for {
			if _, err := r.Next(); err != nil {
				break
			}
		}
	}
}

func BenchmarkEncodingCSV(b *testing.B) {
	in := benchmarkInput()
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		r := csv.NewReader(bytes.NewReader(in))
		r.ReuseRecord = true
		for {
			if _, err := r.Read(); err != nil {
				break
			}
		}
	}
}
