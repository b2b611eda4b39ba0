package gateway_test

import (
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/streamflow/streamflow/platform/problem"
)

// TestEveryListIsPagedAndBounded goes through the contracts: a list that is asked for from
// outside has a size of its pages, of at most a thousand, and a token for the one that follows.
func TestEveryListIsPagedAndBounded(t *testing.T) {
	t.Parallel()
	conn := start(t)
	client := (&guarded{running: conn}).dial(t, "")
	lists := 0
	eachRPC(t, func(name string, m protoreflect.MethodDescriptor) {
		if !strings.HasPrefix(string(m.Name()), "List") || m.IsStreamingServer() {
			return
		}
		if problem.Is(call(t.Context(), t, client, m, filled), problem.NotExposed) {
			return
		}
		lists++
		in, out := m.Input().Fields(), m.Output().Fields()
		for at, fields := range map[protoreflect.Name]protoreflect.FieldDescriptors{"page_size": in, "page_token": in, "next_page_token": out} {
			require.NotNil(t, fields.ByName(at), "%s has no %s", name, at)
		}
		size := in.ByName("page_size")
		for value, refused := range map[int32]bool{-1: true, 0: false, 1: false, 1000: false, 1001: true} {
			req := dynamicpb.NewMessage(m.Input())
			filled(req)
			req.Set(size, protoreflect.ValueOfInt32(value))
			err := protovalidate.Validate(req)
			require.Equal(t, refused, err != nil && strings.Contains(err.Error(), "page_size"), "%s of %d: %v", name, value, err)
			err = call(t.Context(), t, client, m, func(req *dynamicpb.Message) { filled(req); req.Set(size, protoreflect.ValueOfInt32(value)) })
			require.Equal(t, refused, problem.Is(err, problem.InvalidRequest) && strings.Contains(err.Error(), "page_size"), "%s of %d: %v", name, value, err)
		}
	})
	require.GreaterOrEqual(t, lists, 12)
}
