// Package numberjson writes whole numbers of 64 bits in a message's JSON as numbers.
// protojson writes them as texts, because a reader that counts in doubles keeps 53 of the
// bits: so a number is one up to 2^53, and stays a text past it. protojson reads both.
package numberjson

import (
	"encoding/json"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/jsonfield"
)

// LargestExact is 2^53: every reader of JSON keeps whole numbers from -2^53 up to it.
const LargestExact = 1 << 53

// Numbers returns the JSON of a message with its whole numbers of 64 bits as numbers,
// where every reader keeps their digits. Errors: text that is no JSON.
func Numbers(text []byte, md protoreflect.MessageDescriptor) ([]byte, error) {
	return jsonfield.Change(text, md, func(field protoreflect.FieldDescriptor, value json.RawMessage) (json.RawMessage, error) {
		if !has64Bits(field.Kind()) {
			return value, nil
		}
		unquoted, err := strconv.Unquote(string(value))
		if err != nil {
			return value, nil //nolint:nilerr // a number already, or null
		}
		n, err := strconv.ParseInt(unquoted, 10, 64)
		if err != nil || n < -LargestExact || n > LargestExact {
			return value, nil //nolint:nilerr // larger still, or no number: as it was
		}
		return strconv.AppendInt(nil, n, 10), nil
	})
}

func has64Bits(k protoreflect.Kind) bool {
	switch k {
	case protoreflect.Int64Kind, protoreflect.Uint64Kind, protoreflect.Sint64Kind, protoreflect.Fixed64Kind, protoreflect.Sfixed64Kind:
		return true
	default:
		return false
	}
}
