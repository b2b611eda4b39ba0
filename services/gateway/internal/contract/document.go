package contract

import (
	"encoding/json"
	"fmt"
	"strings"
)

// document3 is the little of an OpenAPI 3 document that the gateway goes by.
type document3 struct {
	Paths      map[string]map[string]operation3 `json:"paths"`
	Components struct {
		Parameters map[string]parameter3 `json:"parameters"`
	} `json:"components"`
}

type operation3 struct {
	OperationID string          `json:"operationId"`
	Parameters  []parameter3    `json:"parameters"`
	RequestBody json.RawMessage `json:"requestBody"`
}

type parameter3 struct {
	Ref  string `json:"$ref"`
	Name string `json:"name"`
	In   string `json:"in"`
}

const (
	parameterRef   = "#/components/parameters/"
	idempotencyKey = "Idempotency-Key"
)

func (d document3) operation(method, path string, o operation3) (Operation, error) {
	service, rpc, ok := strings.Cut(o.OperationID, "_")
	if !ok {
		return Operation{}, fmt.Errorf("operationId %q: want Service_Method", o.OperationID)
	}
	op := Operation{
		Method: method, Path: path, Service: service, RPC: rpc,
		Body: o.RequestBody != nil, template: parseTemplate(path),
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
		case "header":
			op.IdempotencyKey = op.IdempotencyKey || p.Name == idempotencyKey
		}
	}
	return op, nil
}
