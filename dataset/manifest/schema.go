package manifest

import (
	"bytes"
	"encoding/json"
)

// schema is as much of JSON Schema (draft 2020-12) as the fields need.
type schema struct {
	Schema      string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        string             `json:"type,omitempty"`
	Format      string             `json:"format,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	MinLength   int                `json:"minLength,omitempty"`
	MaxLength   int                `json:"maxLength,omitempty"`
	Minimum     *int               `json:"minimum,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
	MaxItems    int                `json:"maxItems,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	// Additional is false where other keys are mistakes, absent where anything goes.
	Additional *bool    `json:"additionalProperties,omitempty"`
	AnyOf      []schema `json:"anyOf,omitempty"`
	Examples   []any    `json:"examples,omitempty"`
}

// Schema returns the JSON schema of a manifest, indented, with a line end. It says what
// one value may be; what it cannot say (a key that is repeated, a file that is listed
// twice, a path that leads out of the source in a way that no pattern tells) only Parse
// finds.
func Schema() []byte {
	s := objectSchema(document)
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "StreamFlow: the manifest of a delivery, manifest.json"
	for _, name := range says {
		s.AnyOf = append(s.AnyOf, schema{Required: []string{name}})
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		panic(err) //nolint:forbidigo // the fields are constants, which JSON can hold
	}
	return b.Bytes()
}

func objectSchema(fields []field) *schema {
	closed := false
	s := &schema{Type: "object", Properties: map[string]*schema{}, Additional: &closed}
	for _, f := range fields {
		s.Properties[f.name] = f.schema()
		if f.required {
			s.Required = append(s.Required, f.name)
		}
	}
	return s
}

// plainPart is one folder or file of a name: it begins with no dot or blank, ends with
// no blank, and holds no backslash or control character.
const plainPart = `[^./\\\s\x00-\x1f\x7f-\x9f]([^/\\\x00-\x1f\x7f-\x9f]*[^/\\\s\x00-\x1f\x7f-\x9f])?`

func (f field) schema() *schema {
	zero := 0
	s := &schema{Description: f.doc}
	if f.example != nil {
		s.Examples = []any{f.example}
	}
	switch f.kind {
	case kindText:
		s.Type, s.MinLength = "string", 1
	case kindDay:
		s.Type, s.Format, s.Pattern = "string", "date", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
	case kindFileName:
		s.Type, s.MaxLength, s.Pattern = "string", 255, "^"+plainPart+"(/"+plainPart+")*$"
	case kindSHA256:
		s.Type, s.Pattern = "string", "^[0-9a-fA-F]{64}$"
	case kindCount:
		s.Type, s.Minimum = "integer", &zero
	case kindFiles:
		s.Type, s.MinItems, s.MaxItems, s.Items = "array", 1, MaxFiles, objectSchema(listed)
	case kindOwn:
	}
	return s
}
