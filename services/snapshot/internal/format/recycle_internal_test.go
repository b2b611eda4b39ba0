package format

import (
	"bytes"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	"github.com/stretchr/testify/require"
)

func TestWhatIsGivenBackIsHandedOutZeroed(t *testing.T) {
	t.Parallel()
	r := &recycler{}
	for _, size := range []int{0, 1, 63, 64, 65, 4096, 4097} {
		b := r.Allocate(size)
		require.Len(t, b, size)
		for i := range b[:cap(b)] {
			b[:cap(b)][i] = 7
		}
		first := &b[:1][0]
		r.Free(b)

		again := r.Allocate(size)

		require.Same(t, first, &again[:1][0], "%d", size)
		require.Equal(t, make([]byte, cap(again)), again[:cap(again)], "%d", size)
	}
}

func TestMoreMemoryBeginsWithWhatStoodThere(t *testing.T) {
	t.Parallel()
	r := &recycler{}
	b := append(r.Allocate(0), "some bytes"...)

	within := r.Reallocate(60, b)
	require.Equal(t, "some bytes", string(within[:10]))
	require.Same(t, &b[0], &within[0])
	beyond := r.Reallocate(1000, within)

	require.Equal(t, "some bytes", string(beyond[:10]))
	require.Equal(t, make([]byte, 990), beyond[10:])
	require.Same(t, &b[0], &r.Allocate(1)[0], "what was left is free")
	r.Free(make([]byte, 100)) // of somebody else, and of no size of ours
	require.Equal(t, 128, cap(r.Allocate(100)))
}

// withoutRecycling is the same file with memory that is never used twice.
func withoutRecycling(t *testing.T, f Format, to *bytes.Buffer) *typedFile {
	t.Helper()
	columns := trainingColumns()
	schema := schemaOf(columns)
	if f == Arrow {
		return newTyped(columns, schema, arrowBatch, memory.NewGoAllocator(), ipc.NewWriter(to, ipc.WithSchema(schema)))
	}
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd), parquet.WithDictionaryDefault(false),
		parquet.WithCreatedBy("StreamFlow"), parquet.WithMaxRowGroupLength(int64(rowGroup.rows)))
	writer, err := pqarrow.NewFileWriter(schema, to, properties, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema()))
	require.NoError(t, err)
	return newTyped(columns, schema, rowGroup, memory.NewGoAllocator(), writer)
}

// Memory that is used again changes no byte of a file, over several batches, with NULL here
// and there and texts of all lengths.
func TestRecycledMemoryChangesNoByte(t *testing.T) {
	t.Parallel()
	for _, f := range []Format{Parquet, Arrow} {
		t.Run(f.Name(), func(t *testing.T) {
			t.Parallel()
			var want, got bytes.Buffer
			begun, err := f.Begin(trainingColumns(), &got)
			require.NoError(t, err)
			files := []*typedFile{withoutRecycling(t, f, &want), begun.(*typedFile)}
			r := rand.New(rand.NewPCG(3, 4))
			row := make([][]byte, len(trainingColumns()))
			for n := range 2*rowGroup.rows + 17 {
				trainingRow(row, n)
				row[0] = append(row[0], bytes.Repeat([]byte("x"), r.IntN(9))...)
				shown := append([][]byte(nil), row...)
				if r.IntN(4) == 0 {
					shown[r.IntN(len(row))] = nil
				}
				for _, file := range files {
					if err := file.row(shown); err != nil {
						t.Fatal(err)
					}
				}
			}
			hashes := make([]string, len(files))
			for i, file := range files {
				hashes[i], err = file.Close()
				require.NoError(t, err)
			}

			require.Equal(t, hashes[0], hashes[1])
			require.True(t, bytes.Equal(want.Bytes(), got.Bytes()), "%d and %d bytes", want.Len(), got.Len())
		})
	}
}

// held is what is in use after the garbage is gone.
func held() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what a pool keeps goes with the second one
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What a file holds in memory is that of a batch, however many rows it has. Not in parallel:
// what others hold would count.
func TestWhatAFileHoldsDoesNotGrow(t *testing.T) { //nolint:paralleltest // see above
	for _, f := range []Format{Parquet, Arrow} {
		before := held()
		file, err := f.Begin(trainingColumns(), io.Discard)
		require.NoError(t, err)
		row := make([][]byte, len(trainingColumns()))
		var after []uint64
		for n := range 2*rowGroup.rows + 1 {
			trainingRow(row, n)
			if err := file.(*typedFile).row(row); err != nil {
				t.Fatal(err)
			}
			if n > 0 && n%rowGroup.rows == 0 {
				now := held()
				after = append(after, now-min(before, now))
			}
		}
		_, err = file.Close()
		require.NoError(t, err)

		require.Len(t, after, 2)
		for _, bytes := range after {
			require.Less(t, bytes, uint64(32<<20), "%s: %v", f.Name(), after)
		}
	}
}

// watched measures, as bytes come, what is in use but for the garbage.
type watched struct {
	writes int
	most   uint64
}

func (w *watched) Write(b []byte) (int, error) {
	if w.writes++; w.writes%4 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.most = max(w.most, m.HeapAlloc)
	}
	return len(b), nil
}

// Nor is it more while a page is compressed, of keys for one. Not in parallel, as above.
func TestWhatAFileHoldsAsItIsWritten(t *testing.T) { //nolint:paralleltest // see above
	before, to := held(), &watched{}
	file, err := Parquet.Begin(trainingColumns(), to)
	require.NoError(t, err)
	row := make([][]byte, len(trainingColumns()))
	for n := range rowGroup.rows {
		trainingRow(row, n)
		if err := file.(*typedFile).row(row); err != nil {
			t.Fatal(err)
		}
	}
	_, err = file.Close()
	require.NoError(t, err)

	require.NotZero(t, to.most)
	require.Less(t, to.most-min(before, to.most), uint64(32<<20))
}
