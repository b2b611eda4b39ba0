package contract

import (
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/expectation/resultjson"
	"github.com/streamflow/streamflow/platform/numberjson"
)

// JSON is how messages are written to HTTP clients: the protos' own names, and
// zeroes where a value was not set, so that a count of 0 is there to be read.
var JSON = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}

// Marshal writes a message to a client, in an answer as in an event: as JSON says, with
// whole numbers as numbers, the results of expectations in the shape that Great
// Expectations gives them, and advice in the words of REST.
func Marshal(m proto.Message) ([]byte, error) {
	text, err := resultjson.Marshal(JSON, m)
	if err != nil {
		return nil, err
	}
	md := m.ProtoReflect().Descriptor()
	if text, err = numberjson.Numbers(text, md); err != nil {
		return nil, err
	}
	return inRESTWords(text, md)
}
