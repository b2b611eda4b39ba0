package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"time"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// maxBody is the largest body in bytes: a dataset of two hundred tables of a hundred
// columns, with a description each, takes a quarter of it.
const maxBody = 8 << 20

const (
	idempotencyKey = "Idempotency-Key"
	requestIDField = "request_id"
	requestIDJSON  = "requestId"
)

// takeBody reads and checks the body of a request, which comes from a reader that bounds
// it, and leaves it to be read again.
func takeBody(op *contract.Operation, from io.Reader, w http.ResponseWriter, r *http.Request) *problemjson.Document {
	body, refused := readBody(from, w)
	if refused != nil {
		return refused
	}
	body, refused = asJSON(op, r.Header.Get("Content-Type"), body)
	if refused != nil {
		return refused
	}
	body, err := checkBody(op, r.Header, body)
	if err != nil {
		d := problemjson.FromError(err)
		return &d
	}
	r.Header.Set("Content-Type", mediaJSON)
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return nil
}

// readBody reads the body within the deadline that every request with one has.
func readBody(from io.Reader, w http.ResponseWriter) ([]byte, *problemjson.Document) {
	body, err := io.ReadAll(from)
	if err == nil {
		// The deadline was the body's, and the call may take longer.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{}) // only a recorder in a test has none
	} else {
		w.Header().Set("Connection", "close") // so that the answer does not wait for the rest of the body
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, refuse(http.StatusRequestEntityTooLarge,
			fmt.Sprintf("the body is larger than %d bytes", tooLarge.Limit), "Send less: files are not sent here, a run names their source.")
	case errors.Is(err, errCrowded):
		d := problemjson.FromError(problem.New(problem.ServiceUnavailable, "%v: try again in a moment", err))
		return nil, &d
	case err != nil:
		return nil, refuse(http.StatusBadRequest, fmt.Sprintf("the body cannot be read: %v", err), "Send the request again.")
	}
	return body, nil
}

// asJSON returns the body as JSON, whatever it was written in.
func asJSON(op *contract.Operation, contentType string, body []byte) ([]byte, *problemjson.Document) {
	switch media := mediaType(contentType); {
	case len(body) == 0 || media == mediaJSON:
		return body, nil
	case !takesYAML(op):
		return nil, refuse(http.StatusUnsupportedMediaType,
			fmt.Sprintf("the body is of type %q: want application/json", contentType), "Set the header Content-Type: application/json.")
	case !slices.Contains(mediaYAML, media):
		return nil, refuse(http.StatusUnsupportedMediaType,
			fmt.Sprintf("the body is of type %q: want application/json or application/yaml", contentType), "")
	}
	body, err := fromYAML(body)
	if err != nil {
		d := problemjson.FromError(err)
		return nil, &d
	}
	return body, nil
}

func refuse(status int, detail, action string) *problemjson.Document {
	d := problemjson.HTTP(status, detail, action)
	return &d
}

const mediaJSON = "application/json"

// mediaType wants the type said: a browser sends a body without one to another origin
// unasked, and one of JSON or YAML only after a preflight, which is not answered here.
func mediaType(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return media
}

// checkBody refuses what the decoder would let pass: text after the JSON value, and a
// field that the path gives as well. It puts the Idempotency-Key where it belongs.
func checkBody(op *contract.Operation, h http.Header, body []byte) ([]byte, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, malformed(body, err)
	}
	if err := checkText(body); err != nil {
		return nil, err
	}
	if fields == nil {
		return nil, problem.New(problem.InvalidRequest, "the body is null: want a JSON object, as {} where nothing is to be said")
	}
	body, err := spellBodyEnums(op, body, &fields)
	if err != nil {
		return nil, err
	}
	for _, name := range op.PathParams {
		if _, twice := fields[name]; twice {
			return nil, problem.New(problem.InvalidRequest, "%s stands in the path %s and in the body: give it in the path only", name, op.Path).
				Violate(name, "given in the path and in the body")
		}
	}
	for _, name := range op.Query {
		if _, misplaced := fields[name]; misplaced {
			return nil, problem.New(problem.InvalidRequest, "%s stands in the body: the body of %s is the dataset itself; give it in the query, as in %s?%s=…",
				name, op.Path, op.Path, name).Violate(name, "expected in the query, found in the body")
		}
	}
	if err := checkShape(op, body); err != nil {
		return nil, err
	}
	if err := checkNumbers(bodyMessage(op), body); err != nil {
		return nil, err
	}
	key := h.Get(idempotencyKey)
	if !op.IdempotencyKey || key == "" {
		return body, nil
	}
	return withKey(fields, key)
}

func withKey(fields map[string]json.RawMessage, key string) ([]byte, error) {
	for _, name := range []string{requestIDField, requestIDJSON} {
		var given string
		if err := json.Unmarshal(fields[name], &given); err != nil || given == "" {
			delete(fields, name)
			continue
		}
		if given != key {
			return nil, problem.New(problem.InvalidRequest, "the header %s is %q and %s in the body %q: give one, or the same twice",
				idempotencyKey, key, requestIDField, given).Violate(requestIDField, "expected %q as in the header, found %q", key, given)
		}
	}
	delete(fields, requestIDJSON)
	quoted, err := json.Marshal(key)
	if err != nil {
		return nil, fmt.Errorf("quote the idempotency key: %w", err)
	}
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	fields[requestIDField] = quoted
	return json.Marshal(fields)
}

// malformed says where a body stops being JSON, or that it is no object.
func malformed(body []byte, err error) error {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return problem.New(problem.InvalidRequest, "the body is no JSON object: want one, as in {\"field\": …}")
	}
	return problem.New(problem.InvalidRequest, "the body is no JSON: %s: %v", place(body, int(syntax.Offset)), syntax)
}

// place is where the byte before an offset of a body stands, for people.
func place(body []byte, offset int) string {
	before := body[:min(offset, len(body))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Sprintf("line %d, column %d", line, len(before)-bytes.LastIndexByte(before, '\n')-1)
}
