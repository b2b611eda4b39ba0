package problemjson

import (
	"encoding/json"
	"net/http"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/request"
)

// retryAfter is how many seconds a client is asked to wait while a service is away:
// about as long as one takes to start.
const retryAfter = "2"

// Write answers a request with the problem.
func (d Document) Write(w http.ResponseWriter, r *http.Request) {
	d = d.For(r).inRESTWords()
	h := w.Header()
	h.Set("Content-Type", MediaType)
	h.Set("Cache-Control", "no-store")
	if wait, told := d.Metadata[problem.RetryAfter]; told {
		h.Set("Retry-After", wait)
	} else if d.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", retryAfter)
	}
	w.WriteHeader(d.Status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(d) // a client that has gone away needs no answer
}

// For completes the problem with the request that it answers, and notes it for the log.
func (d Document) For(r *http.Request) Document {
	d.Instance, d.RequestID = r.URL.Path, request.ID(r.Context())
	request.Failed(r.Context(), string(d.Reason)+": "+d.Detail)
	return d
}

// Error answers a request with an error that a call returned.
func Error(w http.ResponseWriter, r *http.Request, err error) { FromError(err).Write(w, r) }
