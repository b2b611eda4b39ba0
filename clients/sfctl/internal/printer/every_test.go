package printer_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/enumjson"
	"github.com/streamflow/streamflow/platform/unsetjson"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// responses are what commands print, results of expectations excepted, whose shape is
// another one.
func responses() map[string]proto.Message {
	return map[string]proto.Message{
		"StartRun": &orchestratorv1.StartRunResponse{}, "GetRun": &orchestratorv1.GetRunResponse{}, "ListRuns": &orchestratorv1.ListRunsResponse{},
		"CancelRun": &orchestratorv1.CancelRunResponse{}, "WatchRun": &orchestratorv1.WatchRunResponse{},
		"ApplyDataset": &orchestratorv1.ApplyDatasetResponse{}, "GetDataset": &orchestratorv1.GetDatasetResponse{},
		"ListDatasets": &orchestratorv1.ListDatasetsResponse{}, "ListDatasetVersions": &orchestratorv1.ListDatasetVersionsResponse{},
		"DiffDataset": &orchestratorv1.DiffDatasetResponse{}, "DeleteDataset": &orchestratorv1.DeleteDatasetResponse{},
		"MigrateDataset": &orchestratorv1.MigrateDatasetResponse{},
		"GetBatch":       &ingestv1.GetBatchResponse{}, "ListBatches": &ingestv1.ListBatchesResponse{},
		"GetSnapshot": &snapshotv1.GetSnapshotResponse{}, "ListSnapshots": &snapshotv1.ListSnapshotsResponse{},
	}
}

// awkward is a text that something between a service and a reader could change.
const awkward = "a < b & \"c\": # 'd'\n\tyes é"

// fill sets every field of a message, to some depth, with values that are easily lost.
func fill(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.ContainingOneof() != nil && !f.HasOptionalKeyword() && m.WhichOneof(f.ContainingOneof()) != nil {
			continue // one of them is enough
		}
		switch {
		case f.IsMap():
		case f.Message() != nil && depth == 0:
		case f.IsList():
			list := m.Mutable(f).List()
			for range 2 {
				list.Append(value(f, list.NewElement, depth))
			}
		default:
			m.Set(f, value(f, func() protoreflect.Value { return m.NewField(f) }, depth))
		}
	}
}

func value(f protoreflect.FieldDescriptor, fresh func() protoreflect.Value, depth int) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(awkward)
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(-7)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(1<<53 + int64(f.Number()) - 3) // to either side of what a double counts
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(0.1)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(f.Enum().Values().Get(f.Enum().Values().Len() - 1).Number())
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte{0, 255})
	case protoreflect.MessageKind:
		v := fresh()
		switch one := v.Message().Interface().(type) {
		case *timestamppb.Timestamp:
			one.Seconds, one.Nanos = 1706745600, 5e8
		case *structpb.Struct:
			one.Fields = map[string]*structpb.Value{"min_value": structpb.NewStringValue("9007199254740993"), "n": structpb.NewNumberValue(0.1)}
		case *structpb.Value:
			one.Kind = &structpb.Value_StringValue{StringValue: "12"}
		default:
			if !strings.HasPrefix(string(f.Message().FullName()), "google.protobuf.") {
				fill(v.Message(), depth-1)
			}
		}
		return v
	default:
		return f.Default()
	}
}

// asProto reads what was printed as protobuf's own readers do.
func asProto(t *testing.T, text []byte, like proto.Message) proto.Message {
	t.Helper()
	again := like.ProtoReflect().New().Interface()
	full, err := enumjson.Names(text, like.ProtoReflect().Descriptor())
	require.NoError(t, err)
	require.NoError(t, protojson.Unmarshal(full, again), "%s", text)
	return again
}

func TestNothingOfAnyResponseIsLostInAnyForm(t *testing.T) {
	t.Parallel()
	for name, empty := range responses() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := proto.Clone(empty)
			fill(m.ProtoReflect(), 4)
			require.NotZero(t, proto.Size(m))
			var asJSON, asYAML bytes.Buffer

			require.NoError(t, printer.Message(&asJSON, printer.JSON, m))
			require.NoError(t, printer.Message(&asYAML, printer.YAML, m))

			require.True(t, proto.Equal(m, asProto(t, asJSON.Bytes(), m)), "JSON:\n%s", asJSON.String())
			var free any
			require.NoError(t, yaml.Unmarshal(asYAML.Bytes(), &free))
			text, err := json.Marshal(free)
			require.NoError(t, err)
			require.True(t, proto.Equal(m, asProto(t, text, m)), "YAML:\n%s", asYAML.String())
			require.NotContains(t, asJSON.String(), `\u003c`, "no escapes for web pages")
			require.NotContains(t, asJSON.String(), "_STATE_", "enums are words")
		})
	}
}

