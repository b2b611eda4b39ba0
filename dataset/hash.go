package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Hash is the version of a dataset: the hex SHA-256 of its canonical JSON. The
// same content has the same hash, whatever the layout, the comments and the
// order of keys in the YAML that it was read from.
//
// The canonical JSON is protobuf's JSON of the message with the field names of
// the YAML, only set fields, keys sorted by code point, no white space, UTF-8
// unescaped, no newline at the end. To recompute it from a dataset that is at
// hand as such JSON:
//
//	jq -jcS . dataset.json | sha256sum
//
// A dataset that JSON cannot hold (a NaN among the arguments of an expectation),
// which Lint refuses, has no hash: "".
func Hash(d *datasetv1.Dataset) string {
	canonical, err := canonicalJSON(d)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// canonicalJSON goes through a generic value because protojson promises neither
// an order of map keys nor stable white space, and encoding/json sorts keys.
func canonicalJSON(d *datasetv1.Dataset) ([]byte, error) {
	loose, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(d)
	if err != nil {
		return nil, err
	}
	var content any
	if err := json.Unmarshal(loose, &content); err != nil {
		return nil, err
	}
	var canonical bytes.Buffer
	encoder := json.NewEncoder(&canonical)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(content); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(canonical.Bytes(), []byte("\n")), nil
}
