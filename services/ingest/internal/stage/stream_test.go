package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/departure"
)

var people = &declared.Table{
	Name: "people", File: "people.csv", Key: []string{"id"},
	Columns: []declared.Column{
		{Name: "id", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
		{Name: "age", Type: dataset.ColumnType{Name: dataset.Integer}},
		{Name: "note", Type: dataset.ColumnType{Name: dataset.Text}, Optional: true},
	},
}

// streamOf makes a stream of rows of people; the header is id, age.
func streamOf(ctx context.Context, src io.Reader) *rowStream {
	return streamOfTable(ctx, src, newDelivery(people, nil), "id", "age")
}

// streamOfTable makes a stream of a delivery's rows, whose header reads so.
func streamOfTable(ctx context.Context, src io.Reader, d *delivery, header ...string) *rowStream {
	var targets []target
	for i, name := range header {
		c, _ := d.table.Column(name)
		targets = append(targets, newTarget(d.table, c, i))
	}
	return &rowStream{reader: csvread.New(src), ended: ctx.Err, read: func(int64) {}, convert: newConverter(d, header, targets)}
}

func TestStreamMakesRowsOfRecords(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(io.Reader) io.Reader{
		"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader,
	} {
		s := streamOf(context.Background(), strings.NewReader("a,1\n\n\"b\tc\",\nx,young\n,2\nd,3,4\ne,5\n"))

		got, err := io.ReadAll(read(s))

		require.NoError(t, err, name)
		require.Equal(t, "a\t1\t0\t1\nb\\tc\t\\N\t0\t3\ne\t5\t0\t7\n", string(got), name)
		require.NoError(t, s.stop(), name)
		require.EqualValues(t, 3, s.convert.rows, name)
		require.EqualValues(t, 3, s.convert.rejects.rows, name)
		require.Equal(t, rejectedKeys{keys: [][]string{{"x"}, {"d"}}, lines: []int64{4, 6}, unknown: 1}, s.convert.rejects.keys, name)
		require.Equal(t, departure.Rejected{Keys: [][]string{{"x"}}, Unknown: 2}, s.convert.rejects.delivered, "%s: what a ragged row has is a guess", name)
	}
}

func TestStreamTellsWhatBrokeIt(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	for name, tc := range map[string]struct {
		src  io.Reader
		want string
	}{
		"the file":  {io.MultiReader(strings.NewReader("a,1\n"), iotest.ErrReader(broken)), "disk on fire"},
		"its shape": {strings.NewReader("a,1\nb\",2\n"), "line 2: a quote stands inside a field that is not in quotes"},
	} {
		s := streamOf(context.Background(), tc.src)

		got, err := io.ReadAll(s)

		require.EqualError(t, err, tc.want, name)
		require.Equal(t, "a\t1\t0\t1\n", string(got), name)
		require.EqualError(t, s.stop(), tc.want, name)
	}
}

func TestAStoppedStreamReadsNoMore(t *testing.T) {
	t.Parallel()
	s := streamOf(context.Background(), strings.NewReader("a,1\n"))

	require.NoError(t, s.stop())
	_, err := s.Read(make([]byte, 100))

	require.ErrorIs(t, err, errStopped)
	require.Zero(t, s.convert.rows)
}

// Where every row is rejected, nothing is sent, and nobody would notice the end.
func TestAStreamEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	endless := &repeat{text: "a,old\n", after: 5000, then: cancel}
	s := streamOf(ctx, endless)

	_, err := io.ReadAll(s)

	require.ErrorIs(t, err, errStopped)
	require.NoError(t, s.stop(), "the file is not at fault")
}

// repeat is a file without end, that calls then after so many reads.
type repeat struct {
	text  string
	reads int
	after int
	then  func()
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.reads++; r.reads == r.after {
		r.then()
	}
	return copy(p, r.text), nil
}

func TestRejectsAreCountedAndTheFirstListed(t *testing.T) {
	t.Parallel()
	var file strings.Builder
	for i := range 50 {
		fmt.Fprintf(&file, "k%d,old\n", i)
	}
	d := newDelivery(people, nil)
	s := streamOfTable(context.Background(), strings.NewReader(file.String()), d, "id", "age")

	_, err := io.ReadAll(s)
	require.NoError(t, err)
	d.report()

	require.Len(t, d.findings, 1)
	f := d.findings[0]
	require.EqualValues(t, 50, f.GetCount())
	require.Len(t, f.GetRows(), maxRows)
	require.EqualValues(t, 20, f.GetRows()[19].GetLine())
	require.Equal(t, []string{"k19"}, f.GetRows()[19].GetKey())
	require.EqualValues(t, 50, d.counts.GetRejected())
	require.EqualValues(t, 50, d.header.GetRejected(), "the steps after this one know")
	require.Equal(t, `people.csv, column age: expected integer: a whole number from -2147483648 to 2147483647, found 50 values that are not a number, the first "old" on line 1`, f.GetMessage())
}

func TestRowsDoNotAllocate(t *testing.T) {
	in := strings.Repeat("7590-VHVEG,12\n", 5000)

	allocs := testing.AllocsPerRun(5, func() {
		_, _ = io.Copy(io.Discard, streamOf(context.Background(), strings.NewReader(in)))
	})

	require.Less(t, allocs, 100.0, "allocations of 5,000 rows")
}

func BenchmarkConvert(b *testing.B) {
	in := strings.Repeat("7590-VHVEG,12\n", 40_000)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		_, _ = io.Copy(io.Discard, streamOf(context.Background(), strings.NewReader(in)))
	}
}
