package protoyaml

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
)

func fieldNames(message protoreflect.MessageDescriptor) []string {
	names := make([]string, 0, message.Fields().Len())
	for i := range message.Fields().Len() {
		names = append(names, string(message.Fields().Get(i).Name()))
	}
	return names
}

// shortName is an enum value without the enum's name before it, in lower case:
// EXTRACT_FULL of Extract is full.
func shortName(value protoreflect.EnumValueDescriptor) string {
	var prefix strings.Builder
	for i, r := range string(value.Parent().Name()) {
		if i > 0 && r >= 'A' && r <= 'Z' {
			prefix.WriteByte('_')
		}
		prefix.WriteRune(r)
	}
	name := strings.TrimPrefix(string(value.Name()), strings.ToUpper(prefix.String())+"_")
	return strings.ToLower(name)
}

// shortNames are those of an enum that can be declared: all but the zero value,
// which is what is meant by leaving the field out.
func shortNames(enum protoreflect.EnumDescriptor) []string {
	var names []string
	for i := range enum.Values().Len() {
		if value := enum.Values().Get(i); value.Number() != 0 {
			names = append(names, shortName(value))
		}
	}
	return names
}

func oneOf(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return "one of " + strings.Join(names, ", ")
}

// expected says in words what a field takes.
func expected(field protoreflect.FieldDescriptor) string {
	if field.IsList() {
		return "a list"
	}
	return expectedElement(field)
}

// expectedElement says in words what a field, or one element of it, takes.
func expectedElement(field protoreflect.FieldDescriptor) string {
	switch field.Kind() {
	case protoreflect.MessageKind:
		return "a mapping"
	case protoreflect.StringKind:
		return "a text"
	case protoreflect.BoolKind:
		return "true or false"
	case protoreflect.EnumKind:
		return oneOf(shortNames(field.Enum()))
	case protoreflect.Int32Kind:
		return "a whole number"
	default:
		return "a number"
	}
}

// describe says in words what a node is.
func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	case yaml.AliasNode:
		return "the alias *" + node.Value
	default: // a scalar, since a document has its root taken out
	}
	switch node.ShortTag() {
	case nullTag:
		return "nothing"
	case intTag, floatTag:
		return "the number " + shorten(node.Value)
	case boolTag:
		return "the truth value " + node.Value
	case dateTag:
		return "the date " + shorten(node.Value)
	}
	return fmt.Sprintf("the text %s", strconv.Quote(shorten(node.Value)))
}

// longest is how much of a value a message quotes, in bytes; more would hide
// the message, and there the line says enough.
const longest = 60

func shorten(s string) string {
	if len(s) <= longest {
		return s
	}
	cut := longest
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
