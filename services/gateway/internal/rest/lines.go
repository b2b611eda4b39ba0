package rest

import (
	"errors"
	"io"
	"net/http"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// mediaLines is the type of an answer of which each line is a JSON document.
const mediaLines = "application/x-ndjson"

// line is a message of a stream that is answered line by line.
type line struct {
	proto.Message
	// silent messages are no line: progress is for who waits at a terminal.
	silent bool
	// last says that nothing is missing: a stream that ends without was cut off.
	last bool
	// more says that another line is there already, and this one need not be sent alone.
	more bool
}

// writeLines answers with a line for each message, and sends each as soon as it is there.
// What goes wrong before the first line is a problem; later, the connection ends: what was
// cut off must not look like a whole.
func writeLines(w http.ResponseWriter, r *http.Request, next func() (line, error)) {
	written, whole := false, false
	for {
		l, err := next()
		switch {
		case errors.Is(err, io.EOF) && whole:
			return
		case errors.Is(err, io.EOF):
			err = problem.New(problem.ServiceUnavailable, "expected a result at the end of the stream, found none: the call was cut off")
		case err == nil && l.silent:
			continue
		}
		var text []byte
		if err == nil {
			text, err = contract.Marshal(l.Message)
		}
		switch {
		case err != nil && !written:
			problemjson.Error(w, r, err)
			return
		case err != nil:
			panic(http.ErrAbortHandler) //nolint:forbidigo // how net/http is told to end the connection
		case !written:
			w.Header().Set("Content-Type", mediaLines)
		}
		prolong(w)
		if _, err := w.Write(append(text, '\n')); err != nil {
			return
		}
		if !l.more {
			_ = http.NewResponseController(w).Flush() // a writer that keeps it back sends it later
		}
		written, whole = true, whole || l.last
	}
}
