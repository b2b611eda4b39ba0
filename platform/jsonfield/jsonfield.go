// Package jsonfield goes through the fields of a message's JSON and changes some of their
// values. All else, the order of fields and the digits of numbers included, stays.
package jsonfield

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// Changer returns what a field is to have instead of a value. The field of a map is that
// of its values.
type Changer func(field protoreflect.FieldDescriptor, value json.RawMessage) (json.RawMessage, error)

// Change calls a changer for each value, item of a list and value of a map that is no
// message, in a message's JSON and in those of the messages in it. Fields may have either
// of their names; what is no field, and messages with a JSON of their own, as Struct,
// stay. Errors: text that is no JSON, and those of the changer.
func Change(text []byte, md protoreflect.MessageDescriptor, change Changer) ([]byte, error) {
	if strings.HasPrefix(string(md.FullName()), "google.protobuf.") {
		return text, nil
	}
	return object(text, func(name string, value json.RawMessage) (json.RawMessage, error) {
		field := md.Fields().ByTextName(name)
		if field == nil {
			field = md.Fields().ByJSONName(name)
		}
		if field == nil {
			return value, nil // the decoder says so, and better
		}
		return change.field(value, field)
	})
}

func (c Changer) field(value json.RawMessage, field protoreflect.FieldDescriptor) (json.RawMessage, error) {
	switch {
	case field.IsMap():
		return object(value, func(_ string, v json.RawMessage) (json.RawMessage, error) { return c.one(v, field.MapValue()) })
	case field.IsList():
		return array(value, func(v json.RawMessage) (json.RawMessage, error) { return c.one(v, field) })
	default:
		return c.one(value, field)
	}
}

func (c Changer) one(value json.RawMessage, field protoreflect.FieldDescriptor) (json.RawMessage, error) {
	if field.Message() != nil {
		return Change(value, field.Message(), c)
	}
	return c(field, value)
}

// Omit says of a field and its value, a list or a message included, whether it is left out.
type Omit func(field protoreflect.FieldDescriptor, value json.RawMessage) bool

// Without returns a message's JSON without the fields that are omitted, its own and those
// of the messages in it. Errors: text that is no JSON.
func Without(text []byte, md protoreflect.MessageDescriptor, omit Omit) ([]byte, error) {
	if strings.HasPrefix(string(md.FullName()), "google.protobuf.") {
		return text, nil
	}
	return object(text, func(name string, value json.RawMessage) (json.RawMessage, error) {
		field := md.Fields().ByTextName(name)
		if field == nil {
			field = md.Fields().ByJSONName(name)
		}
		inside := func(v json.RawMessage) (json.RawMessage, error) { return Without(v, field.Message(), omit) }
		switch {
		case field == nil:
			return value, nil
		case omit(field, value):
			return nil, nil
		case field.Message() == nil || field.IsMap():
			return value, nil
		case field.IsList():
			return array(value, inside)
		}
		return inside(value)
	})
}

// object changes the values of a JSON object, and leaves those out that become nil; what
// is no object stays. Not through a map, which has no order and takes a field that is there twice for one.
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
		if value == nil {
			continue
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
	if _, err := dec.Token(); err != nil { // the text ends before the object does
		return nil, fmt.Errorf("read the end of an object: %w", err)
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
