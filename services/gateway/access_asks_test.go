package gateway_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// whoAsks is the field of who asks.
const whoAsks = "requested_by"

// Who has a token need not say who they are, whatever they ask for, and over REST as over
// gRPC it is their name that the service is told.
func TestATokenSaysWhoAsks(t *testing.T) {
	t.Parallel()
	g := startGuarded(t)
	token := g.knows(&identity.Identity{Role: identity.Admin, All: true, Name: "ann"})
	conn := g.dial(t, token)
	rules, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	asking := map[string]protoreflect.MethodDescriptor{}
	eachRPC(t, func(name string, m protoreflect.MethodDescriptor) {
		if m.Input().Fields().ByName(whoAsks) != nil {
			asking[name] = m
		}
	})

	tried := 0
	for _, op := range rules.Operations() {
		m := asking[op.Service+"/"+op.RPC]
		if m == nil {
			continue
		}
		tried++
		_ = call(t.Context(), t, conn, m, filled, func(m *dynamicpb.Message) { m.Clear(m.Descriptor().Fields().ByName(whoAsks)) })
		before := len(g.reached())
		answer := g.ask(t, op, m, token)
		require.NotContains(t, answer, whoAsks, op.Path)
		require.Greater(t, len(g.reached()), before, "%s: %s", op.Path, answer)
		for _, c := range g.suite.Calls() {
			if c.Method == op.Service+"/"+op.RPC {
				fields := c.Request.ProtoReflect()
				require.Equal(t, "ann", fields.Get(fields.Descriptor().Fields().ByName(whoAsks)).String(), c.Method)
			}
		}
	}
	require.Greater(t, tried, 10)
}

// ask makes a request of an operation that says everything but who asks, and returns the
// answer's body.
func (g *guarded) ask(t *testing.T, op contract.Operation, m protoreflect.MethodDescriptor, token string) string {
	t.Helper()
	req := dynamicpb.NewMessage(m.Input())
	filled(req)
	fields := map[string]any{}
	written, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(req)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(written, &fields))
	delete(fields, whoAsks)
	path, query := op.Path, url.Values{}
	for _, name := range slices.Collect(maps.Keys(fields)) {
		value, isText := fields[name].(string)
		switch {
		case slices.Contains(op.PathParams, name):
			path = strings.ReplaceAll(path, "{"+name+"}", value)
		case isText && slices.Contains(op.Query, name):
			query.Set(name, value)
		default:
			continue
		}
		delete(fields, name)
	}
	if op.RPC == "ApplyDataset" { // its body is the dataset
		fields = map[string]any{"name": "shop"}
	}
	body, err := json.Marshal(fields)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), op.Method, g.http+path+"?"+query.Encode(), strings.NewReader(string(body)))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(answer)
}
