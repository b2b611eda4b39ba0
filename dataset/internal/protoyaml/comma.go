package protoyaml

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// thousands is a number as people group it, which no comma belongs into.
var thousands = regexp.MustCompile(`^[-+]?[0-9]{1,3}(,[0-9]{3})+$`)

// severed counts the keys from the i-th node on that are no fields, but what commas cut
// off the value before them: between braces, type: numeric(10,2) is the type numeric(10
// and a key 2) without a value.
func severed(node *yaml.Node, i int, unknown func(key *yaml.Node) bool) int {
	if node.Style&yaml.FlowStyle == 0 || i < 2 || !plainScalar(node.Content[i-1]) {
		return 0
	}
	n := 0
	for ; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		bare := value.Kind == yaml.ScalarNode && value.ShortTag() == nullTag && value.Value == ""
		if !bare || !plainScalar(key) || !unknown(key) {
			break
		}
		n++
	}
	return n
}

// plainScalar is true of a word or more that stand in the text without quotes.
func plainScalar(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.Style == 0 && node.Value != "" && node.Anchor == ""
}

// noName is true of a key that cannot be the name of an argument: a number, as in
// max_value: 1,000, or the end of what a bracket began.
func noName(key *yaml.Node) bool {
	return key.ShortTag() != stringTag || strings.Count(key.Value, ")") > strings.Count(key.Value, "(")
}

// cut says how the value before the i-th node is written in one piece, of which n keys
// are the rest.
func (d *decoder) cut(path string, node *yaml.Node, i, n int) {
	name, value := node.Content[i-2], node.Content[i-1]
	whole, last := value.Value, value
	for j := range n {
		key := node.Content[i+2*j]
		whole += ","
		if key.Line != last.Line || key.Column > last.Column+utf8.RuneCountInString(last.Value)+len(",") {
			whole += " "
		}
		whole += key.Value
		last = key
	}
	write := strconv.Quote(whole)
	if thousands.MatchString(whole) {
		write = strings.ReplaceAll(whole, ",", "")
	}
	d.wrong(value, join(path, name.Value), "expected a value in quotes where it holds a comma, found %s, since a comma between braces ends a value: write %s: %s",
		strconv.Quote(shorten(value.Value)), name.Value, write)
}
