// Package builtin is the dataset that StreamFlow comes with: the monthly
// extracts of a streaming service. Its YAML is also the example that users copy.
package builtin

import (
	"bytes"
	_ "embed"
	"fmt"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// Name is the name of the built-in dataset.
const Name = "streamflow"

//go:embed streamflow/dataset.yaml
var text []byte

var parsed = sync.OnceValue(func() *datasetv1.Dataset {
	d, mistakes := dataset.Read("streamflow/dataset.yaml", text)
	if err := mistakes.Err(); err != nil {
		panic(fmt.Sprintf("the built-in dataset is invalid:\n%v", err)) //nolint:forbidigo // embedded text, which the tests read
	}
	return d
})

// Streamflow returns the built-in dataset, a copy of the caller's own.
func Streamflow() *datasetv1.Dataset { return proto.CloneOf(parsed()) }

// YAML returns the text of the built-in dataset, a copy of the caller's own.
func YAML() []byte { return bytes.Clone(text) }
