package rest

import (
	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset/expectation/resultjson"
)

// marshaler writes answers, and in them the results of expectations in the shape that
// Great Expectations gives them.
type marshaler struct {
	*runtime.JSONPb
}

// Marshal writes an answer.
func (m marshaler) Marshal(v any) ([]byte, error) {
	if message, ok := v.(proto.Message); ok {
		return resultjson.Marshal(m.MarshalOptions, message)
	}
	return m.JSONPb.Marshal(v)
}
