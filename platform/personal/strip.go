package personal

import (
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Strip takes sealed values out of a message, and out of those in it: no client gets them.
func Strip(m proto.Message) {
	if maySeal(m.ProtoReflect().Descriptor()) {
		strip(m.ProtoReflect())
	}
}

func strip(m protoreflect.Message) {
	m.Range(func(fd protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case fd.Message() == nil || fd.IsMap() || !maySeal(fd.Message()):
		case fd.Message().FullName() == sealedValues:
			m.Clear(fd)
		case fd.IsList():
			for i := range value.List().Len() {
				strip(value.List().Get(i).Message())
			}
		default:
			strip(value.Message())
		}
		return true
	})
}

// sealing is what maySeal found, by the name of a message.
var sealing sync.Map

// maySeal says whether a message, or one that may be in it, keeps sealed values.
func maySeal(md protoreflect.MessageDescriptor) bool {
	if known, ok := sealing.Load(md.FullName()); ok {
		return known == true
	}
	found := reaches(md, map[protoreflect.FullName]bool{})
	sealing.Store(md.FullName(), found)
	return found
}

func reaches(md protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if md.FullName() == sealedValues {
		return true
	}
	if seen[md.FullName()] {
		return false
	}
	seen[md.FullName()] = true
	for i := range md.Fields().Len() {
		if to := md.Fields().Get(i).Message(); to != nil && reaches(to, seen) {
			return true
		}
	}
	return false
}
