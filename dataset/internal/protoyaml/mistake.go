package protoyaml

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Position is a place in the YAML; both from 1.
type Position struct {
	Line, Column int
}

// Mistake is one thing wrong with the YAML.
type Mistake struct {
	Position
	// Path leads to the field, as in tables[1].columns[0].type.
	Path string
	// Message says what was expected and what was found.
	Message string
}

// Positions says where the field of each path stands.
type Positions map[string]Position

// Of is where the field of a path stands, or, where the YAML lacks the field,
// the nearest thing around it; the start of the document if nothing is.
func (ps Positions) Of(path string) Position {
	for {
		if position, ok := ps[path]; ok {
			return position
		}
		if path == "" {
			return Position{Line: 1, Column: 1}
		}
		path = Parent(path)
	}
}

// Parent is the path of the message or list that the field of a path is in.
func Parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

func at(node *yaml.Node) Position { return Position{Line: node.Line, Column: node.Column} }

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func element(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
