package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"
)

// node is a value of the JSON document, with the line on which it begins.
type node struct {
	line int
	// value is a string, json.Number, bool or nil; *object or []*node otherwise.
	value any
}

// object keeps its members as they stand, so that one that is repeated is seen.
type object struct {
	line    int
	members []member
}

type member struct {
	line int
	name string
	node *node
}

// deepest is how deep a manifest's own fields lie: a field of a file of the list. What
// lies deeper is skipped.
const deepest = 4

// wanted is what a manifest is, for people.
const wanted = "an object with dataset, as_of and files"

// readTree reads JSON with its lines. The mistake says why it is none.
func readTree(content []byte) (*node, *Mistake) {
	wrong := func(line int, found, action string) (*node, *Mistake) {
		return nil, &Mistake{Line: line, Expected: wanted, Found: found, Action: action}
	}
	const correct = "Correct the manifest, or leave it out."
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		return wrong(1, "UTF-16 text", "Save the manifest as UTF-8.")
	case !utf8.Valid(content):
		return wrong(1, "text that is not UTF-8", "Save the manifest as UTF-8.")
	}
	content = bytes.TrimPrefix(content, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimSpace(content)) == 0 {
		return wrong(1, "an empty file", correct)
	}
	var whole json.RawMessage
	if err := json.Unmarshal(content, &whole); err != nil {
		var syntax *json.SyntaxError
		line := 1
		if errors.As(err, &syntax) {
			line += bytes.Count(content[:min(int(syntax.Offset), len(content))], []byte("\n"))
		}
		return wrong(line, fmt.Sprintf("no JSON: %s", err), correct)
	}
	r := &reader{content: content, dec: json.NewDecoder(bytes.NewReader(content)), line: 1}
	r.dec.UseNumber()
	return r.value(1), nil
}

// reader reads a document that is known to be JSON.
type reader struct {
	content []byte
	dec     *json.Decoder
	line    int
	at      int
	// ended is set where there are no more tokens.
	ended bool
}

// next returns the next token, and the line on which it stands.
func (r *reader) next() (json.Token, int) {
	token, err := r.dec.Token()
	if err != nil {
		r.ended = true // it cannot be before the last one: the syntax was checked
		return nil, r.line
	}
	end := int(r.dec.InputOffset())
	r.line += bytes.Count(r.content[r.at:end], []byte("\n"))
	r.at = end
	return token, r.line
}

func (r *reader) value(depth int) *node {
	token, line := r.next()
	n := &node{line: line, value: token}
	delim, opens := token.(json.Delim)
	switch {
	case !opens:
	case depth > deepest:
		n.value = nil
		r.skip()
	case delim == '{':
		o := &object{line: line}
		for r.dec.More() {
			name, at := r.next()
			text, _ := name.(string)
			o.members = append(o.members, member{at, text, r.value(depth + 1)})
		}
		_, _ = r.next()
		n.value = o
	default:
		items := []*node{}
		for r.dec.More() {
			items = append(items, r.value(depth+1))
		}
		_, _ = r.next()
		n.value = items
	}
	return n
}

// skip reads on to the end of an object or array that was opened.
func (r *reader) skip() {
	for open := 1; open > 0 && !r.ended; {
		switch token, _ := r.next(); token {
		case json.Delim('{'), json.Delim('['):
			open++
		case json.Delim('}'), json.Delim(']'):
			open--
		}
	}
}
