package protoyaml

import (
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// deepest bounds how deep free YAML nests: far over what an argument needs, far
// under what exhausts a stack.
const deepest = 16

// structure decodes free YAML into a google.protobuf.Struct.
func (d *decoder) structure(path string, node *yaml.Node, message protoreflect.Message) {
	content := d.object(path, node, 1)
	if into, ok := message.Interface().(*structpb.Struct); ok {
		into.Fields = content.GetFields()
	}
}

func (d *decoder) object(path string, node *yaml.Node, depth int) *structpb.Struct {
	content := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(node.Content)/2)}
	d.pairs(path, node, noName, func(name string, key, value *yaml.Node) {
		here := join(path, name)
		d.positions[here] = at(key)
		if value.Kind == yaml.ScalarNode {
			d.positions[here] = at(value)
		}
		content.Fields[name] = d.value(here, value, depth+1)
	})
	return content
}

// value decodes any YAML value. What is wrong becomes null, so that the rest can
// still be judged.
func (d *decoder) value(path string, node *yaml.Node, depth int) *structpb.Value {
	if !d.plain(path, node) {
		return structpb.NewNullValue()
	}
	if depth > deepest {
		d.wrong(node, path, "expected at most %d levels, found more", deepest)
		return structpb.NewNullValue()
	}
	switch node.Kind {
	case yaml.MappingNode:
		return structpb.NewStructValue(d.object(path, node, depth))
	case yaml.SequenceNode:
		items := make([]*structpb.Value, 0, len(node.Content))
		for i, item := range node.Content {
			here := element(path, i)
			d.positions[here] = at(item)
			items = append(items, d.value(here, item, depth+1))
		}
		return structpb.NewListValue(&structpb.ListValue{Values: items})
	default:
		return d.leaf(path, node)
	}
}

func (d *decoder) leaf(path string, node *yaml.Node) *structpb.Value {
	switch node.ShortTag() {
	case intTag, floatTag:
		if number, ok := d.number(path, node, true); ok {
			return structpb.NewNumberValue(number)
		}
		return structpb.NewNullValue()
	case boolTag:
		if truth, ok := truth(node); ok {
			return structpb.NewBoolValue(truth)
		}
	case nullTag:
		return structpb.NewNullValue()
	}
	return structpb.NewStringValue(node.Value) // dates too: JSON knows none
}
