package store

import (
	"google.golang.org/protobuf/proto"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// SealedOf reads the sealed values of a row's key; nil where there are none. What cannot be
// read is as good as none: the key is shown as it would be without.
func SealedOf(text []byte) *stepv1.SealedValues {
	if len(text) == 0 {
		return nil
	}
	v := &stepv1.SealedValues{}
	if err := proto.Unmarshal(text, v); err != nil {
		return nil
	}
	return v
}
