package protoyaml

import (
	"math"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/dataset/exact"
	"github.com/streamflow/streamflow/dataset/nearest"
)

// The tags that a YAML parser gives to what is written without one.
const (
	stringTag = "!!str"
	intTag    = "!!int"
	floatTag  = "!!float"
	boolTag   = "!!bool"
	nullTag   = "!!null"
	dateTag   = "!!timestamp"
	mergeTag  = "!!merge"
)

var knownTags = map[string]bool{
	stringTag: true, intTag: true, floatTag: true, boolTag: true, nullTag: true, dateTag: true,
	"!!map": true, "!!seq": true,
}

// scalar decodes a text, a truth value, a number or an enum value.
func (d *decoder) scalar(path string, node *yaml.Node, field protoreflect.FieldDescriptor) (protoreflect.Value, bool) {
	if node.Kind == yaml.ScalarNode {
		switch field.Kind() {
		case protoreflect.StringKind:
			// A date that is not quoted is a text to us, as it is to who wrote it.
			if tag := node.ShortTag(); tag == stringTag || tag == dateTag {
				return protoreflect.ValueOfString(node.Value), true
			}
		case protoreflect.BoolKind:
			if truth, ok := truth(node); ok {
				return protoreflect.ValueOfBool(truth), true
			}
		case protoreflect.DoubleKind:
			if number, ok := d.number(path, node, false); ok {
				return protoreflect.ValueOfFloat64(number), true
			}
			if isNumber(node) {
				return protoreflect.Value{}, false // said already, and better
			}
		case protoreflect.Int32Kind:
			if number, ok := d.whole(path, node); ok {
				return protoreflect.ValueOfInt32(number), true
			}
			if isNumber(node) {
				return protoreflect.Value{}, false // said already, and better
			}
		case protoreflect.EnumKind:
			return d.enum(path, node, field.Enum())
		default:
			// No message that is read here has a field of another kind; a test says so.
		}
	}
	hint := ""
	if field.Kind() == protoreflect.StringKind && node.Kind == yaml.ScalarNode && node.ShortTag() != nullTag {
		hint = ": put it in quotes"
	}
	d.wrong(node, path, "expected %s, found %s%s", expectedElement(field), describe(node), hint)
	return protoreflect.Value{}, false
}

// truth reads true or false in the spellings of YAML 1.2; yes, no, on and off
// are texts.
func truth(node *yaml.Node) (value, ok bool) {
	if node.ShortTag() != boolTag {
		return false, false
	}
	switch strings.ToLower(node.Value) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

func isNumber(node *yaml.Node) bool {
	tag := node.ShortTag()
	return tag == intTag || tag == floatTag
}

// decimal leaves out what YAML reads as a number and a person may not: 0777,
// 0x1F, 1_000, .inf.
var decimal = regexp.MustCompile(`^[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?$`)

// number reads a decimal number that a double holds without changing it. A free one may as
// well be a text, in quotes.
func (d *decoder) number(path string, node *yaml.Node, free bool) (float64, bool) {
	if !isNumber(node) {
		return 0, false
	}
	advice, quotes := exact.Shorter, ""
	if free {
		advice, quotes = exact.Advice, ": put it in quotes where it is a text"
	}
	if !decimal.MatchString(node.Value) {
		d.wrong(node, path, "expected a plain decimal number such as 12 or 0.5, found %s%s", shorten(node.Value), quotes)
		return 0, false
	}
	number, ok := exact.Float(node.Value)
	if !ok {
		d.wrong(node, path, "expected a number that fits a double exactly, found %s: %s", shorten(node.Value), advice)
	}
	return number, ok
}

// whole reads a whole number of 32 bits. 1e3 is one, and 1.5 is none.
func (d *decoder) whole(path string, node *yaml.Node) (int32, bool) {
	number, ok := d.number(path, node, false)
	if !ok {
		return 0, false
	}
	if number != math.Trunc(number) || math.Abs(number) > math.MaxInt32 {
		d.wrong(node, path, "expected a whole number of at most %d, found %s", math.MaxInt32, shorten(node.Value))
		return 0, false
	}
	return int32(number), true
}

// enum reads a value by its short name or by its name in the proto.
func (d *decoder) enum(path string, node *yaml.Node, enum protoreflect.EnumDescriptor) (protoreflect.Value, bool) {
	known := shortNames(enum)
	if node.ShortTag() == stringTag {
		for i := range enum.Values().Len() {
			value := enum.Values().Get(i)
			short := shortName(value)
			if value.Number() != 0 && (node.Value == short || node.Value == string(value.Name())) {
				return protoreflect.ValueOfEnum(value.Number()), true
			}
		}
	}
	hint := ""
	if d.guesses.More() {
		hint = nearest.Hints(node.Value, known)
	}
	d.wrong(node, path, "expected %s, found %s%s", oneOf(known), describe(node), hint)
	return protoreflect.Value{}, false
}
