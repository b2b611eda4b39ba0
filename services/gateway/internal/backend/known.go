package backend

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// ofDataset is a request for the first page, or a later one, of what a dataset has.
type ofDataset interface {
	proto.Message
	GetDataset() string
	GetPageToken() string
}

// unlessUnknown asks, of a list that came back empty, for the dataset and for what the
// list was narrowed by. Ingest, quality and snapshot know no registry: to them a name
// that was misspelt is one that has nothing yet. What a deleted dataset has left is
// listed all the same. registry is true of the service that knows the datasets itself.
func (s *Set) unlessUnknown(registry bool) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, req, resp any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
		if err := call(ctx, method, req, resp, conn, opts...); err != nil {
			return s.unlessOffCalendar(ctx, req, err)
		}
		list, ok := req.(ofDataset)
		if !ok || list.GetDataset() == "" || list.GetPageToken() != "" || !isEmpty(resp) || registry && !isNarrowed(list) {
			return nil
		}
		meant, err := s.meant(ctx, list)
		if err != nil || proto.Equal(meant, list) {
			return err
		}
		return call(ctx, method, meant, resp, conn, opts...)
	}
}

// unlessOffCalendar asks, of a date that nothing is stamped as of, whether anything could
// be: of one that is not on the calendar the closest is said, and a dataset that is not
// there is. Where nothing more is known, err stands.
func (s *Set) unlessOffCalendar(ctx context.Context, req any, err error) error {
	asked, ok := req.(*snapshotv1.GetSnapshotRequest)
	if !ok || !problem.Is(err, problem.SnapshotNotFound) {
		return err
	}
	resp, unknown := s.Orchestrator.GetDataset(ctx, &orchestratorv1.GetDatasetRequest{Dataset: asked.GetDataset()})
	if unknown == nil {
		_, unknown = anAsOf(ctx, s, resp.GetVersion().GetDataset(), asked.GetAsOf())
	}
	if problem.Is(unknown, problem.AsOfOffCalendar) || problem.Is(unknown, problem.DatasetNotFound) {
		return unknown
	}
	return err
}

// isNarrowed is true of a request that gives one of the filters.
func isNarrowed(list proto.Message) bool {
	narrowed := false
	list.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		_, narrowed = filters[field.Name()]
		return !narrowed
	})
	return narrowed
}

// meant is the request with its filters written in full. Errors: DATASET_NOT_FOUND, and
// what the filters say of a value that the dataset does not have.
func (s *Set) meant(ctx context.Context, list ofDataset) (proto.Message, error) {
	resp, err := s.Orchestrator.GetDataset(ctx, &orchestratorv1.GetDatasetRequest{Dataset: list.GetDataset()})
	if err != nil {
		return nil, err
	}
	meant := proto.CloneOf[proto.Message](list).ProtoReflect()
	list.ProtoReflect().Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		full, known := filters[field.Name()]
		if !known {
			return true
		}
		var text string
		if text, err = full(ctx, s, resp.GetVersion().GetDataset(), value.String()); err == nil {
			meant.Set(field, protoreflect.ValueOfString(text))
		}
		return err == nil
	})
	return meant.Interface(), err
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
