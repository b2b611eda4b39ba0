package events

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

const (
	// writeTimeout is how long a client may take to accept one event; one that reads
	// no more is let go.
	writeTimeout = 10 * time.Second
	// retryMillis is how long a client waits before it connects again.
	retryMillis = 2000

	kindPrefix = "EVENT_KIND_"
)

// writer writes the events of one request. It starts the answer with the first of
// them, so that an error before it can be answered as one.
type writer struct {
	response http.ResponseWriter
	control  *http.ResponseController
	request  *http.Request
	begun    bool
}

func newWriter(w http.ResponseWriter, r *http.Request) *writer {
	return &writer{response: w, control: http.NewResponseController(w), request: r}
}

func (w *writer) event(e *orchestratorv1.Event) error {
	data, err := contract.Marshal(e)
	if err != nil {
		return fmt.Errorf("event %d: %w", e.GetNumber(), err)
	}
	kind := strings.ToLower(strings.TrimPrefix(e.GetKind().String(), kindPrefix))
	return w.send(fmt.Sprintf("id: %d\nevent: %s\ndata: %s\n\n", e.GetNumber(), kind, data))
}

// end tells a client that no more will come. It has no id, so that a client which
// connects again does so after the last event of the run, and is told 204.
func (w *writer) end() error {
	if err := w.send("event: end\ndata: {}\n\n"); err != nil {
		return err
	}
	return errEnded
}

// problem answers the request with the error, or, once events were sent, sends it as
// the last of them.
func (w *writer) problem(err error) {
	d := problemjson.FromError(err)
	if !w.begun {
		d.Write(w.response, w.request)
		return
	}
	data, err := json.Marshal(d.For(w.request))
	if err != nil {
		return // strings and numbers can always be marshalled
	}
	_ = w.send(fmt.Sprintf("event: problem\ndata: %s\n\n", data)) // the stream ends either way
}

// comment keeps the connection; a client does not see it.
func (w *writer) comment() error { return w.send(":\n\n") }

func (w *writer) send(text string) error {
	// A recorder in a test has no deadline to set.
	_ = w.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if !w.begun {
		w.begun = true
		h := w.response.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no") // nginx would otherwise hold events back
		text = fmt.Sprintf("retry: %d\n\n", retryMillis) + text
	}
	if _, err := w.response.Write([]byte(text)); err != nil {
		return fmt.Errorf("write to the client: %w", err)
	}
	if err := w.control.Flush(); err != nil {
		return fmt.Errorf("write to the client: %w", err)
	}
	return nil
}
