package grpcserver

import (
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/problem"
)

const (
	// maxDepth is how deep messages may stand in each other: three times what a dataset
	// needs. What goes through them, such as the rules of their fields, does so level by level.
	maxDepth = 100
	// maxWeight is what a request may take once it is read, in bytes: a dataset of 2 MiB
	// takes half of it at most.
	maxWeight = 32 << 20
)

// What a part of a message takes in memory besides its bytes: two bytes on the wire are
// an empty message, and a hundred times that once it is read.
const (
	messageWeight = 256
	textWeight    = 16
	packedWeight  = 8
)

// weigh says what a message takes once it is read, and refuses it where that is too much
// or it stands too deep in itself. What is no message it leaves to who reads it.
func weigh(b []byte, of protoreflect.MessageDescriptor) (int64, error) {
	s := scale{weight: int64(len(b))}
	s.message(b, of, 1)
	switch {
	case s.deep:
		return 0, problem.New(problem.InvalidRequest, "the request holds messages within messages, more than %d deep", maxDepth)
	case s.weight > maxWeight:
		return 0, problem.New(problem.MessageTooLarge, "the request has %d bytes, and so many parts that it takes more than %d MiB to read it", len(b), maxWeight>>20)
	}
	return s.weight, nil
}

type scale struct {
	weight int64
	deep   bool
}

func (s *scale) message(b []byte, of protoreflect.MessageDescriptor, depth int) {
	if depth > maxDepth {
		s.deep = true
	}
	for len(b) > 0 && !s.deep && s.weight <= maxWeight {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return
		}
		b = b[n:]
		if kind != protowire.BytesType {
			if n = protowire.ConsumeFieldValue(number, kind, b); n < 0 {
				return
			}
			b = b[n:]
			continue
		}
		value, n := protowire.ConsumeBytes(b)
		if n < 0 {
			return
		}
		b = b[n:]
		s.field(value, of.Fields().ByNumber(number), depth)
	}
}

func (s *scale) field(value []byte, field protoreflect.FieldDescriptor, depth int) {
	switch {
	case field == nil: // kept as it is
	case field.Message() != nil:
		s.weight += messageWeight
		s.message(value, field.Message(), depth+1)
	case field.Kind() == protoreflect.StringKind || field.Kind() == protoreflect.BytesKind:
		s.weight += textWeight
	default:
		s.weight += packedWeight * int64(len(value))
	}
}
