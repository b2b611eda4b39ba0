package dataset

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// wellFormed refuses what a dataset that came as a message may hold and YAML, a
// hash or PostgreSQL cannot: enum values that are not known, NUL characters, and
// numbers that JSON lacks.
func (l *linter) wellFormed() {
	if l.dataset == nil {
		l.dataset = &datasetv1.Dataset{}
	}
	l.message("", l.dataset.ProtoReflect())
}

func (l *linter) message(path string, message protoreflect.Message) {
	if content, ok := message.Interface().(*structpb.Struct); ok {
		l.object(path, content)
		return
	}
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !message.Has(field) {
			continue
		}
		here := strings.TrimPrefix(path+"."+string(field.Name()), ".")
		value := message.Get(field)
		if !field.IsList() {
			l.value(here, field, value)
			continue
		}
		for j := range value.List().Len() {
			l.value(fmt.Sprintf("%s[%d]", here, j), field, value.List().Get(j))
		}
	}
}

func (l *linter) value(path string, field protoreflect.FieldDescriptor, value protoreflect.Value) {
	switch {
	case field.Message() != nil:
		l.message(path, value.Message())
	case field.Kind() == protoreflect.StringKind:
		l.text(path, value.String())
	case field.Kind() == protoreflect.EnumKind && field.Enum().Values().ByNumber(value.Enum()) == nil:
		l.wrong(path, "expected a known value of %s, found %d", field.Enum().Name(), value.Enum())
	}
}

func (l *linter) text(path, text string) {
	if strings.ContainsRune(text, 0) {
		l.wrong(path, "expected a text without NUL characters, which PostgreSQL does not hold, found %q", text)
	}
}

func (l *linter) object(path string, content *structpb.Struct) {
	for _, name := range slices.Sorted(maps.Keys(content.GetFields())) {
		l.text(path, name)
		l.free(path+"."+name, content.GetFields()[name])
	}
}

func (l *linter) free(path string, value *structpb.Value) {
	switch kind := value.GetKind().(type) {
	case nil:
		l.wrong(path, "expected a value, found nothing, not even null")
	case *structpb.Value_NumberValue:
		if math.IsNaN(kind.NumberValue) || math.IsInf(kind.NumberValue, 0) {
			l.wrong(path, "expected a finite number, found %v", kind.NumberValue)
		}
	case *structpb.Value_StringValue:
		l.text(path, kind.StringValue)
	case *structpb.Value_StructValue:
		l.object(path, kind.StructValue)
	case *structpb.Value_ListValue:
		for i, item := range kind.ListValue.GetValues() {
			l.free(fmt.Sprintf("%s[%d]", path, i), item)
		}
	}
}
