package enumjson_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/enumjson"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

var (
	datasetOf = (&datasetv1.Dataset{}).ProtoReflect().Descriptor()
	runOf     = (&orchestratorv1.Run{}).ProtoReflect().Descriptor()
)

const words = `{"name":"d","calendar":{"period":"month_end"},"tables":[{"name":"a < b & c","extract":"full",` +
	`"expectations":[{"severity":"critical","kwargs":{"severity":"critical","n":9007199254740993}}]},{"departedKeys":"delete"}]}`

const names = `{"name":"d","calendar":{"period":"PERIOD_MONTH_END"},"tables":[{"name":"a < b & c","extract":"EXTRACT_FULL",` +
	`"expectations":[{"severity":"SEVERITY_CRITICAL","kwargs":{"severity":"critical","n":9007199254740993}}]},{"departedKeys":"DEPARTED_KEYS_DELETE"}]}`

func TestWordsAndNamesAreEachOthersOpposite(t *testing.T) {
	t.Parallel()
	full, err := enumjson.Names([]byte(words), datasetOf)
	require.NoError(t, err)
	sameText(t, names, full, "and nothing else changes")

	back, err := enumjson.Words(full, datasetOf)
	require.NoError(t, err)
	sameText(t, words, back, "and back")
	again, err := enumjson.Names(full, datasetOf)
	require.NoError(t, err)
	sameText(t, names, again, "names in full stay")
	require.NoError(t, protojson.Unmarshal(again, &datasetv1.Dataset{}))
}

// sameText holds JSON to every byte: what is equal as JSON could have lost digits of a
// number, or the order of its names.
func sameText(t *testing.T, want string, got []byte, why string) {
	t.Helper()
	require.Equal(t, want, string(got), why)
}

func TestWhatIsNoWordStays(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"state":"lost","mode":3,"x":"full"}`: `{"state":"lost","mode":3,"x":"full"}`,
		`{"state":null,"steps":null}`:          `{"state":null,"steps":null}`,
		`{"state":"Failed","state":"QUEUED"}`:  `{"state":"RUN_STATE_FAILED","state":"RUN_STATE_QUEUED"}`,
		`{"steps":"none"}`:                     `{"steps":"none"}`,
		`[1]`:                                  `[1]`,
		`"text"`:                               `"text"`,
	} {
		got, err := enumjson.Names([]byte(in), runOf)
		require.NoError(t, err, in)
		require.Equal(t, want, string(got))
	}
	_, err := enumjson.Names([]byte(`{"state":`), runOf)
	require.Error(t, err)
}

func FuzzNames(f *testing.F) {
	f.Add([]byte(words))
	f.Add([]byte(`{"tables":[{"columns":[]}],"a\u0000":"\u2028"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		full, err := enumjson.Names(text, datasetOf)
		if err != nil || !json.Valid(text) {
			return
		}
		require.True(t, json.Valid(full))
		var was, is datasetv1.Dataset
		if protojson.Unmarshal(text, &was) == nil {
			require.NoError(t, protojson.Unmarshal(full, &is))
			require.True(t, proto.Equal(&was, &is), "what was understood means the same")
		}
	})
}
