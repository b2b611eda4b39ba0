package printer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/dataset/expectation/resultjson"
	"github.com/streamflow/streamflow/platform/enumjson"
	"github.com/streamflow/streamflow/platform/numberjson"
	"github.com/streamflow/streamflow/platform/unsetjson"
)

// Message writes a response as JSON, JSON lines or YAML. Enums are written as flags
// take them, succeeded; what is not set is there or not as in the answers of REST, so that
// a script need not know which values are defaults; whole numbers are numbers as
// far as every reader keeps them. JSON lines are one line per item of a list, and one for
// anything else.
func Message(w io.Writer, f Format, m proto.Message) error {
	if f == JSONL {
		for _, item := range items(m.ProtoReflect()) {
			if err := message(w, f, item); err != nil {
				return err
			}
		}
		return nil
	}
	return message(w, f, m.ProtoReflect())
}

// Line writes a message as one line of JSON, also one that holds a list.
func Line(w io.Writer, m proto.Message) error { return message(w, JSONL, m.ProtoReflect()) }

func message(w io.Writer, f Format, m protoreflect.Message) error {
	text, err := resultjson.Marshal(unsetjson.Options, m.Interface())
	if err == nil {
		text, err = unsetjson.LeaveOut(text, m.Descriptor())
	}
	if err == nil {
		text, err = numberjson.Numbers(text, m.Descriptor())
	}
	if err == nil {
		text, err = enumjson.Words(text, m.Descriptor())
	}
	if err != nil {
		return fmt.Errorf("write %s as %s: %w", m.Descriptor().FullName(), f, err)
	}
	return write(w, f, text)
}

// items are the messages of the list that a response holds at its top; a response
// that holds none, or a message besides, is its own only item.
func items(m protoreflect.Message) []protoreflect.Message {
	var list protoreflect.FieldDescriptor
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		switch field := fields.Get(i); {
		case field.Message() == nil:
		case !field.IsList():
			return []protoreflect.Message{m}
		case list == nil:
			list = field
		}
	}
	if list == nil {
		return []protoreflect.Message{m}
	}
	all := make([]protoreflect.Message, m.Get(list).List().Len())
	for i := range all {
		all[i] = m.Get(list).List().Get(i).Message()
	}
	return all
}

// Value writes a value that is no proto message as JSON, JSON lines or YAML; its JSON
// tags are the names in all of them.
func Value(w io.Writer, f Format, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %T as %s: %w", v, f, err)
	}
	return write(w, f, text)
}

// write lays JSON out anew: protojson varies its spaces from build to build on
// purpose, so that nobody relies on them.
func write(w io.Writer, f Format, text []byte) error {
	if f == YAML {
		return writeYAML(w, text)
	}
	var out bytes.Buffer
	var err error
	if f == JSONL {
		err = json.Compact(&out, text)
	} else {
		err = json.Indent(&out, text, "", "  ")
	}
	if err != nil {
		return fmt.Errorf("lay out JSON: %w", err)
	}
	out.WriteByte('\n')
	_, err = w.Write(out.Bytes())
	return err
}
