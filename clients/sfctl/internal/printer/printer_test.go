package printer_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func run() *orchestratorv1.GetRunResponse {
	return &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{
		Id: "run_01", Dataset: "streamflow", AsOf: "2024-01-31", State: orchestratorv1.RunState_RUN_STATE_FAILED,
		Message: "two\nlines: and # more", CreatedAt: &timestamppb.Timestamp{Seconds: 1706745600},
		Findings: []*stepv1.Finding{{
			Severity: datasetv1.Severity_SEVERITY_CRITICAL, Count: 9007199254740993,
			Rows: []*stepv1.RowLocation{{Line: 2, Key: []string{"yes", "1.50", "12:30"}, Value: "True"}},
		}},
	}}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	for _, f := range []printer.Format{printer.JSON, printer.YAML} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer

			require.NoError(t, printer.Message(&out, f, run()))

			golden.Equal(t, "message."+string(f), out.String())
		})
	}
}

func TestAValidationIsWrittenInTheShapeOfGreatExpectations(t *testing.T) {
	t.Parallel()
	m := &qualityv1.GetValidationResponse{Validation: &qualityv1.Validation{
		Results: []*qualityv1.ExpectationResult{{
			ExpectationConfig: &datasetv1.Expectation{Type: "expect_table_row_count_to_be_between"},
			Result:            &qualityv1.ResultDetail{ObservedValue: structpb.NewNumberValue(7043)},
		}},
	}}
	for f, want := range map[printer.Format]string{
		printer.JSON: "\"result\": {\n          \"observed_value\": 7043\n        }",
		printer.YAML: "result:\n        observed_value: 7043\n",
	} {
		var out bytes.Buffer
		require.NoError(t, printer.Message(&out, f, m))
		require.Contains(t, out.String(), want)
		require.NotContains(t, out.String(), "missing_percent")
	}
}

// flatten lists the values of a JSON document under their paths.
func flatten(t *testing.T, text []byte) map[string]string {
	t.Helper()
	all := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, item := range v {
				walk(path+"."+k, item)
			}
		case []any:
			for i, item := range v {
				walk(fmt.Sprintf("%s[%d]", path, i), item)
			}
		default:
			all[path] = fmt.Sprint(v)
		}
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var doc any
	require.NoError(t, dec.Decode(&doc))
	walk("", doc)
	return all
}

func TestMessageIsTheProtosJSONButForEnumsAndNumbers(t *testing.T) {
	t.Parallel()
	m := run()
	m.Run.Findings[0].Message = `a < b & "c" > d`
	var asJSON, asYAML bytes.Buffer
	require.NoError(t, printer.Message(&asJSON, printer.JSON, m))
	require.NoError(t, printer.Message(&asYAML, printer.YAML, m))
	theirs, err := protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}.Marshal(m)
	require.NoError(t, err)
	var free any
	require.NoError(t, yaml.Unmarshal(asYAML.Bytes(), &free))
	text, err := json.Marshal(free)
	require.NoError(t, err)

	want := flatten(t, theirs)
	want[".run.state"], want[".run.findings[0].severity"] = "failed", "critical"
	delete(want, ".run.mode") // it is not set
	require.Equal(t, want, flatten(t, asJSON.Bytes()))
	require.Equal(t, want, flatten(t, text), "as YAML")
	require.Contains(t, asJSON.String(), `a < b & \"c\" > d`, "as it is, without escapes for web pages")
}

func TestMessageKeepsStructsAndUnknownEnums(t *testing.T) {
	t.Parallel()
	kwargs, err := structpb.NewStruct(map[string]any{"severity": "SEVERITY_CRITICAL", "value_set": []any{nil, true, "x"}})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, printer.Message(&out, printer.JSONL, &datasetv1.Expectation{Type: "t", Kwargs: kwargs, Severity: 77}))

	require.JSONEq(t, `{"type": "t", "kwargs": {"severity": "SEVERITY_CRITICAL", "value_set": [null, true, "x"]},
		"severity": 77}`, out.String())
}

