package api

import (
	"google.golang.org/grpc"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// BuildTrainingSet resolves, guards and records a training set.
func (s *Server) BuildTrainingSet(req *snapshotv1.BuildTrainingSetRequest, stream grpc.ServerStreamingServer[snapshotv1.BuildTrainingSetResponse]) error {
	order, err := s.trainingOrder(req)
	if err != nil {
		return err
	}
	order.Report = func(phase string, done, total int) {
		// A message that cannot be sent is no loss: the stream's context ends with it.
		_ = stream.Send(&snapshotv1.BuildTrainingSetResponse{Message: &snapshotv1.BuildTrainingSetResponse_Progress{
			Progress: &stepv1.Progress{Table: order.Definition.GetName(), Phase: phase, RowsDone: int64(done), RowsTotal: int64(total)},
		}})
	}
	manifest, err := s.trainer.Build(stream.Context(), order)
	if err != nil {
		return err
	}
	recipe, err := trainingset.Parse(manifest)
	if err != nil {
		return err
	}
	kept, err := s.trainingSet(stream.Context(), recipe.Manifest.ID)
	if err != nil {
		return err
	}
	built, err := s.trainingMessageOf(stream.Context(), kept)
	if err != nil {
		return err
	}
	return stream.Send(&snapshotv1.BuildTrainingSetResponse{Message: &snapshotv1.BuildTrainingSetResponse_Result{Result: built}})
}
