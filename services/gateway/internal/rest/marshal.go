package rest

import (
	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// marshaler writes answers as the contract has them.
type marshaler struct {
	*runtime.JSONPb
}

// Marshal writes an answer.
func (m marshaler) Marshal(v any) ([]byte, error) {
	if message, ok := v.(proto.Message); ok {
		return contract.Marshal(message)
	}
	return m.JSONPb.Marshal(v)
}
