package protoyaml

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Result is what reading found besides the message.
type Result struct {
	// Mistakes are all of them, in the order of the document.
	Mistakes []Mistake
	// Positions are those of every field that was read.
	Positions Positions
	// Readable is false where the text is not one YAML document, so that nothing
	// could be decoded.
	Readable bool
}

// Hint ends the message about a field that a message does not have, better than the
// nearest name would; it is empty where nothing better is known.
type Hint func(message protoreflect.FullName, field string) string

// Unmarshal decodes a YAML document into message, as much of it as is right. hint may
// be nil.
func Unmarshal(text []byte, message proto.Message, hint Hint) Result {
	d := decoder{positions: Positions{}, hint: hint}
	root, mistake := document(text)
	if mistake != nil {
		return Result{Mistakes: []Mistake{*mistake}, Positions: d.positions}
	}
	d.positions[""] = at(root)
	d.message("", root, message.ProtoReflect())
	return Result{Mistakes: d.mistakes, Positions: d.positions, Readable: true}
}

// document parses the text's one document.
func document(text []byte) (*yaml.Node, *Mistake) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var first, second yaml.Node
	if err := next(decoder, &first); err != nil && !errors.Is(err, io.EOF) {
		return nil, syntax(err)
	}
	if len(first.Content) == 0 || isEmpty(first.Content[0]) {
		return nil, &Mistake{Position: Position{1, 1}, Message: "expected a YAML document, found nothing in it"}
	}
	err := next(decoder, &second)
	if err == nil {
		return nil, &Mistake{Position: at(&second), Message: "expected one YAML document, found a second one: put each into a file of its own"}
	}
	if !errors.Is(err, io.EOF) {
		return nil, syntax(err)
	}
	return first.Content[0], nil
}

// next guards against the parser's panics: it turns only those that it foresees
// into errors, and what it reads here may come from anybody.
func next(decoder *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the parser gave up: %v", r)
		}
	}()
	return decoder.Decode(into)
}

func isEmpty(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == nullTag
}

var syntaxError = regexp.MustCompile(`^yaml: (?:line (\d+): )?`)

// syntax turns the parser's error, which carries its line in the text, into a mistake.
func syntax(err error) *Mistake {
	text := err.Error()
	found := syntaxError.FindStringSubmatch(text)
	mistake := Mistake{Position: Position{1, 1}, Message: "expected YAML: " + text}
	if found == nil {
		return &mistake
	}
	if line, err := strconv.Atoi(found[1]); err == nil {
		mistake.Line = line
	}
	mistake.Message = "expected YAML: " + text[len(found[0]):]
	return &mistake
}
