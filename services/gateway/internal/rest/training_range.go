package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"strconv"

	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// byteRange is a range of bytes: from a byte to another, to the end where that is
// negative, or the last so many.
type byteRange struct {
	from, to int64
	// last is how many bytes at the end; 0 where it is no such range.
	last int64
}

var rangeForm = regexp.MustCompile(`^bytes=(\d{0,18})-(\d{0,18})$`)

// parseRange reads one range. Of several, or of one that has no form, the whole file is
// sent, as RFC 9110 allows.
func parseRange(text string) (byteRange, bool) {
	m := rangeForm.FindStringSubmatch(text)
	if m == nil || m[1] == "" && m[2] == "" {
		return byteRange{}, false
	}
	from, _ := strconv.ParseInt(m[1], 10, 64) // digits, or nothing
	to, err := strconv.ParseInt(m[2], 10, 64)
	switch {
	case m[1] == "":
		return byteRange{last: to, from: math.MaxInt64}, true
	case err != nil:
		to = -1
	case to < from:
		return byteRange{}, false
	}
	return byteRange{from: from, to: to}, true
}

// within is the range in a file of a size, which has a header and so is never empty; false
// where it holds none of its bytes.
func (b byteRange) within(size int64) (from, to int64, ok bool) {
	if b.last > 0 {
		return max(size-b.last, 0), size - 1, true
	}
	to = b.to
	if to < 0 || to >= size {
		to = size - 1
	}
	return b.from, to, b.from < size
}

// part sends a range. How long the file is, nobody knows before it was made: it is made
// once to count, and again to skip to where the range begins. Both are the same bytes.
func (t trainingSets) part(w http.ResponseWriter, r *http.Request, in *incoming, wanted byteRange, open func(context.Context) (*incoming, error)) {
	size, err := measure(in)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	from, to, ok := wanted.within(size)
	if !ok {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		problemjson.HTTP(http.StatusRequestedRangeNotSatisfiable, fmt.Sprintf("the file has %d bytes", size), "Ask for a range that begins within it.").Write(w, r)
		return
	}
	ctx, cancel := context.WithCancel(outgoing(r))
	defer cancel()
	again, err := open(ctx)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	w.Header().Set("Content-Range", contentRange(from, to, size))
	w.Header().Set("Content-Length", strconv.FormatInt(to-from+1, 10))
	w.WriteHeader(http.StatusPartialContent)
	sendPart(w, again, from, to)
}

// measure reads a file to its end, and says how long it is.
func measure(in *incoming) (int64, error) {
	for {
		if _, err := in.next(); errors.Is(err, io.EOF) {
			return in.file.GetBytes(), nil
		} else if err != nil {
			return 0, err
		}
	}
}

func sendPart(w http.ResponseWriter, in *incoming, from, to int64) {
	for in.bytes <= to {
		begin := in.bytes
		chunk, err := in.next()
		if err != nil {
			panic(http.ErrAbortHandler) //nolint:forbidigo // how net/http is told to end the connection; the length was promised
		}
		lo, hi := max(from-begin, 0), min(to+1-begin, int64(len(chunk)))
		if lo >= hi {
			continue
		}
		prolong(w)
		if _, err := w.Write(chunk[lo:hi]); err != nil {
			return
		}
	}
}
