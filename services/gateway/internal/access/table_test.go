package access

import (
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/proto/gen/openapi"
	"github.com/streamflow/streamflow/services/gateway/internal/contract"
)

// Whoever adds an RPC says here who may call it, or that nobody may.
func TestEveryRPCHasALineAndEveryLineAnRPC(t *testing.T) {
	t.Parallel()
	rules, err := contract.Load(openapi.Document)
	require.NoError(t, err)
	left := map[string]bool{}
	for name := range table {
		left[name] = true
	}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if file.Package().Parent().Parent() != "streamflow" {
			return true
		}
		for i := range file.Services().Len() {
			service := file.Services().Get(i)
			for j := range service.Methods().Len() {
				rpc := string(service.Methods().Get(j).Name())
				name := string(service.Name()) + "/" + rpc
				needs, listed := table[name]
				require.True(t, listed, "%s has no line in the table: say which role may call it", name)
				delete(left, name)
				exposed := rules.Exposes(string(service.Name()), rpc)
				require.Equal(t, exposed, needs.role != "" || needs.anybody, "%s: what callers reach has a role or is for anybody, and nothing else is", name)
				require.Equal(t, needs.role != "", needs.of != nil, "%s: and says what it is about", name)
				require.Equal(t, needs.anybody, rpc == "WhoAmI", "%s: who is granted nothing learns who they are, and nothing else", name)
			}
		}
		return true
	})
	require.Empty(t, left, "lines of RPCs that there are not")
	require.Greater(t, len(table), 50)
}

// Whoever adds an RPC says whether it stands in the audit log, and what reads says so by its
// name: what is called otherwise is a change until somebody writes it down here.
func TestEveryRPCIsRecordedOrNot(t *testing.T) {
	t.Parallel()
	reads := regexp.MustCompile(`/(Get|List|Diff|Verify|Watch|WhoAmI|Plan)`)
	ways := []string{"OrchestratorService/RedeemLogin", "OrchestratorService/BeginSession", "OrchestratorService/EndSession"}
	exports := []string{"OrchestratorService/ExportAudit", "SnapshotService/ExportTrainingSet", "SnapshotService/RebuildTrainingSet",
		"OrchestratorService/UnmaskRun", "QualityService/UnmaskValidation"}
	for name, needs := range table {
		want := change
		switch {
		case needs.role == "" && !needs.anybody && !slices.Contains(ways, name):
			want = unseen
		case slices.Contains(exports, name):
			want = export
		case reads.MatchString(name):
			want = read
		}
		require.Equal(t, want, needs.log, name)
	}
}

func TestEveryRoleOfTheTableIsOne(t *testing.T) {
	t.Parallel()
	for name, needs := range table {
		if needs.role != "" {
			require.Contains(t, identity.Roles(), needs.role, name)
		}
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	require.Equal(t, "OrchestratorService/GetRun", short("/streamflow.orchestrator.v1.OrchestratorService/GetRun"))
	require.Equal(t, "x/", short("x"))
}
