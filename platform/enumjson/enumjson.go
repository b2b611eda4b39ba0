// Package enumjson spells the enums in a message's JSON: in full as the protos have
// them (RUN_STATE_SUCCEEDED), or as the word that a person writes (succeeded). All
// else in the JSON, the order of fields and the digits of numbers included, stays.
package enumjson

import (
	"encoding/json"
	"strings"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/jsonfield"
)

// Word is the word of an enum's value: succeeded for RUN_STATE_SUCCEEDED.
func Word(ed protoreflect.EnumDescriptor, name string) string {
	return strings.ToLower(strings.TrimPrefix(name, Prefix(ed)))
}

// Name is the value that a word stands for, in any case; a name in full stands for
// itself, and what is neither stays as it is.
func Name(ed protoreflect.EnumDescriptor, word string) string {
	full := Prefix(ed) + strings.ToUpper(word)
	if ed.Values().ByName(protoreflect.Name(full)) != nil {
		return full
	}
	return word
}

// Prefix is how the names of an enum's values begin: RUN_STATE_ for RunState.
func Prefix(ed protoreflect.EnumDescriptor) string {
	var b strings.Builder
	for i, r := range string(ed.Name()) {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String() + "_"
}

// Unset is true of an enum in full that has the value which stands for none.
func Unset(field protoreflect.FieldDescriptor, value json.RawMessage) bool {
	if field.Enum() == nil || field.IsList() {
		return false
	}
	return string(value) == `"`+string(field.Enum().Values().ByNumber(0).Name())+`"`
}

// Words returns the JSON of a message with its enums as words. Errors: text that is no
// JSON.
func Words(text []byte, md protoreflect.MessageDescriptor) ([]byte, error) {
	return spelled(text, md, Word)
}

// Names returns the JSON of a message with its enums in full. Errors: text that is no
// JSON.
func Names(text []byte, md protoreflect.MessageDescriptor) ([]byte, error) {
	return spelled(text, md, Name)
}

// spelled spells every enum; one that is given by its number stays.
func spelled(text []byte, md protoreflect.MessageDescriptor, spell func(protoreflect.EnumDescriptor, string) string) ([]byte, error) {
	return jsonfield.Change(text, md, func(field protoreflect.FieldDescriptor, value json.RawMessage) (json.RawMessage, error) {
		var name *string // nil for null, which a string would take for an empty one
		if field.Enum() == nil || json.Unmarshal(value, &name) != nil || name == nil {
			return value, nil
		}
		return json.Marshal(spell(field.Enum(), *name))
	})
}
