// Package resultjson writes messages as JSON in which the results of expectations have
// Great Expectations' shape to the letter, where a program that reads those would look:
// a field that a kind of expectation does not have is absent, and a percentage of nothing
// is null. It is the JSON of the protos all the same: protojson reads it back. That whole
// numbers are numbers is true of every message, and not done here.
package resultjson

import (
	"bytes"
	"encoding/json"
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// Marshal writes a message as options say, except for the validations in it. options use
// the names of the protos. A message that holds no validation is written as it is.
func Marshal(options protojson.MarshalOptions, m proto.Message) ([]byte, error) {
	text, err := options.Marshal(m)
	if err != nil || !holdsValidation(m.ProtoReflect().Descriptor(), map[protoreflect.FullName]bool{}) {
		return text, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var document map[string]any
	if err := decoder.Decode(&document); err != nil {
		return nil, fmt.Errorf("read back what was written: %w", err)
	}
	reshape(m.ProtoReflect().Descriptor(), document)
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(document); err != nil {
		return nil, fmt.Errorf("write %s: %w", m.ProtoReflect().Descriptor().FullName(), err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

func isValidation(m protoreflect.MessageDescriptor) bool {
	return m.FullName() == (&qualityv1.Validation{}).ProtoReflect().Descriptor().FullName()
}

// holdsValidation is true of a message that is one, or has one in it.
func holdsValidation(m protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) bool {
	if isValidation(m) {
		return true
	}
	if seen[m.FullName()] {
		return false
	}
	seen[m.FullName()] = true
	for i := range m.Fields().Len() {
		if f := m.Fields().Get(i); f.Message() != nil && holdsValidation(f.Message(), seen) {
			return true
		}
	}
	return false
}

// reshape finds the validations in a message.
func reshape(m protoreflect.MessageDescriptor, object map[string]any) {
	if isValidation(m) {
		validation(object)
		return
	}
	each(m, object, reshape)
}

// each visits the messages in the fields of a message.
func each(m protoreflect.MessageDescriptor, object map[string]any, visit func(protoreflect.MessageDescriptor, map[string]any)) {
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		if f.Message() == nil || f.IsMap() {
			continue
		}
		switch v := object[string(f.Name())].(type) {
		case map[string]any:
			visit(f.Message(), v)
		case []any:
			for _, item := range v {
				if one, ok := item.(map[string]any); ok {
					visit(f.Message(), one)
				}
			}
		}
	}
}
