package reference

import (
	"fmt"
	"regexp"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// message writes the section of a message, and of those that it holds.
func (p *page) message(m protoreflect.MessageDescriptor, written map[protoreflect.FullName]bool) {
	written[m.FullName()] = true
	p.line("\n## %s\n\n%s\n", m.Name(), comment(m))
	p.row("key", "takes", "default", "example", "meaning")
	p.row("---", "---", "---", "---", "---")
	var inner []protoreflect.MessageDescriptor
	var enums []protoreflect.FieldDescriptor
	for i := range m.Fields().Len() {
		field := m.Fields().Get(i)
		p.field(field)
		if field.Message() != nil && !freeForm(field) && !written[field.Message().FullName()] {
			inner = append(inner, field.Message())
		}
		if field.Enum() != nil {
			enums = append(enums, field)
		}
	}
	for _, e := range enums {
		p.enum(e)
	}
	for _, next := range inner {
		if !written[next.FullName()] {
			p.message(next, written)
		}
	}
}

func (p *page) field(field protoreflect.FieldDescriptor) {
	said := comment(field)
	if said == "" {
		p.uncommented = field.FullName()
	}
	example := ""
	if e := p.examples[field.FullName()]; e != "" {
		example = "`" + e + "`"
	}
	p.row("`"+string(field.Name())+"`", takes(field), defaultOf(field, said), example, said)
}

// enum writes what the words of a key mean.
func (p *page) enum(field protoreflect.FieldDescriptor) {
	p.text("\n")
	p.row("`"+string(field.Name())+"`", "meaning")
	p.row("---", "---")
	for i := range field.Enum().Values().Len() {
		if value := field.Enum().Values().Get(i); value.Number() != 0 {
			p.row("`"+shortName(value)+"`", comment(value))
		}
	}
}

// takes says in words what a key takes.
func takes(field protoreflect.FieldDescriptor) string {
	one := map[protoreflect.Kind]string{
		protoreflect.StringKind: "text", protoreflect.BoolKind: "true or false", protoreflect.DoubleKind: "number",
		protoreflect.Int32Kind: "whole number",
	}[field.Kind()]
	switch {
	case freeForm(field):
		one = "mapping"
	case field.Message() != nil:
		one = fmt.Sprintf("[%s](#%s)", field.Message().Name(), strings.ToLower(string(field.Message().Name())))
	case field.Enum() != nil:
		one = "a word, below"
	}
	if field.IsList() {
		return "list of " + strings.Replace(one, "text", "texts", 1)
	}
	return one
}

var declaredDefault = regexp.MustCompile(`Default: (.+?)(?:[;,]|\.(?: |$))`)

// defaultOf is what a key means that is left out, as its comment says; "required" where
// it cannot be.
func defaultOf(field protoreflect.FieldDescriptor, said string) string {
	if m := declaredDefault.FindStringSubmatch(said); m != nil {
		return m[1]
	}
	if required(field) || field.Enum() != nil { // a word that may be left out has a default
		return "required"
	}
	switch {
	case field.IsList():
		return "none"
	case field.Kind() == protoreflect.BoolKind:
		return "false"
	}
	return "–"
}

// required says whether the rules beside a field refuse that it is left out.
func required(field protoreflect.FieldDescriptor) bool {
	raw, err := proto.Marshal(field.Options())
	if err != nil {
		return false
	}
	options := field.Options().ProtoReflect().New().Interface()
	if proto.Unmarshal(raw, options) != nil || !proto.HasExtension(options, validate.E_Field) {
		return false
	}
	rules, ok := proto.GetExtension(options, validate.E_Field).(*validate.FieldRules)
	return ok && (rules.GetRequired() || rules.GetString().GetMinLen() > 0 || rules.GetString().GetPattern() != "" || rules.GetRepeated().GetMinItems() > 0)
}

// comment is that of a part of a proto, on one line.
func comment(d protoreflect.Descriptor) string {
	return strings.Join(strings.Fields(d.ParentFile().SourceLocations().ByDescriptor(d).LeadingComments), " ")
}
