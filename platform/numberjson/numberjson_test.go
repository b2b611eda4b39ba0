package numberjson_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/streamflow/streamflow/platform/numberjson"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

var findingOf = (&stepv1.Finding{}).ProtoReflect().Descriptor()

func TestAWholeNumberIsANumberAsFarAsEveryReaderKeepsIt(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"count":"3"}`:                      `{"count":3}`,
		`{"count":"0"}`:                      `{"count":0}`,
		`{"count":"-7"}`:                     `{"count":-7}`,
		`{"count":"9007199254740992"}`:       `{"count":9007199254740992}`,
		`{"count":"9007199254740993"}`:       `{"count":"9007199254740993"}`,
		`{"count":"-9007199254740992"}`:      `{"count":-9007199254740992}`,
		`{"count":"-9007199254740993"}`:      `{"count":"-9007199254740993"}`,
		`{"count":"9223372036854775807"}`:    `{"count":"9223372036854775807"}`,
		`{"count":"18446744073709551616"}`:   `{"count":"18446744073709551616"}`,
		`{"count":7}`:                        `{"count":7}`,
		`{"count":null}`:                     `{"count":null}`,
		`{"count":"seven"}`:                  `{"count":"seven"}`,
		`{"rows":[{"line":"4"}]}`:            `{"rows":[{"line":4}]}`,
		`{"rows":[{"line":"4","key":[]}]}`:   `{"rows":[{"line":4,"key":[]}]}`,
		`{"found":"12","table":"7"}`:         `{"found":"12","table":"7"}`,
		`{"rows":[{"value":"5","line":""}]}`: `{"rows":[{"value":"5","line":""}]}`,
		`{"follows":[{"count":"2"}]}`:        `{"follows":[{"count":2}]}`,
	} {
		got, err := numberjson.Numbers([]byte(in), findingOf)
		require.NoError(t, err, in)
		require.Equal(t, want, string(got))
	}
	_, err := numberjson.Numbers([]byte(`{"count":`), findingOf)
	require.Error(t, err)
}

// What a person wrote stays: an expectation's arguments are theirs, digit for digit.
func TestFreeValuesStay(t *testing.T) {
	t.Parallel()
	kwargs, err := structpb.NewStruct(map[string]any{"min_value": "12", "count": "3"})
	require.NoError(t, err)
	text, err := protojson.Marshal(&datasetv1.Expectation{Type: "t", Kwargs: kwargs})
	require.NoError(t, err)

	got, err := numberjson.Numbers(text, (&datasetv1.Expectation{}).ProtoReflect().Descriptor())

	require.NoError(t, err)
	require.JSONEq(t, string(text), string(got))
}

func FuzzNumbers(f *testing.F) {
	for _, n := range []int64{0, 1, -1, 1 << 53, 1<<53 + 1, math.MaxInt64, math.MinInt64} {
		f.Add(n, "a < b & \"c\"")
	}
	f.Fuzz(func(t *testing.T, n int64, words string) {
		m := &stepv1.Finding{Count: n, Message: words, Rows: []*stepv1.RowLocation{{Line: n, Value: fmt.Sprint(n)}}}
		text, err := protojson.MarshalOptions{EmitUnpopulated: true}.Marshal(m)
		if err != nil {
			t.Skip("no UTF-8")
		}
		got, err := numberjson.Numbers(text, findingOf)
		require.NoError(t, err)
		var again stepv1.Finding
		require.NoError(t, protojson.Unmarshal(got, &again), "%s", got)
		require.True(t, proto.Equal(m, &again), "it is the JSON of the protos: %s", got)
	})
}
