package api

import (
	"google.golang.org/grpc"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/event"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// WatchRun sends the events of a run from a number on, until the run has ended.
func (s *Server) WatchRun(req *orchestratorv1.WatchRunRequest, stream grpc.ServerStreamingServer[orchestratorv1.WatchRunResponse]) error {
	ctx := stream.Context()
	id, err := s.store.ResolveRun(ctx, req.GetRun())
	if err != nil {
		return err
	}
	return event.Watch(ctx, s.store, s.hub, id, req.GetFrom(), func(e run.Event) error {
		return stream.Send(&orchestratorv1.WatchRunResponse{Event: eventMessage(e)})
	})
}
