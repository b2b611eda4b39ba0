package protoyaml

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/dataset/nearest"
)

// structName is the message that holds free YAML.
const structName protoreflect.FullName = "google.protobuf.Struct"

// decoder collects what one document holds.
type decoder struct {
	mistakes  []Mistake
	positions Positions
	hint      Hint
	// guesses are those that are left of what was meant, and severed of whether a key is
	// a field, misspelt, or what a comma cut off.
	guesses, severed nearest.Guesses
}

func (d *decoder) wrong(node *yaml.Node, path, format string, args ...any) {
	d.mistakes = append(d.mistakes, Mistake{Position: at(node), Path: path, Message: fmt.Sprintf(format, args...)})
}

// plain refuses what would make the text mean more than it shows.
func (d *decoder) plain(path string, node *yaml.Node) bool {
	switch {
	case node.Kind == yaml.AliasNode:
		d.wrong(node, path, "expected a value, found the alias *%s: write the value out", node.Value)
	case node.Anchor != "":
		d.wrong(node, path, "expected a value, found the anchor &%s: anchors and aliases are not used here, write each value out", node.Anchor)
	case !knownTags[node.ShortTag()]:
		d.wrong(node, path, "expected a value without a tag, found the tag %s", node.Tag)
	default:
		return true
	}
	return false
}

// message decodes a mapping, field by field.
func (d *decoder) message(path string, node *yaml.Node, message protoreflect.Message) {
	if !d.plain(path, node) {
		return
	}
	switch isFree := message.Descriptor().FullName() == structName; {
	case node.Kind != yaml.MappingNode && isFree:
		d.wrong(node, path, "expected a mapping of names and their values, found %s", describe(node))
		return
	case node.Kind != yaml.MappingNode:
		d.wrong(node, path, "expected the fields %s, found %s", strings.Join(fieldNames(message.Descriptor()), ", "), describe(node))
		return
	case isFree:
		d.structure(path, node, message)
		return
	}
	fields := message.Descriptor().Fields()
	unknown := func(key *yaml.Node) bool { // and no known one, misspelt
		return fields.ByName(protoreflect.Name(key.Value)) == nil && d.severed.Name(key.Value, fieldNames(message.Descriptor())) == ""
	}
	d.pairs(path, node, unknown, func(name string, key, value *yaml.Node) {
		field := fields.ByName(protoreflect.Name(name))
		if field == nil {
			d.wrong(key, join(path, name), "unknown field %q%s", name, d.hintOf(name, message.Descriptor()))
			return
		}
		d.field(join(path, name), key, value, message, field)
	})
}

// hintOf says what a field may be that a message does not have.
func (d *decoder) hintOf(name string, message protoreflect.MessageDescriptor) string {
	if d.hint != nil {
		if said := d.hint(message.FullName(), name); said != "" {
			return said
		}
	}
	if !d.guesses.More() {
		return ""
	}
	known := fieldNames(message)
	if said := nearest.Hint(name, known); said != "" {
		return said
	}
	return ": known are " + strings.Join(known, ", ")
}

// pairs goes through a mapping's keys, each of which must be text, and once. unknown is
// true of a key that is none, so that it may be what a comma cut off the value before it.
func (d *decoder) pairs(path string, node *yaml.Node, unknown func(key *yaml.Node) bool, visit func(name string, key, value *yaml.Node)) {
	lines := make(map[string]int, len(node.Content)/2)
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if n := severed(node, i, unknown); n > 0 {
			d.cut(path, node, i, n)
			i += 2 * (n - 1)
			continue
		}
		if key.ShortTag() == mergeTag {
			d.wrong(key, path, "expected a field, found the merge key <<: write the fields out")
			continue
		}
		if !d.plain(path, key) {
			continue
		}
		if key.Kind != yaml.ScalarNode || key.ShortTag() != stringTag {
			d.wrong(key, path, "expected the name of a field, found %s", describe(key))
			continue
		}
		if line, twice := lines[key.Value]; twice {
			d.wrong(key, join(path, key.Value), "field %q stands twice, first in line %d", key.Value, line)
			continue
		}
		lines[key.Value] = key.Line
		visit(key.Value, key, value)
	}
}

// field decodes one field of a message.
func (d *decoder) field(path string, key, value *yaml.Node, message protoreflect.Message, field protoreflect.FieldDescriptor) {
	d.positions[path] = at(key)
	if value.Kind == yaml.ScalarNode {
		d.positions[path] = at(value)
	}
	if !d.plain(path, value) {
		return
	}
	if value.ShortTag() == nullTag {
		d.wrong(value, path, "expected %s, found nothing: give the field a value, or leave it out", expected(field))
		return
	}
	switch {
	case field.IsList():
		d.list(path, value, message.Mutable(field).List(), field)
	case field.Message() != nil:
		d.message(path, value, message.Mutable(field).Message())
	default:
		if decoded, ok := d.scalar(path, value, field); ok {
			message.Set(field, decoded)
		}
	}
}

// list decodes a sequence. An element that is wrong keeps its place, empty, so
// that the paths of those after it stay right.
func (d *decoder) list(path string, node *yaml.Node, list protoreflect.List, field protoreflect.FieldDescriptor) {
	if node.Kind != yaml.SequenceNode {
		d.wrong(node, path, "expected a list, found %s", describe(node))
		return
	}
	for i, item := range node.Content {
		here := element(path, i)
		d.positions[here] = at(item)
		if field.Message() != nil {
			d.message(here, item, list.AppendMutable().Message())
			continue
		}
		value := list.NewElement()
		if d.plain(here, item) {
			if decoded, ok := d.scalar(here, item, field); ok {
				value = decoded
			}
		}
		list.Append(value)
	}
}
