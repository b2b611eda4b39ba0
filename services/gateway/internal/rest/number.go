package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/streamflow/streamflow/dataset/exact"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// bodyMessage is what the body of an operation is decoded into: the message that the
// document names, or else the request. It is nil where neither is known.
func bodyMessage(op *contract.Operation) protoreflect.MessageDescriptor {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(op.BodyMessage))
	if m, ok := found.(protoreflect.MessageDescriptor); ok && err == nil {
		return m
	}
	var request protoreflect.MessageDescriptor
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if s := file.Services().ByName(protoreflect.Name(op.Service)); s != nil {
			if rpc := s.Methods().ByName(protoreflect.Name(op.RPC)); rpc != nil {
				request = rpc.Input()
			}
		}
		return request == nil
	})
	return request
}

// checkNumbers refuses numbers that the decoder would round: those in free values and
// in fields of doubles that a double does not hold as they are written. It lists all of
// them. Everything else that may be wrong with the body is left to the decoder.
func checkNumbers(m protoreflect.MessageDescriptor, body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || m == nil {
		return nil //nolint:nilerr // said before, and better
	}
	r := &rounded{}
	r.message("", m, value)
	if len(r.violations) == 0 {
		return nil
	}
	first := r.violations[0]
	p := problem.New(problem.InvalidRequest, "%s: %s%s", first.Subject, first.Description, more(len(r.violations)-1))
	p.Violations = r.violations
	return p
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (and %d more)", n)
}

// rounded collects the numbers that would be.
type rounded struct {
	violations []problem.Violation
}

func (r *rounded) message(path string, m protoreflect.MessageDescriptor, value any) {
	if isFree(m) {
		r.free(path, value)
		return
	}
	if m.FullName() == "google.protobuf.DoubleValue" {
		r.double(path, value)
		return
	}
	fields, _ := value.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := m.Fields().ByTextName(name)
		if f == nil {
			f = m.Fields().ByJSONName(name)
		}
		if f != nil {
			r.field(join(path, string(f.Name())), f, fields[name])
		}
	}
}

func (r *rounded) field(path string, f protoreflect.FieldDescriptor, value any) {
	switch {
	case f.IsMap():
		entries, _ := value.(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(entries)) {
			r.one(join(path, key), f.MapValue(), entries[key])
		}
	case f.IsList():
		items, _ := value.([]any)
		for i, item := range items {
			r.one(fmt.Sprintf("%s[%d]", path, i), f, item)
		}
	default:
		r.one(path, f, value)
	}
}

func (r *rounded) one(path string, f protoreflect.FieldDescriptor, value any) {
	switch f.Kind() {
	case protoreflect.MessageKind:
		r.message(path, f.Message(), value)
	case protoreflect.DoubleKind:
		r.double(path, value)
	default: // whole numbers are read with every digit, and texts are no numbers
	}
}

// double judges a number of a field that is a double, in quotes or not: the decoder takes
// both, and rounds both.
func (r *rounded) double(path string, value any) {
	written, number := value.(json.Number)
	if text, ok := value.(string); ok {
		written, number = json.Number(text), exact.IsDecimal(text)
	}
	if number {
		r.number(path, written.String(), exact.Shorter)
	}
}

// isFree is true of the messages that hold any JSON.
func isFree(m protoreflect.MessageDescriptor) bool {
	switch m.FullName() {
	case "google.protobuf.Struct", "google.protobuf.Value", "google.protobuf.ListValue":
		return true
	}
	return false
}

func (r *rounded) free(path string, value any) {
	switch v := value.(type) {
	case json.Number:
		r.number(path, v.String(), exact.Advice)
	case []any:
		for i, item := range v {
			r.free(fmt.Sprintf("%s[%d]", path, i), item)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			r.free(join(path, name), v[name])
		}
	}
}

// number refuses one that a double does not hold as it is written.
func (r *rounded) number(path, written, advice string) {
	if _, ok := exact.Float(written); !ok {
		r.violations = append(r.violations, problem.Violation{
			Subject: path, Description: fmt.Sprintf("expected a number that fits a double exactly, found %s: %s", shorten(written), advice),
		})
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// maxShown is how much of a number a message quotes.
const maxShown = 60

func shorten(number string) string {
	if len(number) <= maxShown {
		return number
	}
	return number[:maxShown] + "…"
}
