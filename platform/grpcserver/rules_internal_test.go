package grpcserver

import (
	"testing"

	validatev1 "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestEveryPatternOfTheContractsHasWords(t *testing.T) {
	t.Parallel()
	found := 0
	protoregistry.GlobalFiles.RangeFilesByPackage("streamflow.orchestrator.v1", func(f protoreflect.FileDescriptor) bool {
		for i := range f.Messages().Len() {
			fields := f.Messages().Get(i).Fields()
			for j := range fields.Len() {
				rules, _ := proto.GetExtension(fields.Get(j).Options(), validatev1.E_Field).(*validatev1.FieldRules)
				if pattern := rules.GetString().GetPattern(); pattern != "" {
					require.Contains(t, inWords, pattern, fields.Get(j).FullName())
					found++
				}
			}
		}
		return true
	})
	require.Positive(t, found)
}

func TestARuleIsBrokenInWords(t *testing.T) {
	t.Parallel()
	validator, err := protovalidate.New()
	require.NoError(t, err)
	said := func(m proto.Message) map[string]string {
		var invalid *protovalidate.ValidationError
		require.ErrorAs(t, validator.Validate(m), &invalid)
		all := map[string]string{}
		for _, v := range invalid.Violations {
			all[field(v)] = broken(v)
		}
		return all
	}

	require.Equal(t, map[string]string{"dataset": "missing", "as_of": "missing", "source": "missing", "requested_by": "missing"},
		said(&orchestratorv1.StartRunRequest{}))
	require.Equal(t, map[string]string{"as_of": "want YYYY-MM-DD, such as 2024-01-31"},
		said(&orchestratorv1.StartRunRequest{Dataset: "d", AsOf: "January", Source: "/x", RequestedBy: "me"}))
	require.Equal(t, map[string]string{"run": "want an id that begins with run_", "fence": "missing", "requested_by": "missing"},
		said(&stepv1.StepContext{Run: "bat_1"}))
	require.Equal(t, map[string]string{"run": "want the id of a run, run_…, or a part of it of at least 4 characters"},
		said(&orchestratorv1.GetRunRequest{Run: "x"}))
	require.Equal(t, map[string]string{"page_size": "must be greater than or equal to 0 and less than or equal to 1000"},
		said(&orchestratorv1.ListRunsRequest{PageSize: -1}))
}
