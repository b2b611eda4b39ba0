package protoyaml

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/structpb"
)

// Marshal writes a message as the YAML that Unmarshal reads as the same message:
// set fields only, in the order of the proto; keys of free YAML sorted.
func Marshal(message proto.Message) ([]byte, error) {
	root, err := mapping(message.ProtoReflect())
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	encoder := yaml.NewEncoder(&text)
	encoder.SetIndent(2)
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write YAML: %w", err)
	}
	return text.Bytes(), encoder.Close()
}

func mapping(message protoreflect.Message) (*yaml.Node, error) {
	if content, ok := message.Interface().(*structpb.Struct); ok {
		return object(content)
	}
	node := &yaml.Node{Kind: yaml.MappingNode}
	fields := message.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		if !message.Has(field) {
			continue
		}
		value, err := fieldNode(field, message.Get(field))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field.Name(), err)
		}
		node.Content = append(node.Content, text(string(field.Name())), value)
	}
	return node, nil
}

func fieldNode(field protoreflect.FieldDescriptor, value protoreflect.Value) (*yaml.Node, error) {
	if !field.IsList() {
		return single(field, value)
	}
	node := &yaml.Node{Kind: yaml.SequenceNode}
	if field.Message() == nil {
		node.Style = yaml.FlowStyle
	}
	for i := range value.List().Len() {
		item, err := single(field, value.List().Get(i))
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		node.Content = append(node.Content, item)
	}
	return node, nil
}

func single(field protoreflect.FieldDescriptor, value protoreflect.Value) (*yaml.Node, error) {
	switch field.Kind() {
	case protoreflect.MessageKind:
		return mapping(value.Message())
	case protoreflect.EnumKind:
		known := field.Enum().Values().ByNumber(value.Enum())
		if known == nil {
			return nil, fmt.Errorf("write YAML: %s has no value %d", field.Enum().Name(), value.Enum())
		}
		return text(shortName(known)), nil
	case protoreflect.BoolKind:
		return plain(strconv.FormatBool(value.Bool())), nil
	case protoreflect.DoubleKind:
		return number(value.Float())
	case protoreflect.Int32Kind:
		return plain(strconv.FormatInt(value.Int(), 10)), nil
	default:
		return text(value.String()), nil
	}
}

func object(content *structpb.Struct) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for _, name := range slices.Sorted(maps.Keys(content.GetFields())) {
		value, err := free(content.GetFields()[name])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		node.Content = append(node.Content, text(name), value)
	}
	return node, nil
}

func free(value *structpb.Value) (*yaml.Node, error) {
	switch kind := value.GetKind().(type) {
	case *structpb.Value_NumberValue:
		return number(kind.NumberValue)
	case *structpb.Value_StringValue:
		return text(kind.StringValue), nil
	case *structpb.Value_BoolValue:
		return plain(strconv.FormatBool(kind.BoolValue)), nil
	case *structpb.Value_StructValue:
		return object(kind.StructValue)
	case *structpb.Value_ListValue:
		node := &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle}
		for i, item := range kind.ListValue.GetValues() {
			itemNode, err := free(item)
			if err != nil {
				return nil, fmt.Errorf("[%d]: %w", i, err)
			}
			node.Content = append(node.Content, itemNode)
		}
		return node, nil
	default:
		return plain("null"), nil
	}
}

func number(f float64) (*yaml.Node, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("write YAML: %v is not a number that it can hold", f)
	}
	format := byte('f')
	if exponent := math.Abs(f); exponent != 0 && (exponent < 1e-6 || exponent >= 1e15) {
		format = 'e'
	}
	return plain(strconv.FormatFloat(f, format, -1, 64)), nil
}

func plain(value string) *yaml.Node { return &yaml.Node{Kind: yaml.ScalarNode, Value: value} }

// unquoted are texts that no reader of YAML takes for anything else, if they
// begin with a letter and are not among the words below.
var unquoted = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_ .,;()/+-]*$`)

// text writes a string so that every reader of YAML takes it for that string:
// YAML 1.1 reads No as false.
func text(value string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: stringTag, Value: value}
	switch strings.ToLower(value) {
	case "y", "n", "yes", "no", "on", "off", "true", "false", "null":
		node.Style = yaml.DoubleQuotedStyle
		return node
	}
	switch {
	case unquoted.MatchString(value) && !strings.HasSuffix(value, " "):
	case isBlock(value):
		node.Style = yaml.LiteralStyle
	default:
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// isBlock is true of ordinary text of several lines, which reads best as it is.
func isBlock(value string) bool {
	if !strings.Contains(value, "\n") || strings.TrimSpace(value) == "" {
		return false
	}
	for line := range strings.Lines(value) {
		line = strings.TrimSuffix(line, "\n")
		if line != strings.TrimSpace(line) {
			return false
		}
	}
	return !strings.HasPrefix(value, "\n") && !strings.ContainsFunc(value, func(r rune) bool {
		return r != '\n' && !unicode.IsGraphic(r)
	})
}
