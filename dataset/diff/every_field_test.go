package diff_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/dataset/diff"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Whatever one field of a dataset becomes, the two versions differ in words as they
// do in their hash: no change is passed over in silence, also of a field that the
// language learns later.
func TestNoFieldIsPassedOver(t *testing.T) {
	t.Parallel()
	for _, base := range []*datasetv1.Dataset{shop(t), builtin.Streamflow()} {
		tried := 0
		eachField("", base.ProtoReflect(), func(path string, change func()) {
			if path == "name" { // another name is another dataset
				return
			}
			before := proto.CloneOf(base)
			change()
			if dataset.Hash(before) != dataset.Hash(base) {
				tried++
				require.NotEmpty(t, diff.Compare(before, base), path)
			}
			proto.Reset(base)
			proto.Merge(base, before)
		})
		require.Greater(t, tried, 50)
		require.Empty(t, diff.Compare(base, proto.CloneOf(base)))
	}
}

// eachField offers a change of every field that can be set, at every place of the
// message. The message is put back after each, so paths are walked again from above.
func eachField(path string, root protoreflect.Message, try func(path string, change func())) {
	for _, place := range places(path, root.Interface()) {
		try(place.path, func() { place.change(root) })
	}
}

// place is a field somewhere in a dataset, found again by the way that leads there.
type place struct {
	path   string
	change func(root protoreflect.Message)
}

func places(path string, message proto.Message) []place {
	var all []place
	walk(path, message.ProtoReflect(), func(root protoreflect.Message) protoreflect.Message { return root }, &all)
	return all
}

func walk(path string, message protoreflect.Message, find func(protoreflect.Message) protoreflect.Message, all *[]place) {
	if message.Descriptor().FullName().Parent() != "streamflow.dataset.v1" {
		return
	}
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		here := path + string(field.Name())
		*all = append(*all, place{here, func(root protoreflect.Message) { alter(find(root), field) }})
		switch {
		case field.Message() == nil || !message.Has(field):
		case field.IsList():
			for j := range message.Get(field).List().Len() {
				walk(fmt.Sprintf("%s[%d].", here, j), message.Get(field).List().Get(j).Message(),
					func(root protoreflect.Message) protoreflect.Message {
						return find(root).Get(field).List().Get(j).Message()
					}, all)
			}
		default:
			walk(here+".", message.Get(field).Message(),
				func(root protoreflect.Message) protoreflect.Message { return find(root).Get(field).Message() }, all)
		}
	}
}

// alter gives a field another value: a list loses its first element, a message is
// taken away.
func alter(message protoreflect.Message, field protoreflect.FieldDescriptor) {
	switch {
	case field.IsList():
		if list := message.Mutable(field).List(); list.Len() > 0 {
			for i := 1; i < list.Len(); i++ {
				list.Set(i-1, list.Get(i))
			}
			list.Truncate(list.Len() - 1)
		} else if field.Kind() == protoreflect.StringKind {
			list.Append(protoreflect.ValueOfString("x"))
		}
	case field.Kind() == protoreflect.StringKind:
		message.Set(field, protoreflect.ValueOfString(message.Get(field).String()+"x"))
	case field.Kind() == protoreflect.BoolKind:
		message.Set(field, protoreflect.ValueOfBool(!message.Get(field).Bool()))
	case field.Kind() == protoreflect.DoubleKind:
		message.Set(field, protoreflect.ValueOfFloat64(message.Get(field).Float()/2+0.1))
	case field.Kind() == protoreflect.Int32Kind:
		message.Set(field, protoreflect.ValueOfInt32(int32(message.Get(field).Int())+1))
	case field.Kind() == protoreflect.EnumKind:
		last := protoreflect.EnumNumber(field.Enum().Values().Len() - 1)
		if message.Get(field).Enum() == last {
			last = 0
		}
		message.Set(field, protoreflect.ValueOfEnum(last))
	default:
		message.Clear(field)
	}
}
