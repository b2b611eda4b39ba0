package resultjson

import (
	"encoding/json"
	"strconv"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// ofValidation is the package of the messages that a validation is made of.
const ofValidation = "streamflow.quality.v1"

// largestExact is 2^53: every reader of JSON keeps whole numbers up to it.
const largestExact = 1 << 53

// numbers makes whole numbers of 64 bits numbers, which protojson writes as texts, as far
// as every reader keeps their digits: those of a validation's own messages, and not those
// of findings and places of rows, which runs and batches have too.
func numbers(m protoreflect.MessageDescriptor, object map[string]any) {
	if m.ParentFile().Package() != ofValidation {
		return
	}
	for i := range m.Fields().Len() {
		f := m.Fields().Get(i)
		text, ok := object[string(f.Name())].(string)
		if f.Kind() != protoreflect.Int64Kind || !ok {
			continue
		}
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= -largestExact && n <= largestExact {
			object[string(f.Name())] = json.Number(text)
		}
	}
	each(m, object, numbers)
}
