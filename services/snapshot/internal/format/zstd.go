package format

import (
	"runtime"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/zstd"
)

// window is more than a page of Parquet holds, but for one of texts of a thousand bytes and
// more: a page ends with the rows that take it over a megabyte, a thousand of them at a time.
// A page of keys is a little larger than a megabyte, so that a window of one is too small.
const window = 2 << 20

// slimZstd compresses pages as the library's codec does, byte for byte, with a window of two
// megabytes instead of eight. The library keeps twice its window for an encoder, lets go
// of it at each garbage collection, and makes it again for the next page.
type slimZstd struct {
	compress.Codec
	// idle are encoders that nobody uses, as many as processors.
	idle chan *zstd.Encoder
}

func newSlimZstd(library compress.Codec) slimZstd {
	return slimZstd{library, make(chan *zstd.Encoder, runtime.GOMAXPROCS(0))}
}

// Encode compresses with the level that the library takes where none is named.
func (z slimZstd) Encode(dst, src []byte) []byte {
	return z.EncodeLevel(dst, src, compress.DefaultCompressionLevel)
}

// EncodeLevel compresses a page. What is larger than the window, or wants another level, is
// the library's.
func (z slimZstd) EncodeLevel(dst, src []byte, level int) []byte {
	if level != compress.DefaultCompressionLevel || len(src) > window {
		return z.Codec.EncodeLevel(dst, src, level)
	}
	encoder := z.take()
	defer z.giveBack(encoder)
	return encoder.EncodeAll(src, dst[:0])
}

func (z slimZstd) take() *zstd.Encoder {
	select {
	case encoder := <-z.idle:
		return encoder
	default:
	}
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderConcurrency(1), zstd.WithZeroFrames(true), zstd.WithAllLitEntropyCompression(true))
	if err != nil {
		panic(err) //nolint:forbidigo // the options are ours, and a test takes them
	}
	return encoder
}

func (z slimZstd) giveBack(encoder *zstd.Encoder) {
	select {
	case z.idle <- encoder:
	default:
	}
}

//nolint:gochecknoinits // the library knows codecs by what is registered as a program begins
func init() {
	library, err := compress.GetCodec(compress.Codecs.Zstd)
	if err != nil {
		panic(err) //nolint:forbidigo // it is the library's own, there as this begins
	}
	compress.RegisterCodec(compress.Codecs.Zstd, newSlimZstd(library))
}
