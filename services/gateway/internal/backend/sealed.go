package backend

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/personal"
)

// unsealed takes sealed values out of every answer of a service: clients have what stands in
// their place, and who may asks for the values themselves.
func unsealed(ctx context.Context, method string, req, resp any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := call(ctx, method, req, resp, conn, opts...)
	strip(resp, err)
	return err
}

// unsealedStream does so for answers of a stream.
func unsealedStream(ctx context.Context, desc *grpc.StreamDesc, conn *grpc.ClientConn, method string, open grpc.Streamer, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	stream, err := open(ctx, desc, conn, method, opts...)
	if err != nil {
		return nil, err
	}
	return unsealing{stream}, nil
}

type unsealing struct{ grpc.ClientStream }

// RecvMsg receives an answer without sealed values.
func (u unsealing) RecvMsg(m any) error {
	err := u.ClientStream.RecvMsg(m)
	strip(m, err)
	return err
}

func strip(resp any, err error) {
	if m, ok := resp.(proto.Message); ok && err == nil {
		personal.Strip(m)
	}
}
