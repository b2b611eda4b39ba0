package command

import (
	"bytes"
	"encoding/json"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
)

// raw is a message as -o json has it, for a result that is made of some.
func raw(m proto.Message) (json.RawMessage, error) {
	var b bytes.Buffer
	err := printer.Line(&b, m)
	return bytes.TrimSpace(b.Bytes()), err
}

// raws are messages as JSON, for a result that holds some.
func raws[M proto.Message](all []M) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, len(all))
	for i, m := range all {
		text, err := raw(m)
		if err != nil {
			return nil, err
		}
		out[i] = text
	}
	return out, nil
}