// A dataset as JSON has what it declares, as its YAML has; a zero that was declared too.
func TestMessageLeavesOutWhatADatasetDoesNotDeclare(t *testing.T) {
	t.Parallel()
	limit := 0.0
	declared := &datasetv1.Dataset{
		Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_DAY},
		Tables: []*datasetv1.Table{{
			Name: "a", Key: []string{"id"}, DepartedLimit: &limit,
			Columns: []*datasetv1.Column{{Name: "id", Type: "text"}, {Name: "b", Type: "date", Optional: true}},
		}},
	}
	listed := &datasetv1.Dataset{Name: "shop"} // the service leaves the tables out
	var got, list bytes.Buffer

	require.NoError(t, printer.Message(&got, printer.JSONL, declared))
	require.NoError(t, printer.Message(&list, printer.JSONL, &orchestratorv1.ListDatasetsResponse{
		Versions: []*orchestratorv1.DatasetVersion{{Version: "v", Dataset: listed, Tables: 2}},
	}))

	require.JSONEq(t, `{"name": "shop", "calendar": {"period": "day"}, "tables": [{"name": "a", "key": ["id"], "departed_limit": 0,
		"columns": [{"name": "id", "type": "text"}, {"name": "b", "type": "date", "optional": true}]}]}`, got.String())
	require.JSONEq(t, `{"version": "v", "dataset": {"name": "shop"}, "requested_by": "", "current": false,
		"tables": 2, "snapshots": 0}`, list.String())
}

func TestJSONLinesAreOneLinePerItemOfAList(t *testing.T) {
	t.Parallel()
	lines := func(m proto.Message) []string {
		var out bytes.Buffer
		require.NoError(t, printer.Message(&out, printer.JSONL, m))
		return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	}

	list := lines(&orchestratorv1.ListRunsResponse{Runs: []*orchestratorv1.Run{{Id: "run_2"}, {Id: "run_1"}}})
	require.Len(t, list, 2)
	require.Contains(t, list[0], `{"id":"run_2",`)
	require.Len(t, lines(run()), 1, "one run is one line")
	require.Equal(t, []string{""}, lines(&orchestratorv1.ListRunsResponse{}), "an empty list is no line")
}

func TestValueKeepsTheOrderOfItsFields(t *testing.T) {
	t.Parallel()
	v := struct {
		B string `json:"b"`
		A []int  `json:"a"`
	}{"x", []int{}}
	var asJSON, asYAML bytes.Buffer

	require.NoError(t, printer.Value(&asJSON, printer.JSON, v))
	require.NoError(t, printer.Value(&asYAML, printer.YAML, v))

	require.Less(t, strings.Index(asJSON.String(), `"b": "x"`), strings.Index(asJSON.String(), `"a": []`))
	require.Equal(t, "b: x\na: []\n", asYAML.String())
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for _, s := range printer.Formats() {
		f, err := printer.ParseFormat(s)
		require.NoError(t, err)
		require.Equal(t, s, string(f))
	}
	_, err := printer.ParseFormat("xml")
	require.ErrorContains(t, err, `output format "xml": want table, wide, json, jsonl, yaml, name`)
}

func TestGrid(t *testing.T) {
	t.Parallel()
	g := printer.NewGrid(printer.Text("NAME"), printer.Number("ROWS"), printer.Text("NOTE"))
	g.Indent = "  "
	g.Row("users", "7,043", "same file")
	g.Row("größer", "1")
	g.Row("", "22", "esc\x1b[31m\nnext")
	var out strings.Builder

	require.NoError(t, g.Write(&out))

	require.Equal(t, strings.Join([]string{
		"  NAME     ROWS  NOTE",
		"  users   7,043  same file",
		"  größer      1",
		`  -          22  esc\x1b[31m\nnext`,
		"",
	}, "\n"), out.String())
	require.Equal(t, 3, g.Len())
}

func TestGridShowsWideColumnsOnlyWhereAsked(t *testing.T) {
	t.Parallel()
	g := printer.NewGrid(printer.Text("RUN"), printer.Text("SOURCE").InWide(), printer.Number("AGE"))
	g.Row("run_1", "/data/month_000", "5s")
	var narrow, wide strings.Builder
	require.NoError(t, g.Write(&narrow))
	g.Wide = true
	require.NoError(t, g.Write(&wide))

	require.Equal(t, "RUN    AGE\nrun_1   5s\n", narrow.String())
	require.Equal(t, "RUN    SOURCE           AGE\nrun_1  /data/month_000   5s\n", wide.String())
}

func TestStyle(t *testing.T) {
	t.Parallel()
	colour, plain := printer.Style{Colour: true}, printer.Style{}
	require.Equal(t, "\x1b[32mok\x1b[0m", colour.Good("ok"))
	require.Equal(t, "\x1b[31mno\x1b[0m", colour.Bad("no"))
	require.Equal(t, "\x1b[33mhm\x1b[0m", colour.Warn("hm"))
	require.Equal(t, "\x1b[2mlow\x1b[0m", colour.Dim("low"))
	require.Empty(t, colour.Good(""))
	for _, mark := range []func(string) string{plain.Good, plain.Bad, plain.Warn, plain.Dim} {
		require.Equal(t, "word", mark("word"))
	}
}
