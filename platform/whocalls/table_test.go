package whocalls_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/streamflow/streamflow/platform/whocalls"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// methods are all RPCs of the services' contracts, by their full names.
func methods(t *testing.T) map[string]protoreflect.MethodDescriptor {
	t.Helper()
	all := map[string]protoreflect.MethodDescriptor{}
	protoregistry.GlobalFiles.RangeFiles(func(f protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(f.Package()), "streamflow.") {
			return true
		}
		for i := range f.Services().Len() {
			service := f.Services().Get(i)
			for j := range service.Methods().Len() {
				m := service.Methods().Get(j)
				all["/"+string(service.FullName())+"/"+string(m.Name())] = m
			}
		}
		return true
	})
	require.Greater(t, len(all), 40)
	return all
}

// fenced says whether a request carries the fence of a run, in itself or in its context.
func fenced(d protoreflect.MessageDescriptor) bool {
	context, fence := (&stepv1.StepContext{}).ProtoReflect().Descriptor().FullName(), (&stepv1.Fence{}).ProtoReflect().Descriptor().FullName()
	for i := range d.Fields().Len() {
		if m := d.Fields().Get(i).Message(); m != nil && (m.FullName() == context || m.FullName() == fence) {
			return true
		}
	}
	return false
}

// exposed are the RPCs that the gateway passes on for clients, by their full names.
func exposed(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("../../proto/gateway.yaml")
	require.NoError(t, err)
	all := map[string]bool{}
	for _, m := range regexp.MustCompile(`selector: (\S+)\.(\w+)`).FindAllStringSubmatch(string(text), -1) {
		all["/"+m[1]+"/"+m[2]] = true
	}
	require.Greater(t, len(all), 20)
	// It is sent on as events, which the mapping cannot say.
	all["/streamflow.orchestrator.v1.OrchestratorService/WatchRun"] = true
	// What the gateway asks for itself: who a caller is.
	all["/streamflow.orchestrator.v1.OrchestratorService/Identify"] = true
	all["/streamflow.orchestrator.v1.OrchestratorService/IdentifySubject"] = true
	for _, rpc := range []string{"RedeemLogin", "BeginSession", "EndSession"} { // of the page
		all["/streamflow.orchestrator.v1.OrchestratorService/"+rpc] = true
	}
	// What it writes of what callers ask for, signs and clears away.
	for _, rpc := range []string{"RecordAudit", "RecordCheckpoint", "ListAuditSegments", "DropAudit"} {
		all["/streamflow.orchestrator.v1.OrchestratorService/"+rpc] = true
	}
	return all
}

func TestEveryRPCHasALine(t *testing.T) {
	t.Parallel()
	have, passed := methods(t), exposed(t)
	for name, m := range have {
		callers := whocalls.Of(name)
		require.NotEmpty(t, callers, "%s has no line in platform/whocalls/table.go: who may call it?", name)
		require.Equal(t, passed[name], callers.Include(whocalls.Gateway), "%s: the gateway calls what proto/gateway.yaml has, and nothing else", name)
		if fenced(m.Input()) {
			require.Equal(t, whocalls.Callers{whocalls.Orchestrator}, callers, "%s carries a fence, and is the orchestrator's alone", name)
		}
		if strings.Contains(name, "OrchestratorService") {
			require.False(t, callers.Include(whocalls.Orchestrator), "%s: the orchestrator does not call itself", name)
		}
	}
	for _, name := range whocalls.Methods() {
		require.Contains(t, have, name, "there is no such RPC any more")
	}
}

func TestNobodyMayCallWhatHasNoLine(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "/", "/streamflow.ingest.v1.IngestService/Steal", "streamflow.ingest.v1.IngestService/Stage", "/streamflow.ingest.v1.IngestService/stage"} {
		require.False(t, whocalls.Of(name).Include(whocalls.Orchestrator, whocalls.Gateway), name)
	}
}

func TestNamesAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	stage := whocalls.Of("/streamflow.ingest.v1.IngestService/Stage")
	require.True(t, stage.Include("orchestrator"))
	require.True(t, stage.Include("orchestrator.streamflow.svc", "orchestrator"))
	for _, name := range []string{"", "gateway", "ingest", "Orchestrator", "orchestrator.", "*", "orchestrator.streamflow.svc"} {
		require.False(t, stage.Include(name), name)
	}
	require.False(t, stage.Include())
}
