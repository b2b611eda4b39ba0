package backend

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// unnamed are the fields of lists that name nothing which could be there or not, and why.
var unnamed = map[protoreflect.Name]string{
	"dataset":    "is asked for by itself",
	"page_token": "is what the page before said",
	"before":     "is a bound, which need be no as_of",
	"from":       "is a bound, which need be no as_of",
	"to":         "is a bound, which need be no as_of",

	"dataset_version": "is what the gateway puts there",
}

// A list that is narrowed by a name is empty where the name is wrong, and where there is
// nothing yet. Whoever adds a filter says here how the two are told apart.
func TestEveryFilterOfEveryListIsLookedUp(t *testing.T) {
	t.Parallel()
	rules, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	set, err := Dial(Addresses{Ingest: "127.0.0.1:1", Quality: "127.0.0.1:1", Snapshot: "127.0.0.1:1", Orchestrator: "127.0.0.1:1"}, nil, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, set.Close()) }()
	lists := 0
	for _, s := range set.Services() {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(s.Desc.ServiceName))
		require.NoError(t, err)
		service, _ := found.(protoreflect.ServiceDescriptor)
		for i := range service.Methods().Len() {
			method := service.Methods().Get(i)
			fields := method.Input().Fields()
			if !rules.Exposes(string(service.Name()), string(method.Name())) || fields.ByName("page_token") == nil || fields.ByName("dataset") == nil {
				continue
			}
			lists++
			for j := range fields.Len() {
				field := fields.Get(j)
				if field.Kind() != protoreflect.StringKind || unnamed[field.Name()] != "" {
					continue
				}
				require.Contains(t, filters, field.Name(), "%s.%s: look it up in filters, or say in unnamed why not", method.Input().Name(), field.Name())
			}
		}
	}
	require.GreaterOrEqual(t, lists, 5)
}
