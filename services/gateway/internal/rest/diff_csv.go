package rest

import (
	"errors"
	"io"
	"net/http"

	"github.com/streamflow/streamflow/platform/diffcsv"
	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

const mediaCSV = "text/csv"

// wantsCSV says whether a client takes CSV more gladly than lines of JSON, which it gets
// unasked.
func wantsCSV(accept []string) bool { return quality(accept, mediaCSV) > quality(accept, mediaLines) }

// writeDiffCSV answers with the rows that differ as CSV. What goes wrong before the first
// rows is a problem; later, the connection ends.
func writeDiffCSV(w http.ResponseWriter, r *http.Request, recv func() (*snapshotv1.DiffResponse, error)) {
	written, whole := false, false
	begin := func() error {
		if written {
			return nil
		}
		written = true
		w.Header().Add("Vary", "Accept")
		w.Header().Set("Content-Type", mediumOf(snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV))
		_, err := io.WriteString(w, diffcsv.Header)
		return err
	}
	for {
		m, err := recv()
		switch {
		case errors.Is(err, io.EOF) && whole:
			_ = begin() // no rows are a header
			return
		case errors.Is(err, io.EOF):
			err = problem.New(problem.ServiceUnavailable, "expected a result at the end of the stream, found none: the call was cut off")
		}
		switch {
		case err != nil && !written:
			problemjson.Error(w, r, err)
			return
		case err != nil:
			panic(http.ErrAbortHandler) //nolint:forbidigo // how net/http is told to end the connection
		}
		whole = whole || m.GetResult() != nil
		if len(m.GetRows().GetRows()) == 0 {
			continue
		}
		prolong(w)
		if begin() != nil || diffcsv.Rows(w, m.GetRows().GetRows()) != nil {
			return
		}
	}
}
