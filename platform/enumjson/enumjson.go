// Package enumjson spells the enums in a message's JSON: in full as the protos have
// them (RUN_STATE_SUCCEEDED), or as the word that a person writes (succeeded). All
// else in the JSON, the order of fields and the digits of numbers included, stays.
package enumjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"google.golang.org/protobuf/reflect/protoreflect"
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

// Words returns the JSON of a message with its enums as words. Errors: text that is no
// JSON.
func Words(text []byte, md protoreflect.MessageDescriptor) ([]byte, error) {
	return speller(Word).message(text, md)
}

// Names returns the JSON of a message with its enums in full. Errors: text that is no
// JSON.
func Names(text []byte, md protoreflect.MessageDescriptor) ([]byte, error) {
	return speller(Name).message(text, md)
}

// speller spells one value of an enum.
type speller func(protoreflect.EnumDescriptor, string) string

func (s speller) message(text []byte, md protoreflect.MessageDescriptor) ([]byte, error) {
	if strings.HasPrefix(string(md.FullName()), "google.protobuf.") {
		return text, nil // has a JSON of its own, without enums
	}
	return object(text, func(name string, value json.RawMessage) (json.RawMessage, error) {
		field := md.Fields().ByTextName(name)
		if field == nil {
			field = md.Fields().ByJSONName(name)
		}
		if field == nil {
			return value, nil // the decoder says so, and better
		}
		return s.field(value, field)
	})
}

func (s speller) field(value json.RawMessage, field protoreflect.FieldDescriptor) (json.RawMessage, error) {
	one := func(v json.RawMessage) (json.RawMessage, error) { return v, nil }
	switch {
	case field.IsMap(): // no map of ours holds an enum
		return value, nil
	case field.Enum() != nil:
		one = func(v json.RawMessage) (json.RawMessage, error) { return s.enum(v, field.Enum()) }
	case field.Message() != nil:
		one = func(v json.RawMessage) (json.RawMessage, error) { return s.message(v, field.Message()) }
	}
	if field.IsList() {
		return array(value, one)
	}
	return one(value)
}

// enum spells a value; one that is given by its number stays.
func (s speller) enum(v json.RawMessage, ed protoreflect.EnumDescriptor) (json.RawMessage, error) {
	var name *string // nil for null, which a string would take for an empty one
	if json.Unmarshal(v, &name) != nil || name == nil {
		return v, nil
	}
	return json.Marshal(s(ed, *name))
}

// object changes the values of a JSON object; what is no object stays. Not through a
// map, which has no order and takes a field that is there twice for one.
func object(text []byte, change func(string, json.RawMessage) (json.RawMessage, error)) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return text, err
	}
	var out bytes.Buffer
	out.WriteByte('{')
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		if value, err = change(fmt.Sprint(name), value); err != nil {
			return nil, err
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		out.Write(quoted)
		out.WriteByte(':')
		out.Write(value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// array changes the items of a JSON array; what is no array stays. Not json.Marshal,
// which would write < and & as escapes.
func array(text []byte, change func(json.RawMessage) (json.RawMessage, error)) ([]byte, error) {
	var all []json.RawMessage
	if json.Unmarshal(text, &all) != nil || all == nil {
		return text, nil
	}
	var out bytes.Buffer
	out.WriteByte('[')
	for i, item := range all {
		item, err := change(item)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out.WriteByte(',')
		}
		out.Write(item)
	}
	out.WriteByte(']')
	return out.Bytes(), nil
}
