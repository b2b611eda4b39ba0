package format

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// libraryZstd is how the library compresses a page.
func libraryZstd(t *testing.T) func([]byte) []byte {
	t.Helper()
	slim, err := compress.GetCodec(compress.Codecs.Zstd)
	require.NoError(t, err)
	library := slim.(slimZstd).Codec
	require.NotEqual(t, fmt.Sprintf("%T", slim), fmt.Sprintf("%T", library))
	return func(page []byte) []byte { return library.EncodeLevel(nil, page, compress.DefaultCompressionLevel) }
}

// pageOf draws a page of a size: noise, a few values, or values that come again far apart.
func pageOf(r *rand.Rand, size int) []byte {
	page := make([]byte, size)
	kind, far := r.IntN(3), make([]byte, 1+r.IntN(300_000))
	for i := range far {
		far[i] = byte(r.Uint32())
	}
	for i := range page {
		switch kind {
		case 0:
			page[i] = byte(r.Uint32())
		case 1:
			page[i] = byte(r.IntN(3))
		default:
			page[i] = far[i%len(far)]
		}
	}
	return page
}

// A file's bytes are those that the library's own codec gave, of every size of a page, or
// files of the same writer would not be the same.
func TestPagesAreCompressedAsTheLibraryDoes(t *testing.T) {
	t.Parallel()
	library, slim := libraryZstd(t), newSlimZstd(nil)
	large, err := compress.GetCodec(compress.Codecs.Zstd)
	require.NoError(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	sizes := []int{0, 1, 2, 1023, 1024, 1025, 128<<10 - 1, 128 << 10, 128<<10 + 1, 1<<20 - 1, 1 << 20, 1<<20 + 1, window - 1, window}
	for range 40 {
		sizes = append(sizes, r.IntN(window))
	}
	decoder, err := zstd.NewReader(nil)
	require.NoError(t, err)
	defer decoder.Close()
	for _, size := range sizes {
		page := pageOf(r, size)

		got := slim.EncodeLevel(nil, page, compress.DefaultCompressionLevel)

		require.True(t, bytes.Equal(library(page), got), "%d bytes", size)
		back, err := decoder.DecodeAll(got, nil)
		require.NoError(t, err)
		require.True(t, bytes.Equal(page, back), "%d bytes", size)
	}
	page := pageOf(r, window+1)
	require.True(t, bytes.Equal(library(page), large.Encode(nil, page)), "a larger one is the library's")
}

// A page of keys is a little larger than a megabyte: it is no business of the library's, whose
// encoder holds more than the rest of the file.
func TestPagesOfKeysAreNotTheLibrarys(t *testing.T) {
	t.Parallel()
	row := make([][]byte, len(trainingColumns()))
	trainingRow(row, 0)
	page := rowGroup.rows * (4 + len(row[0])) // each text after its length

	require.Greater(t, page, 1<<20)
	require.LessOrEqual(t, page, window)
}
