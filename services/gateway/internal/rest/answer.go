package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

const seeDocument = "GET /openapi.json lists what is served."

// accepted answers a started run with 202 and where to look for it.
func accepted(_ context.Context, w http.ResponseWriter, m proto.Message) error {
	if started, ok := m.(*orchestratorv1.StartRunResponse); ok {
		w.Header().Set("Location", "/v1/runs/"+started.GetRun().GetId())
		w.WriteHeader(http.StatusAccepted)
	}
	return nil
}

func writeError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	var asHTTP *runtime.HTTPStatusError
	if errors.As(err, &asHTTP) {
		problemjson.HTTP(asHTTP.HTTPStatus, asHTTP.Err.Error(), seeDocument).Write(w, r)
		return
	}
	problemjson.Error(w, r, plain(err))
}

// writeRoutingError is for what the contract lets through and no handler is
// registered for. The guard has answered everything else.
func writeRoutingError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, status int) {
	problemjson.HTTP(status, fmt.Sprintf("%s %s is not served", r.Method, r.URL.Path), seeDocument).Write(w, r)
}

func routing(r *http.Request, c *contract.Contract, allowed []string, h http.Header) problemjson.Document {
	action := seeDocument
	if paths := c.Elsewhere(r.Method, r.URL.Path); len(paths) > 0 {
		action = fmt.Sprintf("%s is served at %s. %s", r.Method, strings.Join(paths, ", "), seeDocument)
	}
	if len(allowed) == 0 {
		return problemjson.HTTP(http.StatusNotFound, "there is nothing at "+r.URL.Path, action)
	}
	if i := slices.Index(allowed, http.MethodGet); i >= 0 {
		allowed = slices.Insert(slices.Clone(allowed), i+1, http.MethodHead)
	}
	methods := strings.Join(allowed, ", ")
	h.Set("Allow", methods)
	return problemjson.HTTP(http.StatusMethodNotAllowed,
		fmt.Sprintf("%s is not served at %s: use %s", r.Method, r.URL.Path, methods), action)
}

// fieldInJSON finds the field in what protojson says of a body.
var fieldInJSON = regexp.MustCompile(`(?:unknown|duplicate) field "([^"]+)"|field ([\w.]+)`)

// plain makes what protojson says of a body a sentence, and names the field.
// protojson varies its spaces on purpose.
func plain(err error) error {
	p := problem.FromError(err)
	said := strings.ReplaceAll(p.Message, "\u00a0", " ")
	about, fromJSON := strings.CutPrefix(said, "proto: ")
	if p.Reason != problem.InvalidRequest || !fromJSON {
		return err
	}
	clean := problem.New(problem.InvalidRequest, "the body does not fit the request: %s", about)
	if m := fieldInJSON.FindStringSubmatch(about); m != nil {
		clean = clean.Violate(m[1]+protoName(m[2]), "%s", about)
	}
	return clean
}

var hump = regexp.MustCompile(`[A-Z]`)

// protoName is the name in the protos of a field that protojson calls asOf.
func protoName(jsonName string) string {
	return strings.ToLower(hump.ReplaceAllString(jsonName, "_$0"))
}
