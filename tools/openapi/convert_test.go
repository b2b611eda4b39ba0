package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	validatev1 "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

const golden = "testdata/small.openapi.json"

func small(t *testing.T) []byte {
	t.Helper()
	swagger, err := os.ReadFile("testdata/small.swagger.json")
	require.NoError(t, err)
	return swagger
}

func converted(t *testing.T) *openapi3.T {
	t.Helper()
	document, err := convert(small(t))
	require.NoError(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(document)
	require.NoError(t, err)
	return doc
}

func TestTheDocumentIsTheGoldenOne(t *testing.T) {
	got, err := convert(small(t))
	require.NoError(t, err)
	if *update {
		require.NoError(t, os.WriteFile(golden, got, 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func TestTheSameInputGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	first, err := convert(small(t))
	require.NoError(t, err)
	for range 20 {
		again, err := convert(small(t))
		require.NoError(t, err)
		require.Equal(t, string(first), string(again))
	}
}

func TestEveryOperationAnswersProblemsAndTakesARequestID(t *testing.T) {
	t.Parallel()
	doc := converted(t)
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			problem := op.Responses.Default()
			require.NotNil(t, problem, "%s %s", method, path)
			require.Contains(t, problem.Value.Content, "application/problem+json", "%s %s", method, path)
			require.NotNil(t, op.Parameters.GetByInAndName("header", "X-Request-Id"), "%s %s", method, path)
		}
	}
	require.NotContains(t, doc.Components.Schemas, "google.rpc.Status")
	require.NotContains(t, doc.Components.Schemas, "google.protobuf.Any")
}

func TestAStartedRunIsAcceptedAndIdempotent(t *testing.T) {
	t.Parallel()
	op := converted(t).Paths.Value("/v1/datasets/{dataset}/runs").Post
	require.Nil(t, op.Responses.Value("200"))
	require.Contains(t, op.Responses.Value("202").Value.Headers, "Location")
	require.NotNil(t, op.Parameters.GetByInAndName("header", "Idempotency-Key"))
	require.Equal(t, "StartRun queues a run and returns at once", op.Summary)
	require.Equal(t, "Errors: DATASET_NOT_FOUND.", op.Description)
}

func TestTheEventStreamIsAdded(t *testing.T) {
	t.Parallel()
	op := converted(t).Paths.Value("/v1/runs/{run}/events").Get
	require.Contains(t, op.Responses.Value("200").Value.Content, "text/event-stream")
	require.NotNil(t, op.Parameters.GetByInAndName("header", "Last-Event-ID"))
	require.NotNil(t, op.Responses.Value("204"))
}

func TestADescribedReferenceKeepsItsDescription(t *testing.T) {
	t.Parallel()
	body := converted(t).Components.Schemas["streamflow.orchestrator.v1.OrchestratorService.StartRunBody"]
	state := body.Value.Properties["state"]
	require.Equal(t, "A described reference.", state.Value.Description)
	require.Equal(t, "#/components/schemas/streamflow.orchestrator.v1.RunState", state.Value.AllOf[0].Ref)
}

func TestWhatCannotBeConvertedIsRefused(t *testing.T) {
	t.Parallel()
	withEvents := func(doc map[string]any) {
		doc["paths"].(map[string]any)["/v1/runs/{run}/events"] = map[string]any{}
	}
	withEvent := func(doc map[string]any) {
		doc["definitions"].(map[string]any)["streamflow.orchestrator.v1.Event"] = map[string]any{"type": "object"}
	}
	withoutStart := func(doc map[string]any) { delete(doc["paths"].(map[string]any), "/v1/datasets/{dataset}/runs") }
	withoutCounts := func(doc map[string]any) {
		delete(doc["definitions"].(map[string]any), "streamflow.step.v1.TableCounts")
	}
	for name, tc := range map[string]struct {
		change func(map[string]any)
		want   string
	}{
		"the path is mapped by now":   {withEvents, "/v1/runs/{run}/events is in the swagger already"},
		"the schema is there by now":  {withEvent, "streamflow.orchestrator.v1.Event is in the swagger already"},
		"no run can be started":       {withoutStart, "no operation OrchestratorService_StartRun"},
		"a reference leads nowhere":   {withoutCounts, "TableCounts"},
		"a response is not described": {func(doc map[string]any) { doc["paths"] = 1 }, "read swagger"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var doc map[string]any
			require.NoError(t, json.Unmarshal(small(t), &doc))
			tc.change(doc)
			changed, err := json.Marshal(doc)
			require.NoError(t, err)
			_, err = convert(changed)
			require.ErrorContains(t, err, tc.want)
		})
	}
	_, err := convert([]byte("{"))
	require.ErrorContains(t, err, "read swagger")
}

func TestRunWritesTheFile(t *testing.T) {
	t.Parallel()
	out := filepath.Join(t.TempDir(), "openapi.json")
	require.NoError(t, run("testdata/small.swagger.json", out))
	got, err := os.ReadFile(out)
	require.NoError(t, err)
	require.True(t, strings.HasSuffix(string(got), "}\n"))
	require.ErrorIs(t, run("testdata/absent.json", out), os.ErrNotExist)
}

func TestUnwrapKeepsListsAndParagraphsApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                            "",
		"one\ntwo":                    "one two",
		"one\n\ntwo":                  "one\n\ntwo",
		"one\n\n - A: a\n - B: b\ngo": "one\n\n - A: a\n - B: b go",
	} {
		require.Equal(t, want, unwrap(text))
	}
}

func TestTheRulesOfTheProtosAreInTheDocument(t *testing.T) {
	t.Parallel()
	doc := converted(t)
	body := doc.Components.Schemas["streamflow.orchestrator.v1.OrchestratorService.StartRunBody"].Value
	require.NotContains(t, body.Required, "as_of", "an erase has none")
	require.NotContains(t, body.Required, "mode", "it has a default")
	require.Equal(t, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", body.Properties["as_of"].Value.Pattern)
	require.Equal(t, "2024-01-31", body.Properties["as_of"].Value.Example)
}

func TestAPatternIsOneOfECMA(t *testing.T) {
	t.Parallel()
	text := `^bat_[^[:cntrl:]]*$`
	require.Equal(t, `^bat_[^\x00-\x1f\x7f]*$`, pattern(&validatev1.StringRules{Pattern: &text}))
	prefix := "run_"
	require.Equal(t, "^run_", pattern(&validatev1.StringRules{Prefix: &prefix}))
}
