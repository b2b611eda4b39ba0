package contract

import (
	"bytes"
	"encoding/json"
	"slices"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/jsonfield"
	"github.com/streamflow/streamflow/services/gateway/internal/problemjson"
)

// prose are the fields in which services tell a person what happened and what to do. No
// field that holds a value of a file or of a dataset has one of these names.
var prose = []protoreflect.Name{"action", "message", "note", "text", "warnings"}

// inRESTWords puts what an answer advises into the words of REST. A finding advises what
// the error that ends its run does, and no client has to translate either.
func inRESTWords(text []byte, md protoreflect.MessageDescriptor) ([]byte, error) {
	return jsonfield.Change(text, md, func(field protoreflect.FieldDescriptor, value json.RawMessage) (json.RawMessage, error) {
		var said string
		if field.Kind() != protoreflect.StringKind || !slices.Contains(prose, field.Name()) || json.Unmarshal(value, &said) != nil {
			return value, nil
		}
		words := problemjson.InRESTWords(said)
		if words == said {
			return value, nil
		}
		return quoted(words)
	})
}

// quoted is a text as JSON, without the escapes that only a web page needs.
func quoted(text string) (json.RawMessage, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	err := e.Encode(text)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
