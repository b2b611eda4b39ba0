package printer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// plainEnums rewrites the JSON of a message so that its enums are words as the flags
// take them. Everything else, the order of fields and the digits of numbers included,
// stays as it is.
func plainEnums(text []byte, md protoreflect.MessageDescriptor) ([]byte, error) {
	if strings.HasPrefix(string(md.FullName()), "google.protobuf.") {
		return text, nil // has a JSON of its own, without enums
	}
	return mapObject(text, func(name string, value json.RawMessage) (json.RawMessage, error) {
		field := md.Fields().ByTextName(name)
		if field == nil {
			return value, nil
		}
		return plainField(value, field)
	})
}

func plainField(value json.RawMessage, field protoreflect.FieldDescriptor) (json.RawMessage, error) {
	one := func(v json.RawMessage) (json.RawMessage, error) { return v, nil }
	switch {
	case field.IsMap(): // no map of ours holds an enum
		return value, nil
	case field.Enum() != nil:
		one = func(v json.RawMessage) (json.RawMessage, error) { return plainEnum(v, field.Enum()) }
	case field.Message() != nil:
		one = func(v json.RawMessage) (json.RawMessage, error) { return plainEnums(v, field.Message()) }
	}
	if field.IsList() {
		return mapArray(value, one)
	}
	return one(value)
}

// plainEnum writes RUN_STATE_SUCCEEDED as succeeded; the number of a value that is not
// known here stays.
func plainEnum(v json.RawMessage, ed protoreflect.EnumDescriptor) (json.RawMessage, error) {
	var name string
	if json.Unmarshal(v, &name) != nil {
		return v, nil
	}
	return json.Marshal(strings.ToLower(strings.TrimPrefix(name, upperSnake(string(ed.Name()))+"_")))
}

// mapObject changes the values of a JSON object in place; null stays.
func mapObject(text []byte, change func(string, json.RawMessage) (json.RawMessage, error)) ([]byte, error) {
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
		if out.Len() > 1 {
			out.WriteByte(',')
		}
		fmt.Fprintf(&out, "%q:%s", name, value)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// mapArray changes the items of a JSON array; null stays.
func mapArray(text []byte, change func(json.RawMessage) (json.RawMessage, error)) ([]byte, error) {
	var all []json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil || all == nil {
		return text, err
	}
	var out bytes.Buffer // not json.Marshal, which would write < and & as escapes
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
