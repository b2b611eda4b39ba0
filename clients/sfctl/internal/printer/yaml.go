package printer

import (
	"bytes"
	"fmt"
	"io"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// writeYAML uses that JSON is YAML: read as nodes, fields keep their order and
// numbers their digits.
func writeYAML(w io.Writer, text []byte) error {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return fmt.Errorf("read JSON as YAML: %w", err)
	}
	plain(&doc)
	var out bytes.Buffer // the encoder tells of a writer that fails without its error
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(&doc); err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	if err := enc.Close(); err != nil {
		return fmt.Errorf("write YAML: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
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
