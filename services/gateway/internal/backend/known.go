package backend

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// ofDataset is a request for the first page, or a later one, of what a dataset has.
type ofDataset interface {
	GetDataset() string
	GetPageToken() string
}

// isKnown returns the error of a dataset that is not registered.
type isKnown func(ctx context.Context, dataset string) error

// unlessUnknown asks for the dataset of a list that came back empty. Ingest, quality
// and snapshot know no registry: to them a dataset whose name was misspelt is one that
// has nothing yet. What a deleted dataset has left is listed all the same.
func unlessUnknown(known isKnown) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, resp any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if err := call(ctx, method, req, resp, conn, opts...); err != nil {
			return err
		}
		list, ok := req.(ofDataset)
		if !ok || list.GetDataset() == "" || list.GetPageToken() != "" || !isEmpty(resp) {
			return nil
		}
		return known(ctx, list.GetDataset())
	}
}

// isEmpty is true of an answer that lists nothing.
func isEmpty(answer any) bool {
	message, ok := answer.(proto.Message)
	if !ok {
		return false
	}
	empty := true
	message.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		empty = !field.IsList() // a list that is set has elements
		return empty
	})
	return empty
}
