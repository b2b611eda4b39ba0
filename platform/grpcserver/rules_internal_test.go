package grpcserver

import (
	"strings"
	"testing"

	validatev1 "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1" // whose contracts are looked at
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Of every service, also those that only other services call, and within lists and maps.
func TestEveryPatternOfTheContractsHasWords(t *testing.T) {
	t.Parallel()
	found := map[string]int{}
	var look func(protoreflect.MessageDescriptors)
	look = func(messages protoreflect.MessageDescriptors) {
		for i := range messages.Len() {
			look(messages.Get(i).Messages())
			fields := messages.Get(i).Fields()
			for j := range fields.Len() {
				for _, pattern := range patternsOf(fields.Get(j)) {
					require.Contains(t, inWords, pattern, fields.Get(j).FullName())
					found[pattern]++
				}
			}
		}
	}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if strings.HasPrefix(string(f.Package()), "streamflow.") {
			look(f.Messages())
		}
		return true
	})
	for pattern := range inWords {
		require.Positive(t, found[pattern], "nothing has the pattern %s any more", pattern)
	}
}

// patternsOf are the patterns that a field has to match, its items, and its keys and values.
func patternsOf(f protoreflect.FieldDescriptor) []string {
	rules, _ := proto.GetExtension(f.Options(), validatev1.E_Field).(*validatev1.FieldRules)
	var all []string
	for _, r := range []*validatev1.FieldRules{rules, rules.GetRepeated().GetItems(), rules.GetMap().GetKeys(), rules.GetMap().GetValues()} {
		if pattern := r.GetString().GetPattern(); pattern != "" {
			all = append(all, pattern)
		}
	}
	return all
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
	require.Equal(t, map[string]string{
		"into": "want a name of lower case letters, digits and underscores that does not begin with a digit, of at most 63", "dataset": inWords[`^[a-z][a-z0-9_]{0,47}$`],
	}, said(&snapshotv1.RestoreRequest{Dataset: "The Shop", AsOf: "2024-01-31", Into: "2024", RequestedBy: "me"}))
}
