package unsetjson_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/platform/unsetjson"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// written is a message as it is written for others.
func written(t *testing.T, m proto.Message) string {
	t.Helper()
	text, err := unsetjson.Options.Marshal(m)
	require.NoError(t, err)
	text, err = unsetjson.LeaveOut(text, m.ProtoReflect().Descriptor())
	require.NoError(t, err)
	return string(text)
}

// everyMessage visits the messages of all the contracts.
func everyMessage(t *testing.T, visit func(protoreflect.MessageType)) {
	t.Helper()
	n := 0
	protoregistry.GlobalTypes.RangeMessages(func(m protoreflect.MessageType) bool {
		if strings.HasPrefix(string(m.Descriptor().FullName()), "streamflow.") && !m.Descriptor().IsMapEntry() {
			visit(m)
			n++
		}
		return true
	})
	require.Greater(t, n, 100, "the contracts are registered")
}

// TestOfEveryMessageNothingIsThereThatWasNotSet holds the rule over the contracts: who adds
// a field has no choice to make.
func TestOfEveryMessageNothingIsThereThatWasNotSet(t *testing.T) {
	t.Parallel()
	everyMessage(t, func(m protoreflect.MessageType) {
		var got map[string]json.RawMessage
		require.NoError(t, json.Unmarshal([]byte(written(t, m.New().Interface())), &got))
		for i := range m.Descriptor().Fields().Len() {
			f := m.Descriptor().Fields().Get(i)
			value, there := got[string(f.Name())]
			where := string(f.FullName()) + ": " + string(value)
			switch {
			case f.HasPresence(), f.Enum() != nil && !f.IsList(), f.ParentFile().Package() == "streamflow.dataset.v1":
				require.False(t, there, where)
			default:
				require.Contains(t, []string{`""`, `0`, `"0"`, `false`, `[]`, `{}`}, string(value), where)
			}
			delete(got, string(f.Name()))
		}
		require.Empty(t, got, "%s: only its fields, by the names of the protos", m.Descriptor().FullName())
	})
}

// TestWhatIsSetStays sets each field of every message by itself: it is there, and read
// back as it was.
func TestWhatIsSetStays(t *testing.T) {
	t.Parallel()
	everyMessage(t, func(mt protoreflect.MessageType) {
		fields := mt.Descriptor().Fields()
		for i := range fields.Len() {
			f, m := fields.Get(i), mt.New()
			if !set(m, f) {
				continue
			}
			text := written(t, m.Interface())
			require.Contains(t, text, `"`+string(f.Name())+`":`, "%s", f.FullName())
			again := mt.New().Interface()
			require.NoError(t, protojson.Unmarshal([]byte(text), again), "%s: %s", f.FullName(), text)
			require.True(t, proto.Equal(m.Interface(), again), "%s: %s", f.FullName(), text)
		}
	})
}

// set gives a field the last value of its enum, or the zero of what has presence; other
// fields cannot be told from unset.
func set(m protoreflect.Message, f protoreflect.FieldDescriptor) bool {
	switch {
	case f.Enum() != nil && f.IsList():
		m.Mutable(f).List().Append(protoreflect.ValueOfEnum(0)) // an item is said even if it is none
	case f.Enum() != nil:
		m.Set(f, protoreflect.ValueOfEnum(f.Enum().Values().Get(f.Enum().Values().Len()-1).Number()))
	case f.Message() != nil && f.HasPresence() && f.Message().FullName() != "google.protobuf.Value": // which has to be something
		m.Set(f, m.NewField(f))
	case f.HasPresence() && f.Message() == nil:
		m.Set(f, f.Default())
	default:
		return false
	}
	return true
}

func TestAnEnumIsLeftOutHoweverDeep(t *testing.T) {
	t.Parallel()
	text := written(t, &orchestratorv1.GetRunResponse{Run: &orchestratorv1.Run{
		State:    orchestratorv1.RunState_RUN_STATE_FAILED,
		Steps:    []*orchestratorv1.Step{{}, {Kind: orchestratorv1.StepKind_STEP_KIND_STAGE}},
		Findings: []*stepv1.Finding{{Message: "SEVERITY_UNSPECIFIED", Follows: []*stepv1.Finding{{Severity: 77}}}},
	}})

	require.NotContains(t, text, "RUN_MODE_")
	require.NotContains(t, text, `"STEP_KIND_UNSPECIFIED"`)
	require.Contains(t, text, `"RUN_STATE_FAILED"`)
	require.Contains(t, text, `"STEP_KIND_STAGE"`)
	require.Contains(t, text, `"SEVERITY_UNSPECIFIED"`, "a text is no enum")
	require.Contains(t, text, `"severity":77`, "a value that is not known is one")
}

func TestADatasetHasWhatItDeclares(t *testing.T) {
	t.Parallel()
	limit, kwargs := 0.0, map[string]any{"a": []any{}, "b": "", "severity": "SEVERITY_UNSPECIFIED"}
	free, err := structpb.NewStruct(kwargs)
	require.NoError(t, err)
	listed := &orchestratorv1.ListDatasetsResponse{Versions: []*orchestratorv1.DatasetVersion{{
		Version: "v", Tables: 2, Dataset: &datasetv1.Dataset{Name: "shop"},
	}}}

	require.JSONEq(t, `{"versions": [{"version": "v", "dataset": {"name": "shop"}, "requested_by": "", "current": false, "tables": 2, "snapshots": 0}],
		"next_page_token": ""}`, written(t, listed))
	require.JSONEq(t, `{"departed_limit": 0}`, written(t, &datasetv1.Table{DepartedLimit: &limit}), "a zero that was declared")
	require.JSONEq(t, `{"type": "t", "kwargs": {"a": [], "b": "", "severity": "SEVERITY_UNSPECIFIED"}}`,
		written(t, &datasetv1.Expectation{Type: "t", Kwargs: free}), "what a person wrote stays")
}

func TestNoJSONIsAnError(t *testing.T) {
	t.Parallel()
	_, err := unsetjson.LeaveOut([]byte(`{"run":`), (&orchestratorv1.GetRunResponse{}).ProtoReflect().Descriptor())
	require.Error(t, err)
}
