package forward

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
)

func all(string, string) bool { return true }

func TestWhatCannotBeForwardedIsRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		desc *grpc.ServiceDesc
		want string
	}{
		"a service that nobody knows": {&grpc.ServiceDesc{ServiceName: "streamflow.none.v1.NoneService"}, "forward to x"},
		"a message":                   {&grpc.ServiceDesc{ServiceName: "streamflow.orchestrator.v1.Run"}, "streamflow.orchestrator.v1.Run is no service"},
		"a stream of requests":        {&reflectionv1.ServerReflection_ServiceDesc, "a stream of requests cannot be forwarded"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New([]backend.Service{{Name: "x", Desc: tc.desc}}, all, anybody, anybody, untold, nil)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestADescriptionHasEveryMethodOfTheContract(t *testing.T) {
	t.Parallel()
	want := &orchestratorv1.OrchestratorService_ServiceDesc
	for name, exposed := range map[string]Exposed{
		"all exposed": all, "none exposed": func(string, string) bool { return false },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := describe(backend.Service{Name: "orchestrator", Desc: want}, exposed, anybody, anybody, untold, nil)
			require.NoError(t, err)
			require.Equal(t, want.ServiceName, got.ServiceName)
			require.Equal(t, want.Metadata, got.Metadata, "reflection finds the file by it")
			require.Len(t, got.Methods, len(want.Methods))
			for i := range want.Methods {
				require.Equal(t, want.Methods[i].MethodName, got.Methods[i].MethodName)
			}
			require.Len(t, got.Streams, 2)
			require.Equal(t, "WatchRun", got.Streams[0].StreamName)
			require.Equal(t, "ExportAudit", got.Streams[1].StreamName)
			require.True(t, got.Streams[0].ServerStreams)
		})
	}
}

// anybody may come in.
func anybody(ctx context.Context) (context.Context, error) { return ctx, nil }

// untold is told of what is refused, and tells nobody.
func untold(context.Context, string, error) {}
