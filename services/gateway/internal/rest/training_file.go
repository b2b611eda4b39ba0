package rest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

const (
	// shaTrailer follows the file: its hash is not known before.
	shaTrailer = "X-Content-Sha256"
	// writeTime is how long a client may take for a part of a file.
	writeTime = 90 * time.Second
)

// prolong gives the client time again. An answer that takes as long as there are rows
// has no other limit.
func prolong(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(writeTime)) // only a recorder in a test has none
}

// export answers with the rows of a training set, all of them or the bytes of a range.
func (t trainingSets) export(w http.ResponseWriter, r *http.Request, path map[string]string) {
	format, ok, err := askedFormat(r)
	switch {
	case err != nil:
		problemjson.Error(w, r, err)
		return
	case !ok:
		problemjson.HTTP(http.StatusNotAcceptable, "the rows of a training set are "+takes(), "Send the header Accept with one of them, or none.").Write(w, r)
		return
	}
	req := &snapshotv1.ExportTrainingSetRequest{TrainingSet: path["training_set"], Format: format}
	open := func(ctx context.Context) (*incoming, error) {
		stream, err := t.snapshot.ExportTrainingSet(ctx, req)
		if err != nil {
			return nil, err
		}
		return begin(func() (fileMessage, error) { return stream.Recv() })
	}
	ctx, cancel := context.WithCancel(outgoing(r))
	defer cancel()
	in, err := open(ctx)
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Accept-Ranges", "bytes")
	h.Add("Vary", "Accept")
	head(h, in.head)
	if matches(r.Header.Values("If-None-Match"), h.Get("ETag")) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if bytes := r.Header.Get("Range"); bytes != "" && (r.Header.Get("If-Range") == "" || r.Header.Get("If-Range") == h.Get("ETag")) {
		if part, ok := parseRange(bytes); ok {
			t.part(w, r, in, part, open)
			return
		}
	}
	send(w, r, in)
}

// rebuild answers with the rows of a manifest.
func (t trainingSets) rebuild(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	req := &snapshotv1.RebuildTrainingSetRequest{}
	err := body(r, req)
	var in *incoming
	if err == nil {
		ctx, cancel := context.WithCancel(outgoing(r))
		defer cancel()
		stream, failed := t.snapshot.RebuildTrainingSet(ctx, req)
		if err = failed; err == nil {
			in, err = begin(func() (fileMessage, error) { return stream.Recv() })
		}
	}
	if err != nil {
		problemjson.Error(w, r, err)
		return
	}
	head(w.Header(), in.head)
	send(w, r, in)
}

func head(h http.Header, of *snapshotv1.TrainingFileHead) {
	h.Set("ETag", `"`+of.GetEtag()+`"`)
	h.Set("Content-Type", mediumOf(of.GetFormat()))
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": of.GetName()}))
	h.Set("Cache-Control", "private, no-cache")
}

// send writes the whole file, and its hash behind it. A file that breaks off ends the
// connection: half of one must not look like a whole.
func send(w http.ResponseWriter, r *http.Request, in *incoming) {
	w.Header().Set("Trailer", shaTrailer)
	for {
		chunk, err := in.next()
		switch {
		case errors.Is(err, io.EOF):
			w.Header().Set(shaTrailer, in.file.GetSha256())
			return
		case err != nil && in.bytes == 0:
			for _, name := range []string{"ETag", "Content-Disposition", "Accept-Ranges", "Trailer"} {
				w.Header().Del(name)
			}
			problemjson.Error(w, r, err)
			return
		case err != nil:
			panic(http.ErrAbortHandler) //nolint:forbidigo // how net/http is told to end the connection
		}
		prolong(w)
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// fileMessage is a message of a file.
type fileMessage interface {
	GetHead() *snapshotv1.TrainingFileHead
	GetChunk() []byte
	GetResult() *snapshotv1.TrainingFile
}

// incoming is a file that comes in: its head, then chunks, then what it was.
type incoming struct {
	head *snapshotv1.TrainingFileHead
	file *snapshotv1.TrainingFile
	recv func() (fileMessage, error)
	// bytes are those that came so far.
	bytes int64
}

// begin reads the head of a file.
func begin(recv func() (fileMessage, error)) (*incoming, error) {
	m, err := recv()
	if err != nil {
		return nil, err
	}
	return &incoming{head: m.GetHead(), recv: recv}, nil
}

// next returns the next bytes; io.EOF behind the last, when file is there.
func (in *incoming) next() ([]byte, error) {
	m, err := in.recv()
	switch {
	case errors.Is(err, io.EOF) && in.file == nil:
		return nil, problem.New(problem.ServiceUnavailable, "expected the end of the file, found none: the call was cut off")
	case err != nil:
		return nil, err
	case m.GetResult() != nil:
		in.file = m.GetResult()
		return in.next()
	}
	in.bytes += int64(len(m.GetChunk()))
	return m.GetChunk(), nil
}

// matches says whether a header that lists ETags names one.
func matches(listed []string, etag string) bool {
	for _, one := range strings.Split(strings.Join(listed, ","), ",") {
		if one = strings.TrimSpace(one); one == "*" || strings.TrimPrefix(one, "W/") == etag {
			return true
		}
	}
	return false
}

func contentRange(from, to, size int64) string { return fmt.Sprintf("bytes %d-%d/%d", from, to, size) }
