package contract_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/streamflow/streamflow/platform/unsetjson"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// emptyMessages are all messages of the contracts but those of validations, whose results
// have Great Expectations' shape.
func emptyMessages(t *testing.T) []proto.Message {
	t.Helper()
	var all []proto.Message
	protoregistry.GlobalTypes.RangeMessages(func(m protoreflect.MessageType) bool {
		name := string(m.Descriptor().FullName())
		if strings.HasPrefix(name, "streamflow.") && !strings.HasPrefix(name, "streamflow.quality.") && !m.Descriptor().IsMapEntry() {
			all = append(all, m.New().Interface())
		}
		return true
	})
	require.Greater(t, len(all), 100, "the contracts are registered")
	return all
}

// fieldsOf are the names of the fields of a JSON object, in order.
func fieldsOf(t *testing.T, text []byte) []string {
	t.Helper()
	var object map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &object))
	return slices.Sorted(maps.Keys(object))
}

func TestWhatIsNotSetIsWrittenByTheOneRule(t *testing.T) {
	t.Parallel()
	for _, m := range emptyMessages(t) {
		text, err := contract.Marshal(m)
		require.NoError(t, err)
		rule, err := unsetjson.Options.Marshal(m)
		require.NoError(t, err)
		rule, err = unsetjson.LeaveOut(rule, m.ProtoReflect().Descriptor())
		require.NoError(t, err)

		require.NotContains(t, string(text), "_UNSPECIFIED")
		require.Equal(t, fieldsOf(t, rule), fieldsOf(t, text), "%s", m.ProtoReflect().Descriptor().FullName())
	}
}

// TestTheDocumentRequiresWhatIsAlwaysWritten: a client that is generated from the document
// refuses an answer that lacks a field which is required. What a request holds may be left
// out by who sends it, and its answers have no more of it than that.
func TestTheDocumentRequiresWhatIsAlwaysWritten(t *testing.T) {
	t.Parallel()
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				Required []string `json:"required"`
			} `json:"schemas"`
		} `json:"components"`
	}
	require.NoError(t, json.Unmarshal(openapi.Document, &doc))
	seen := 0
	for _, m := range emptyMessages(t) {
		name := m.ProtoReflect().Descriptor().FullName()
		schema, there := doc.Components.Schemas[string(name)]
		if !there || name.Parent() == "streamflow.dataset.v1" || strings.HasSuffix(string(name), "Request") {
			continue
		}
		seen++
		text, err := contract.Marshal(m)
		require.NoError(t, err)
		for _, field := range schema.Required {
			if f := m.ProtoReflect().Descriptor().Fields().ByTextName(field); f.Message() != nil && !f.IsList() {
				continue // a rule beside the field wants it to be given
			}
			require.Contains(t, fieldsOf(t, text), field, "%s", name)
		}
	}
	require.Greater(t, seen, 30, "the answers are in the document")
}
