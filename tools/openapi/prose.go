package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// keepDescriptions moves a reference that has a description into allOf: OpenAPI 3.0
// ignores everything that stands beside a $ref.
func keepDescriptions(swagger []byte) ([]byte, error) {
	var doc any
	if err := json.Unmarshal(swagger, &doc); err != nil {
		return nil, fmt.Errorf("read swagger: %w", err)
	}
	wrapReferences(doc)
	return json.Marshal(doc)
}

func wrapReferences(node any) {
	switch n := node.(type) {
	case []any:
		for _, child := range n {
			wrapReferences(child)
		}
	case map[string]any:
		for _, child := range n {
			wrapReferences(child)
		}
		ref, isRef := n["$ref"].(string)
		if _, described := n["description"].(string); isRef && described {
			delete(n, "$ref")
			n["allOf"] = []any{map[string]any{"$ref": ref}}
		}
	}
}

// split makes the first sentence of a comment the summary, and the rest the description.
func split(summary, description string) (string, string) {
	whole := unwrap(strings.TrimSpace(summary + "\n" + description))
	first, rest, found := strings.Cut(whole, ". ")
	if !found {
		return strings.TrimSuffix(whole, "."), whole
	}
	return first, strings.TrimSpace(rest)
}

// unwrap joins the lines of a paragraph, which a comment breaks at some column; list
// items and paragraphs stay apart.
func unwrap(text string) string {
	lines := strings.Split(text, "\n")
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteString(separator(lines[i-1], line))
		}
		b.WriteString(strings.TrimRight(line, " "))
	}
	return b.String()
}

func separator(before, line string) string {
	if before == "" || line == "" || strings.HasPrefix(strings.TrimSpace(line), "- ") {
		return "\n"
	}
	return " "
}

func unwrapSchema(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil || ref.Ref != "" {
		return
	}
	ref.Value.Description = unwrap(ref.Value.Description)
	unwrapSchema(ref.Value.Items)
	for _, property := range ref.Value.Properties {
		unwrapSchema(property)
	}
}
