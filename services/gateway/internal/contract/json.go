package contract

import (
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/expectation/resultjson"
	"github.com/streamflow/streamflow/platform/numberjson"
	"github.com/streamflow/streamflow/platform/unsetjson"
)

// Marshal writes a message to a client, in an answer as in an event: by the names of the
// protos, with what is not set there or not as sfctl has it, whole numbers as numbers, the
// results of expectations in the shape that Great Expectations gives them, and advice in
// the words of REST.
func Marshal(m proto.Message) ([]byte, error) {
	text, err := resultjson.Marshal(unsetjson.Options, m)
	if err != nil {
		return nil, err
	}
	md := m.ProtoReflect().Descriptor()
	if text, err = unsetjson.LeaveOut(text, md); err != nil {
		return nil, err
	}
	if text, err = numberjson.Numbers(text, md); err != nil {
		return nil, err
	}
	return inRESTWords(text, md)
}
