package rest

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/unsetjson"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// mediaYAML are the types that YAML is sent as: the registered one (RFC 9512), and those
// that were used before it.
var mediaYAML = []string{"application/yaml", "application/x-yaml", "text/yaml"}

// takesYAML is true where the body is a dataset, which people write in YAML.
func takesYAML(op *contract.Operation) bool {
	m := bodyMessage(op)
	return m != nil && m.FullName() == (&datasetv1.Dataset{}).ProtoReflect().Descriptor().FullName()
}

// fromYAML returns a dataset that is written in YAML as JSON. Errors: DATASET_INVALID,
// every mistake of it with its line.
func fromYAML(text []byte) ([]byte, error) {
	d, mistakes := dataset.Read("body", text)
	if len(mistakes) > 0 {
		p := problem.New(problem.DatasetInvalid, "the dataset has %s; the first: %s",
			prose.Count(int64(len(mistakes)), "mistake"), mistakes[0])
		for _, m := range mistakes {
			p = p.Violate(fmt.Sprintf("%s:%d:%d", m.File, m.Line, m.Column), "%s", dataset.Mistake{Path: m.Path, Message: m.Message})
		}
		return nil, p
	}
	return unsetjson.Options.Marshal(d)
}
