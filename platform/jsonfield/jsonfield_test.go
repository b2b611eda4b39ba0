package jsonfield_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/jsonfield"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

var runOf = (&orchestratorv1.Run{}).ProtoReflect().Descriptor()

// seen are the fields that were visited, in their order.
func seen(t *testing.T, text string) []string {
	t.Helper()
	var names []string
	got, err := jsonfield.Change([]byte(text), runOf, func(f protoreflect.FieldDescriptor, v json.RawMessage) (json.RawMessage, error) {
		names = append(names, string(f.Name())+"="+string(v))
		return v, nil
	})
	require.NoError(t, err)
	require.JSONEq(t, text, string(got))
	return names
}

func TestEveryValueIsVisitedOnce(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{`id="run_1"`, `as_of="2024-01-31"`, `attempts=2`, `table="users"`, `rows="7"`, `key="a"`, `key="b"`},
		seen(t, `{"id":"run_1","asOf":"2024-01-31","steps":[{"attempts":2,"counts":[{"table":"users","rows":"7"}]}],"findings":[{"rows":[{"key":["a","b"]}]}]}`))
}

func TestWhatIsNoFieldStays(t *testing.T) {
	t.Parallel()
	require.Empty(t, seen(t, `{"none":{"id":"x"},"steps":"none","createdAt":"2024-01-31T00:00:00Z","findings":[7,null]}`))
	require.Empty(t, seen(t, `[{"id":"run_1"}]`))
	require.Empty(t, seen(t, `null`))
}

func TestAChangeThatFailsFails(t *testing.T) {
	t.Parallel()
	_, err := jsonfield.Change([]byte(`{"steps":[{"attempts":2}]}`), runOf, func(protoreflect.FieldDescriptor, json.RawMessage) (json.RawMessage, error) {
		return nil, errors.New("no")
	})
	require.EqualError(t, err, "no")
	for _, broken := range []string{`{"id":`, `{"id":"a"`, `{`, ``, `{"id" "a"}`} {
		_, err := jsonfield.Change([]byte(broken), runOf, func(_ protoreflect.FieldDescriptor, v json.RawMessage) (json.RawMessage, error) { return v, nil })
		require.Error(t, err, broken)
	}
}

// What is left out leaves the rest as it is: the order, the digits, and the commas.
func TestWhatIsOmittedLeavesNoTrace(t *testing.T) {
	t.Parallel()
	omit := func(f protoreflect.FieldDescriptor, v json.RawMessage) bool {
		return f.Name() == "mode" || f.Name() == "kind" || string(v) == "[]"
	}
	for in, want := range map[string]string{
		`{"mode":1}`:                                       `{}`,
		`{"mode":1,"state":2}`:                             `{"state":2}`,
		`{"state":2,"mode":1,"id":"a < b"}`:                `{"state":2,"id":"a < b"}`,
		`{"lastEvent":9007199254740993,"steps":[],"x":[]}`: `{"lastEvent":9007199254740993,"x":[]}`,
		`{"steps":[{"kind":"STAGE","attempts":2},{"kind":1},{"counts":[]}],"id":""}`: `{"steps":[{"attempts":2},{},{}],"id":""}`,
		`{"steps":null,"createdAt":"2024-01-31T00:00:00Z"}`:                          `{"steps":null,"createdAt":"2024-01-31T00:00:00Z"}`,
	} {
		got, err := jsonfield.Without([]byte(in), runOf, omit)
		require.NoError(t, err, in)
		if string(got) != want { // to the byte: what is equal as JSON could have lost digits
			require.Fail(t, "differs", "%s becomes %s, not %s", in, got, want)
		}
	}
	_, err := jsonfield.Without([]byte(`{"steps":[{"kind":`), runOf, omit)
	require.Error(t, err)
}
