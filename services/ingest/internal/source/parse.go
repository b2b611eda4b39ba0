package source

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// BadManifest says why a file is no manifest.
type BadManifest struct {
	Expected, Found string
}

// Error says both.
func (b *BadManifest) Error() string {
	return fmt.Sprintf("expected %s, found %s", b.Expected, b.Found)
}

// wantManifest is what a manifest is, for people.
const wantManifest = "an object with dataset, as_of and files"

// parseManifest reads JSON, and says in its words, not in Go's, what does not fit.
func parseManifest(content []byte) (*Manifest, error) {
	content = bytes.TrimSpace(bytes.TrimPrefix(content, []byte("\xef\xbb\xbf")))
	var m *Manifest
	err := json.Unmarshal(content, &m)
	var shape *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case len(content) == 0:
		return nil, &BadManifest{wantManifest, "an empty file"}
	case errors.As(err, &shape) && shape.Field == "":
		return nil, &BadManifest{wantManifest, article(shape.Value)}
	case errors.As(err, &shape):
		return nil, &BadManifest{shape.Field + " to be " + kindOf(shape.Type), article(shape.Value)}
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(content[:min(int(syntax.Offset), len(content))], []byte("\n"))
		return nil, &BadManifest{wantManifest, fmt.Sprintf("no JSON: line %d: %s", line, syntax)}
	case err != nil:
		return nil, &BadManifest{wantManifest, err.Error()}
	case m == nil:
		return nil, &BadManifest{wantManifest, "null"}
	}
	return m, nil
}

// article puts a kind of JSON value, which may be "number 1.5", into a sentence.
func article(value string) string {
	kind, rest, _ := strings.Cut(value, " ")
	switch kind {
	case "array", "object":
		return "an " + kind
	case "bool":
		return "true or false"
	case "number":
		return strings.TrimSpace("the number " + rest)
	}
	return "a " + kind
}

// kindOf names what JSON has in place of a Go type.
func kindOf(t reflect.Type) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Slice:
		return "an array"
	case reflect.Struct:
		return "an object"
	default:
		return "a whole number"
	}
}