// TestWhatIsNotSetIsWrittenByTheOneRule goes through the messages of all contracts, but
// those of validations, whose results have another shape: REST goes by the same rule.
func TestWhatIsNotSetIsWrittenByTheOneRule(t *testing.T) {
	t.Parallel()
	seen := 0
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		name := string(mt.Descriptor().FullName())
		if !strings.HasPrefix(name, "streamflow.") || strings.HasPrefix(name, "streamflow.quality.") || mt.Descriptor().IsMapEntry() {
			return true
		}
		seen++
		m := mt.New().Interface()
		var out bytes.Buffer
		require.NoError(t, printer.Message(&out, printer.JSON, m), name)
		rule, err := unsetjson.Options.Marshal(m)
		require.NoError(t, err, name)
		rule, err = unsetjson.LeaveOut(rule, mt.Descriptor())
		require.NoError(t, err, name)

		require.Equal(t, fieldsOf(t, rule), fieldsOf(t, out.Bytes()), "%s: no script need know which values are defaults", name)
		require.NotContains(t, out.String(), "unspecified", name)
		return true
	})
	require.Greater(t, seen, 100, "the contracts are registered")
}

// fieldsOf are the names of the fields of a JSON object, in order.
func fieldsOf(t *testing.T, text []byte) []string {
	t.Helper()
	var object map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &object), "%s", text)
	return slices.Sorted(maps.Keys(object))
}

func TestAnEmptyListIsThere(t *testing.T) {
	t.Parallel()
	for name, m := range responses() {
		var out bytes.Buffer
		require.NoError(t, printer.Message(&out, printer.JSON, m), name)
		var doc map[string]any
		require.NoError(t, json.Unmarshal(out.Bytes(), &doc), name)
		fields := m.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			if f := fields.Get(i); f.IsList() {
				require.Equal(t, []any{}, doc[string(f.Name())], name)
			}
		}
	}
}

func TestJSONLinesHoldWhatJSONDoes(t *testing.T) {
	t.Parallel()
	for name, empty := range responses() {
		m := proto.Clone(empty)
		fill(m.ProtoReflect(), 4)
		var whole, lines bytes.Buffer
		require.NoError(t, printer.Message(&whole, printer.JSON, m), name)
		require.NoError(t, printer.Message(&lines, printer.JSONL, m), name)
		var doc map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(whole.Bytes(), &doc), name)

		var got []json.RawMessage
		for _, line := range strings.Split(strings.TrimSuffix(lines.String(), "\n"), "\n") {
			require.True(t, json.Valid([]byte(line)), "%s: one value a line: %s", name, line)
			got = append(got, json.RawMessage(line))
		}
		if len(got) == 1 {
			require.JSONEq(t, whole.String(), lines.String(), name)
			continue
		}
		found := false
		for _, list := range doc {
			var items []json.RawMessage
			if json.Unmarshal(list, &items) != nil || len(items) != len(got) {
				continue
			}
			same := true
			for i := range items {
				var a, b any
				require.NoError(t, json.Unmarshal(items[i], &a))
				require.NoError(t, json.Unmarshal(got[i], &b))
				same = same && equalJSON(a, b)
			}
			found = found || same
		}
		require.True(t, found, "%s: the lines are the items of its list", name)
	}
}

func equalJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// A reader that has gone away is said, and nothing is written twice.
func TestAWriterThatFailsFailsThePrinting(t *testing.T) {
	t.Parallel()
	for _, f := range []printer.Format{printer.JSON, printer.JSONL, printer.YAML} {
		require.ErrorIs(t, printer.Message(closed{}, f, run()), errClosed, f)
		require.ErrorIs(t, printer.Value(closed{}, f, map[string]int{"a": 1}), errClosed, f)
	}
	require.ErrorIs(t, printer.NewGrid(printer.Text("A")).Write(closed{}), errClosed)
	require.Error(t, printer.Value(&bytes.Buffer{}, printer.JSON, func() {}), "what has no JSON")
	require.Error(t, printer.Message(&bytes.Buffer{}, printer.JSON, &orchestratorv1.Run{Id: "\xff"}), "what is no UTF-8")
}

type closedError struct{}

func (closedError) Error() string { return "the pipe is closed" }

var errClosed = closedError{}

type closed struct{}

func (closed) Write([]byte) (int, error) { return 0, errClosed }
