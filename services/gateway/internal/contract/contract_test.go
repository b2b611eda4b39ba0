package contract_test

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// watchRun is the one operation that stands outside gateway.yaml: its stream is
// server-sent events, which a REST mapping has no word for.
const watchRun = "GET /v1/runs/{run}/events OrchestratorService.WatchRun"

func load(t *testing.T) *contract.Contract {
	t.Helper()
	c, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	return c
}

func TestTheDocumentIsTheMappingAndTheEventStream(t *testing.T) {
	t.Parallel()
	want := append(mapping(t), watchRun)
	slices.Sort(want)

	var got []string
	for _, op := range load(t).Operations() {
		got = append(got, op.Method+" "+op.Path+" "+op.Service+"."+op.RPC)
	}
	slices.Sort(got)

	require.Equal(t, want, got, "run make generate")
}

// mapping reads the rules of gateway.yaml.
func mapping(t *testing.T) []string {
	t.Helper()
	raw, err := os.ReadFile("../../../../proto/gateway.yaml")
	require.NoError(t, err)
	var doc struct {
		HTTP struct {
			Rules []map[string]string `yaml:"rules"`
		} `yaml:"http"`
	}
	require.NoError(t, yaml.Unmarshal(raw, &doc))
	require.NotEmpty(t, doc.HTTP.Rules)
	var rules []string
	for _, rule := range doc.HTTP.Rules {
		parts := strings.Split(rule["selector"], ".")
		for _, method := range []string{"get", "post", "put", "patch", "delete"} {
			if path, ok := rule[method]; ok {
				rules = append(rules, strings.ToUpper(method)+" "+path+" "+strings.Join(parts[len(parts)-2:], "."))
			}
		}
	}
	require.Len(t, rules, len(doc.HTTP.Rules), "every rule has one method")
	return rules
}

func TestTheEventsOfTheDocumentAreThoseOfTheProtos(t *testing.T) {
	t.Parallel()
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Properties map[string]any `json:"properties"`
				Enum       []string       `json:"enum"`
			} `json:"schemas"`
		} `json:"components"`
	}
	require.NoError(t, json.Unmarshal(openapi.Document, &doc))

	for _, m := range []protoreflect.MessageDescriptor{
		(&orchestratorv1.Event{}).ProtoReflect().Descriptor(), (&stepv1.Progress{}).ProtoReflect().Descriptor(),
	} {
		var fields []string
		for i := range m.Fields().Len() {
			fields = append(fields, string(m.Fields().Get(i).Name()))
		}
		got := slices.Collect(maps.Keys(doc.Components.Schemas[string(m.FullName())].Properties))
		require.ElementsMatch(t, fields, got, "%s: bring tools/openapi/additions.json up to date", m.FullName())
	}
	kind := orchestratorv1.EventKind(0).Descriptor()
	var values []string
	for i := range kind.Values().Len() {
		values = append(values, string(kind.Values().Get(i).Name()))
	}
	require.ElementsMatch(t, values, doc.Components.Schemas[string(kind.FullName())].Enum,
		"bring tools/openapi/additions.json up to date")
}

func TestMatch(t *testing.T) {
	t.Parallel()
	c := load(t)
	for name, tc := range map[string]struct {
		method, path string
		rpc          string
		allowed      []string
	}{
		"a list":                     {"GET", "/v1/runs", "ListRuns", nil},
		"a parameter":                {"GET", "/v1/runs/run_1", "GetRun", nil},
		"a verb":                     {"POST", "/v1/runs/run_1:cancel", "CancelRun", nil},
		"a colon that is no verb":    {"GET", "/v1/runs/run:1", "GetRun", nil},
		"two parameters":             {"GET", "/v1/datasets/d/snapshots/2024-01-31", "GetSnapshot", nil},
		"events":                     {"GET", "/v1/runs/run_1/events", "WatchRun", nil},
		"the method of another path": {"DELETE", "/v1/datasets", "", []string{"GET", "POST"}},
		"a verb by GET":              {"GET", "/v1/runs/:cancel", "GetRun", nil},
		"an empty parameter":         {"GET", "/v1/runs/", "", nil},
		"an empty name and verb":     {"POST", "/v1/runs/:cancel", "", []string{"GET"}},
		"an internal method":         {"POST", "/v1/batches/bat_1:publish", "", []string{"GET"}},
		"no such path":               {"GET", "/v1/nothing", "", nil},
		"deeper":                     {"GET", "/v1/runs/run_1/events/2", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op, allowed := c.Match(tc.method, tc.path)
			if tc.rpc == "" {
				require.Nil(t, op)
			} else {
				require.NotNil(t, op)
				require.Equal(t, tc.rpc, op.RPC)
			}
			require.Equal(t, tc.allowed, allowed)
		})
	}
}

func TestWhatAnOperationTakes(t *testing.T) {
	t.Parallel()
	c := load(t)

	list, _ := c.Match("GET", "/v1/runs")
	require.ElementsMatch(t, []string{"dataset", "as_of", "states", "page_size", "page_token"}, list.Query)
	require.False(t, list.Body)

	start, _ := c.Match("POST", "/v1/datasets/d/runs")
	require.Equal(t, []string{"dataset"}, start.PathParams)
	require.Empty(t, start.Query)
	require.True(t, start.Body)
	require.True(t, start.IdempotencyKey)

	cancel, _ := c.Match("POST", "/v1/runs/run_1:cancel")
	require.True(t, cancel.Body)
	require.False(t, cancel.IdempotencyKey)
}

func TestExposes(t *testing.T) {
	t.Parallel()
	c := load(t)
	require.True(t, c.Exposes("OrchestratorService", "WatchRun"))
	require.True(t, c.Exposes("IngestService", "GetBatch"))
	require.False(t, c.Exposes("IngestService", "Publish"))
	require.False(t, c.Exposes("QualityService", "GetBatch"), "a method of another service")
}

func TestLoadRefusesWhatItCannotRead(t *testing.T) {
	t.Parallel()
	_, err := contract.Load([]byte("{"))
	require.ErrorContains(t, err, "read the OpenAPI document")
	_, err = contract.Load([]byte(`{"paths": {"/v1/x": {"get": {"operationId": "x"}}}}`))
	require.ErrorContains(t, err, `get /v1/x: operationId "x": want Service_Method`)
}
