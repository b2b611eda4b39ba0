package grpcserver

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// nested is a value within lists, so many deep.
func nested(levels int) *structpb.Value {
	v := structpb.NewBoolValue(true)
	for range levels {
		v = structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{v}})
	}
	return v
}

func TestWhatAMessageTakes(t *testing.T) {
	t.Parallel()
	dataset := (&datasetv1.Dataset{}).ProtoReflect().Descriptor()
	table := protowire.AppendTag(nil, dataset.Fields().ByName("tables").Number(), protowire.BytesType)
	listed := (&orchestratorv1.ListRunsRequest{}).ProtoReflect().Descriptor()
	states := protowire.AppendTag(nil, listed.Fields().ByName("states").Number(), protowire.BytesType)
	for name, tc := range map[string]struct {
		bytes  []byte
		weight int64
		reason problem.Reason
	}{
		"nothing":                           {nil, 0, ""},
		"a text":                            {[]byte("\x0a\x04shop"), 6 + textWeight, ""},
		"a table":                           {append(bytes.Clone(table), 0), 2 + messageWeight, ""},
		"a hundred thousand tables":         {bytes.Repeat(append(bytes.Clone(table), 0), 100_000), 100_000 * (2 + messageWeight), ""},
		"a million tables":                  {bytes.Repeat(append(bytes.Clone(table), 0), 1_000_000), 0, problem.MessageTooLarge},
		"four million texts":                {bytes.Repeat([]byte("\x0a\x00"), 4_000_000), 0, problem.MessageTooLarge},
		"a field that nobody knows":         {[]byte("\xfa\x7f\x04shop"), 7, ""},
		"no message: it ends in the middle": {[]byte("\x0a\x04sh"), 4, ""},
		"no message: no tag":                {[]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), 11, ""},
	} {
		got, err := weigh(tc.bytes, dataset)

		require.Equal(t, tc.reason != "", problem.Is(err, tc.reason), "%s: %v", name, err)
		require.Equal(t, tc.weight, got, name)
	}
	packed := protowire.AppendBytes(bytes.Clone(states), make([]byte, 1000))
	got, err := weigh(packed, listed)
	require.NoError(t, err)
	require.EqualValues(t, len(packed)+packedWeight*1000, got)
}

func TestAMessageIsOnlySoDeep(t *testing.T) {
	t.Parallel()
	for levels, deep := range map[int]bool{1: false, 40: false, 60: true, 4500: true} {
		b, err := proto.Marshal(nested(levels))
		require.NoError(t, err)

		_, err = weigh(b, nested(0).ProtoReflect().Descriptor())

		require.Equal(t, deep, problem.Is(err, problem.InvalidRequest), "%d levels: %v", levels, err)
	}
}

// FuzzWeigh takes whatever comes, and never says less than the bytes.
func FuzzWeigh(f *testing.F) {
	of := (&orchestratorv1.ApplyDatasetRequest{}).ProtoReflect().Descriptor()
	whole, err := proto.Marshal(&orchestratorv1.ApplyDatasetRequest{RequestedBy: "ann", Dataset: &datasetv1.Dataset{
		Name: "shop", Tables: []*datasetv1.Table{{Name: "t", Key: []string{"a"}, Expectations: []*datasetv1.Expectation{{
			Type: "x", Kwargs: &structpb.Struct{Fields: map[string]*structpb.Value{"a": nested(3)}},
		}}}},
	}})
	require.NoError(f, err)
	f.Add(whole)
	f.Add([]byte{0x0b, 0x0c})
	f.Fuzz(func(t *testing.T, b []byte) {
		weight, err := weigh(b, of)
		if err == nil && weight < int64(len(b)) {
			t.Fatalf("%d bytes weigh %d", len(b), weight)
		}
	})
}
