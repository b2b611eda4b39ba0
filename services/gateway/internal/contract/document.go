package contract

import (
	"fmt"
	"strings"
)

// document3 is the little of an OpenAPI 3 document that the gateway goes by.
type document3 struct {
	Paths      map[string]map[string]operation3 `json:"paths"`
	Components struct {
		Parameters map[string]parameter3 `json:"parameters"`
		Schemas    map[string]schema3    `json:"schemas"`
	} `json:"components"`
}

type operation3 struct {
	OperationID string       `json:"operationId"`
	Parameters  []parameter3 `json:"parameters"`
	RequestBody *body3       `json:"requestBody"`
}

type body3 struct {
	Content map[string]struct {
		Schema schema3 `json:"schema"`
	} `json:"content"`
}

type parameter3 struct {
	Ref      string  `json:"$ref"`
	Name     string  `json:"name"`
	In       string  `json:"in"`
	Required bool    `json:"required"`
	Schema   schema3 `json:"schema"`
}

type schema3 struct {
	Type       string             `json:"type"`
	Ref        string             `json:"$ref"`
	Enum       []string           `json:"enum"`
	Items      *schema3           `json:"items"`
	AllOf      []schema3          `json:"allOf"`
	Properties map[string]schema3 `json:"properties"`
}

const (
	parameterRef   = "#/components/parameters/"
	schemaRef      = "#/components/schemas/"
	jsonBody       = "application/json"
	idempotencyKey = "Idempotency-Key"
)

func (d document3) operation(method, path string, o operation3) (Operation, error) {
	service, rpc, ok := strings.Cut(o.OperationID, "_")
	if !ok {
		return Operation{}, fmt.Errorf("operationId %q: want Service_Method", o.OperationID)
	}
	op := Operation{
		Method: method, Path: path, Service: service, RPC: rpc,
		Body: o.RequestBody != nil, Enums: map[string][]string{}, Types: map[string]string{}, template: parseTemplate(path),
	}
	for _, p := range o.Parameters {
		if p.Ref != "" {
			p = d.Components.Parameters[strings.TrimPrefix(p.Ref, parameterRef)]
		}
		switch p.In {
		case "path":
			op.PathParams = append(op.PathParams, p.Name)
		case "query":
			op.Query = append(op.Query, p.Name)
			op.enum(p.Name, d.enum(p.Schema))
			op.parameter(p)
		case "header":
			op.IdempotencyKey = op.IdempotencyKey || p.Name == idempotencyKey
		}
	}
	if o.RequestBody != nil {
		op.BodyMessage = strings.TrimPrefix(o.RequestBody.Content[jsonBody].Schema.Ref, schemaRef)
		for name, field := range d.resolve(o.RequestBody.Content[jsonBody].Schema).Properties {
			op.enum(name, d.enum(field))
		}
	}
	return op, nil
}

// parameter notes what a parameter of the query has to be.
func (o *Operation) parameter(p parameter3) {
	if p.Schema.Type == "integer" || p.Schema.Type == "boolean" {
		o.Types[p.Name] = p.Schema.Type
	}
	if p.Required {
		o.Required = append(o.Required, p.Name)
	}
}

func (o *Operation) enum(name string, values []string) {
	if len(values) > 0 {
		o.Enums[name] = values
	}
}

// enum lists the values that a schema, or the items of its list, may have; it is
// empty where that is no enum.
func (d document3) enum(s schema3) []string {
	s = d.resolve(s)
	switch {
	case len(s.Enum) > 0:
		return s.Enum
	case s.Items != nil:
		return d.enum(*s.Items)
	case len(s.AllOf) > 0: // a reference with words of its own beside it
		return d.enum(s.AllOf[0])
	default:
		return nil
	}
}

func (d document3) resolve(s schema3) schema3 {
	if s.Ref != "" {
		return d.Components.Schemas[strings.TrimPrefix(s.Ref, schemaRef)]
	}
	return s
}
