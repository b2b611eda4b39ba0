package reference

import (
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// examplesOf are the values that stand first for each key of a dataset, as YAML on one
// line; of a key that holds mappings, only that there are some.
func examplesOf(d *datasetv1.Dataset) map[protoreflect.FullName]string {
	found := map[protoreflect.FullName]string{}
	collect(d.ProtoReflect(), found)
	return found
}

func collect(message protoreflect.Message, found map[protoreflect.FullName]string) {
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		var text string
		switch {
		case freeForm(field):
			text = "{column: segment, …}"
		case field.Message() != nil && field.IsList():
			text = "[…]"
			for i := range value.List().Len() {
				collect(value.List().Get(i).Message(), found)
			}
		case field.Message() != nil:
			text = "{…}"
			collect(value.Message(), found)
		case field.IsList():
			var items []string
			for i := range value.List().Len() {
				items = append(items, value.List().Get(i).String())
			}
			text = "[" + strings.Join(items, ", ") + "]"
		default:
			text = scalar(field, value)
		}
		if found[field.FullName()] == "" {
			found[field.FullName()] = string(field.Name()) + ": " + text
		}
		return true
	})
}

func scalar(field protoreflect.FieldDescriptor, value protoreflect.Value) string {
	switch field.Kind() {
	case protoreflect.EnumKind:
		return shortName(field.Enum().Values().ByNumber(value.Enum()))
	case protoreflect.DoubleKind:
		return strconv.FormatFloat(value.Float(), 'f', -1, 64)
	default:
		return value.String()
	}
}

// freeForm is true of a field whose mapping has keys of its own.
func freeForm(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && field.Message().ParentFile().Package() == "google.protobuf"
}

// messages lists a message and those that it holds, each once.
func messages(message protoreflect.MessageDescriptor, known []protoreflect.MessageDescriptor) []protoreflect.MessageDescriptor {
	known = append(known, message)
	for i := range message.Fields().Len() {
		field := message.Fields().Get(i)
		if field.Message() == nil || freeForm(field) || slices.Contains(known, field.Message()) {
			continue
		}
		known = messages(field.Message(), known)
	}
	return known
}

// shortName is an enum value as a dataset writes it: PERIOD_MONTH_END is month_end.
func shortName(value protoreflect.EnumValueDescriptor) string {
	values := value.Parent().(protoreflect.EnumDescriptor).Values()
	prefix, _ := strings.CutSuffix(string(values.ByNumber(0).Name()), "UNSPECIFIED")
	return strings.ToLower(strings.TrimPrefix(string(value.Name()), prefix))
}
