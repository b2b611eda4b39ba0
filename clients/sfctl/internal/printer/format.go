package printer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Format is how a result is written.
type Format string

// The formats of -o.
const (
	Table Format = "table"
	JSON  Format = "json"
	YAML  Format = "yaml"
)

// Formats lists the formats in the order of the help.
func Formats() []string { return []string{string(Table), string(JSON), string(YAML)} }

// ParseFormat reads the value of -o.
func ParseFormat(s string) (Format, error) {
	for _, f := range Formats() {
		if s == f {
			return Format(f), nil
		}
	}
	return "", fmt.Errorf("output format %q: want %s", s, strings.Join(Formats(), ", "))
}

// protojson writes names as the protos have them, and fields that are not set as
// well, so that a script need not know which values are defaults.
var protoJSON = protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}

// Message writes a response as JSON or YAML.
func Message(w io.Writer, f Format, m proto.Message) error {
	text, err := protoJSON.Marshal(m)
	if err != nil {
		return fmt.Errorf("write %s as %s: %w", m.ProtoReflect().Descriptor().FullName(), f, err)
	}
	return write(w, f, text)
}

// Value writes a value that is no proto message as JSON or YAML; its JSON tags are
// the names in both.
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
	if err := json.Indent(&out, text, "", "  "); err != nil {
		return fmt.Errorf("lay out JSON: %w", err)
	}
	out.WriteByte('\n')
	_, err := w.Write(out.Bytes())
	return err
}

// writeYAML uses that JSON is YAML: read as nodes, fields keep their order and
// numbers their digits.
func writeYAML(w io.Writer, text []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("read JSON as YAML: %w", err)
	}
	plain(&doc)
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	return enc.Close()
}

// ambiguous are texts that readers of YAML 1.1, such as Python's, take for a boolean
// or for a number to the base of 60 (https://yaml.org/type/bool.html and int.html).
var ambiguous = regexp.MustCompile(`^(?i:y|yes|n|no|on|off)$|^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?$`)

// plain takes JSON's braces and quotes away; the encoder quotes where YAML 1.2 must.
func plain(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode && ambiguous.MatchString(n.Value) {
		return
	}
	n.Style = 0
	if len(n.Content) == 0 && (n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode) {
		n.Style = yaml.FlowStyle // {} and [] cannot be written in any other way
	}
	for _, c := range n.Content {
		plain(c)
	}
}
