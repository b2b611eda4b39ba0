package backend_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/backend"
	"github.com/streamflow/streamflow/services/gateway/internal/backendtest"
)

var get = &orchestratorv1.GetRunRequest{Run: "run_1"}

func TestAServiceThatIsAwayIsNamed(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	set := suite.Dial(t)
	suite.Stop("snapshot")

	_, err := set.Snapshot.ListSnapshots(t.Context(), &snapshotv1.ListSnapshotsRequest{Dataset: "d"})

	p := problem.FromError(err)
	require.Equal(t, problem.ServiceUnavailable, p.Reason)
	require.Equal(t, "snapshot", p.Metadata["service"])
	require.Contains(t, p.Message, "the snapshot service cannot be reached at "+suite.Addresses.Snapshot)
}

func TestAStreamOfAServiceThatIsAwayIsNamed(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	set := suite.Dial(t)
	suite.Stop("orchestrator")

	stream, err := set.Orchestrator.WatchRun(t.Context(), &orchestratorv1.WatchRunRequest{Run: "run_1"})
	if err == nil {
		_, err = stream.Recv()
	}

	require.ErrorContains(t, err, "the orchestrator service cannot be reached")
	require.True(t, problem.Is(err, problem.ServiceUnavailable))
}

func TestAServiceThatDoesNotAnswerInTimeIsNamed(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	suite.On("OrchestratorService/GetRun", func(ctx context.Context, _ proto.Message) (proto.Message, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()

	_, err := suite.Dial(t).Orchestrator.GetRun(ctx, get)

	require.ErrorContains(t, err, "did not answer in time")
	require.True(t, problem.Is(err, problem.ServiceUnavailable))
}

func TestWhatAServiceSaysItselfIsLeftAlone(t *testing.T) {
	t.Parallel()
	suite := backendtest.New(t)
	suite.Fail("OrchestratorService/GetRun", problem.New(problem.DatabaseUnavailable, "PostgreSQL is starting up"))

	_, err := suite.Dial(t).Orchestrator.GetRun(t.Context(), get)

	require.True(t, problem.Is(err, problem.DatabaseUnavailable))
	require.ErrorContains(t, err, "PostgreSQL is starting up")
}

func TestDialRefusesAnAddressThatIsNone(t *testing.T) {
	t.Parallel()
	_, err := backend.Dial(backend.Addresses{Ingest: "127.0.0.1:1", Quality: "dns://%%", Snapshot: "127.0.0.1:1", Orchestrator: "127.0.0.1:1"}, nil, nil)
	require.ErrorContains(t, err, "quality")
}
