package rest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/dataset/nearest"
	"github.com/streamflow/streamflow/platform/enumjson"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// checkShape refuses a body that has fields which the request does not have, or values of
// another kind than their fields. The decoder would, too: at the first, by its offset, in
// its own words, and without saying what was probably meant. All of them are listed.
func checkShape(op *contract.Operation, body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	m := bodyMessage(op)
	if err := decoder.Decode(&value); err != nil || m == nil {
		return nil //nolint:nilerr // said before, and better
	}
	s := &shape{given: op.PathParams}
	s.message("", m, value)
	if len(s.violations) == 0 {
		return nil
	}
	first := s.violations[0]
	p := problem.New(problem.InvalidRequest, "the body does not fit the request: %s: %s%s", first.Subject, first.Description, more(len(s.violations)-1))
	p.Violations = s.violations
	return p
}

// shape collects what does not fit.
type shape struct {
	given      []string // by the path, and not to be given again
	violations []problem.Violation
}

func (s *shape) refuse(path, format string, args ...any) {
	s.violations = append(s.violations, problem.Violation{Subject: path, Description: fmt.Sprintf(format, args...)})
}

func (s *shape) message(path string, m protoreflect.MessageDescriptor, value any) {
	if strings.HasPrefix(string(m.FullName()), "google.protobuf.") {
		return // has a JSON of its own
	}
	fields, ok := value.(map[string]any)
	if !ok {
		s.refuse(path, "want an object %s, found %s", outline(m), shown(value))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		f := m.Fields().ByTextName(name)
		if f == nil {
			f = m.Fields().ByJSONName(name)
		}
		switch {
		case f == nil:
			s.unknown(path, m, name)
		case fields[name] != nil: // null is not given
			s.field(join(path, string(f.Name())), f, fields[name])
		}
	}
}

// unknown refuses a field that a message does not have.
func (s *shape) unknown(path string, m protoreflect.MessageDescriptor, name string) {
	have := names(m)
	if path == "" {
		have = slices.DeleteFunc(have, func(n string) bool { return slices.Contains(s.given, n) })
	}
	said := nearest.Hint(name, have)
	if said == "" {
		said = "; want " + strings.Join(have, ", ")
	}
	s.refuse(join(path, name), "no field of that name%s", said)
}

func (s *shape) field(path string, f protoreflect.FieldDescriptor, value any) {
	switch {
	case f.IsMap():
		return // of texts alone, which the decoder knows
	case f.IsList():
		items, ok := value.([]any)
		if !ok {
			s.refuse(path, "want a list %s, found %s", example(f), shown(value))
			return
		}
		for i, item := range items {
			s.one(fmt.Sprintf("%s[%d]", path, i), f, item)
		}
	default:
		s.one(path, f, value)
	}
}

func (s *shape) one(path string, f protoreflect.FieldDescriptor, value any) {
	if f.Message() != nil {
		s.message(path, f.Message(), value)
		return
	}
	if word, isText := value.(string); isText && f.Enum() != nil && f.Enum().Values().ByName(protoreflect.Name(enumjson.Name(f.Enum(), word))) == nil {
		s.refuse(path, "%s", noneOf(valuesOf(f.Enum()), word))
		return
	}
	if want := wanted(f, value); want != "" {
		s.refuse(path, "want %s, found %s", want, shown(value))
	}
}

// wanted says what a field takes where a value is none of it, and "" where it is, or where
// the decoder knows better.
func wanted(f protoreflect.FieldDescriptor, value any) string {
	text, isText := value.(string)
	number, isNumber := value.(json.Number)
	switch kind := f.Kind(); {
	case kind == protoreflect.StringKind && !isText:
		return "a text"
	case kind == protoreflect.BoolKind && value != true && value != false:
		return "true or false"
	case kind == protoreflect.EnumKind && !isText && !isNumber:
		return "one of its values, as a text"
	case isWhole(kind):
		if isNumber {
			text = number.String()
		}
		if _, err := strconv.ParseFloat(text, 64); err != nil { // 1e3 and 3.0 are for the decoder
			return "a whole number"
		}
	case (kind == protoreflect.DoubleKind || kind == protoreflect.FloatKind) && !isNumber && !isText:
		return "a number"
	}
	return ""
}

func isWhole(k protoreflect.Kind) bool {
	return k == protoreflect.Int32Kind || k == protoreflect.Int64Kind || k == protoreflect.Uint32Kind || k == protoreflect.Uint64Kind
}

// valuesOf are the values of an enum, in full.
func valuesOf(e protoreflect.EnumDescriptor) []string {
	var all []string
	for i := range e.Values().Len() {
		all = append(all, string(e.Values().Get(i).Name()))
	}
	return all
}

// names are the fields of a message.
func names(m protoreflect.MessageDescriptor) []string {
	var all []string
	for i := range m.Fields().Len() {
		all = append(all, string(m.Fields().Get(i).Name()))
	}
	return all
}

// outline is a message with its fields, as in {"reason": …, "table": …}.
func outline(m protoreflect.MessageDescriptor) string {
	var fields []string
	for _, name := range names(m) {
		fields = append(fields, strconv.Quote(name)+": …")
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// example is a list of a field.
func example(f protoreflect.FieldDescriptor) string {
	if f.Message() != nil {
		return "[" + outline(f.Message()) + "]"
	}
	return `["…"]`
}

// shown is a value as a message shows it.
func shown(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return "the text " + strconv.Quote(shorten(v))
	case json.Number:
		return "the number " + shorten(v.String())
	case bool:
		return strconv.FormatBool(v)
	case []any:
		return "a list"
	default:
		return "an object"
	}
}
