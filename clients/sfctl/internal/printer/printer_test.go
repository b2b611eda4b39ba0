package printer_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
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

func TestMessageCanBeReadBack(t *testing.T) {
	t.Parallel()
	want := run()
	var asJSON, asYAML bytes.Buffer
	require.NoError(t, printer.Message(&asJSON, printer.JSON, want))
	require.NoError(t, printer.Message(&asYAML, printer.YAML, want))

	var fromJSON, fromYAML orchestratorv1.GetRunResponse
	require.NoError(t, protojson.Unmarshal(asJSON.Bytes(), &fromJSON))
	var free any
	require.NoError(t, yaml.Unmarshal(asYAML.Bytes(), &free))
	text, err := json.Marshal(free)
	require.NoError(t, err)
	require.NoError(t, protojson.Unmarshal(text, &fromYAML))

	require.True(t, proto.Equal(want, &fromJSON))
	require.True(t, proto.Equal(want, &fromYAML), "YAML must not read texts such as yes, True or 1.50 as other types")
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
	require.ErrorContains(t, err, `output format "xml": want table, json, yaml`)
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
