package diff

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// settings compares two messages field by field, those besides the named ones, which
// are compared elsewhere. A field that a later version of the language adds is thereby
// compared from its first day on; its class is metadata until somebody says otherwise.
// of says what the messages are of, and its Field where they stand within it.
func (c *comparison) settings(of Change, before, after proto.Message, elsewhere ...protoreflect.Name) {
	older, newer := before.ProtoReflect(), after.ProtoReflect()
	fields := newer.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if slices.Contains(elsewhere, field.Name()) {
			continue
		}
		inside := of
		inside.Field += string(field.Name())
		if nested(field) && older.Has(field) && newer.Has(field) {
			inside.Field += "."
			c.settings(inside, older.Get(field).Message().Interface(), newer.Get(field).Message().Interface())
			continue
		}
		c.setting(inside, written(older, field), written(newer, field))
	}
}

func (c *comparison) setting(of Change, from, to string) {
	if from == to {
		return
	}
	of.Action, of.Class, of.From, of.To = Changed, Metadata, from, to
	c.add(of)
}

// nested is true of a field that holds settings of its own, such as the calendar.
func nested(field protoreflect.FieldDescriptor) bool {
	return field.Message() != nil && !field.IsList() && field.Message().ParentFile() == field.ParentFile()
}

// written is a field as YAML writes it, on one line; "" where it is not set.
func written(message protoreflect.Message, field protoreflect.FieldDescriptor) string {
	if !message.Has(field) {
		return ""
	}
	value := message.Get(field)
	if !field.IsList() {
		return single(field, value)
	}
	items := make([]string, value.List().Len())
	for i := range items {
		items[i] = single(field, value.List().Get(i))
	}
	return strings.Join(items, ", ")
}

func single(field protoreflect.FieldDescriptor, value protoreflect.Value) string {
	switch field.Kind() {
	case protoreflect.EnumKind:
		return word(field.Enum(), value.Enum())
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return object(value.Message().Interface())
	default:
		return value.String()
	}
}

// word is an enum value as YAML writes it: without the enum's name, in lower case.
func word(enum protoreflect.EnumDescriptor, number protoreflect.EnumNumber) string {
	value := enum.Values().ByNumber(number)
	if value == nil {
		return fmt.Sprint(number)
	}
	zero := string(enum.Values().ByNumber(0).Name())
	return strings.ToLower(strings.TrimPrefix(string(value.Name()), strings.TrimSuffix(zero, "UNSPECIFIED")))
}

// object is a message as JSON with sorted keys, which YAML reads too.
func object(message proto.Message) string {
	loose, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
	if err != nil {
		return fmt.Sprint(message)
	}
	var content any
	if err := json.Unmarshal(loose, &content); err != nil {
		return string(loose)
	}
	return compact(content)
}

// compact is a value as JSON on one line, its keys sorted, what HTML would mind as it is.
func compact(content any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		return fmt.Sprint(content)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
