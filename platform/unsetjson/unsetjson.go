// Package unsetjson decides what of a message's JSON is there although it was not set. It
// is the one rule of all that writes messages for others: a count of 0, an empty text and
// an empty list are there to be read; what would say something untrue is not.
package unsetjson

import (
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/streamflow/streamflow/platform/enumjson"
	"github.com/streamflow/streamflow/platform/jsonfield"
)

// Options write the names of the protos, and every field that cannot tell unset from zero.
// A field that can, as a time that has not come, is left out.
var Options = protojson.MarshalOptions{UseProtoNames: true, EmitDefaultValues: true}

// declaration is the package of what people declare.
const declaration = "streamflow.dataset.v1"

// LeaveOut returns the JSON of a message that Options wrote without the enums that have no
// value and without what a dataset does not declare. Enums are in full. Errors: text that
// is no JSON.
func LeaveOut(text []byte, md protoreflect.MessageDescriptor) ([]byte, error) {
	return jsonfield.Without(text, md, Omitted)
}

// Omitted is true of a field that is not there: an enum without a value, and, within a
// dataset, whatever is not declared. A list of datasets leaves their tables out, and an
// empty list of them beside their number would be untrue.
func Omitted(field protoreflect.FieldDescriptor, value json.RawMessage) bool {
	if enumjson.Unset(field, value) {
		return true
	}
	return field.ParentFile().Package() == declaration && !field.HasPresence() && zero(value)
}

// zero is true of what a field of a dataset has that was not declared.
func zero(value json.RawMessage) bool {
	switch string(value) {
	case `""`, "[]", "{}", "false", "0":
		return true
	}
	return false
}
