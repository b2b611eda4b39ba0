package api

import (
	"google.golang.org/grpc"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// RebuildTrainingSet writes the rows of a manifest, and holds them to its hashes.
func (s *Server) RebuildTrainingSet(req *snapshotv1.RebuildTrainingSetRequest, stream grpc.ServerStreamingServer[snapshotv1.RebuildTrainingSetResponse]) error {
	r, err := trainingset.Parse(req.GetManifest())
	if err != nil {
		return err
	}
	if err := bring(r, req.GetEntityRows()); err != nil {
		return err
	}
	return s.writeFile(stream.Context(), r, r.Format(), file{
		head: func(h *snapshotv1.TrainingFileHead) error {
			return stream.Send(&snapshotv1.RebuildTrainingSetResponse{Message: &snapshotv1.RebuildTrainingSetResponse_Head{Head: h}})
		},
		chunk: func(b []byte) error {
			return stream.Send(&snapshotv1.RebuildTrainingSetResponse{Message: &snapshotv1.RebuildTrainingSetResponse_Chunk{Chunk: b}})
		},
		result: func(written trainingset.FileEntry, f *snapshotv1.TrainingFile) error {
			same, otherBytes := r.Rebuilt(written)
			if !same {
				return s.trainer.NotTheFile(stream.Context(), r, written)
			}
			if otherBytes {
				f.OtherWriter = r.Manifest.File.Writer
			}
			return stream.Send(&snapshotv1.RebuildTrainingSetResponse{Message: &snapshotv1.RebuildTrainingSetResponse_Result{Result: f}})
		},
	})
}
