package api

import (
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// RebuildTrainingSet writes the rows of a manifest, and holds them to its hash.
func (s *Server) RebuildTrainingSet(req *snapshotv1.RebuildTrainingSetRequest, stream grpc.ServerStreamingServer[snapshotv1.RebuildTrainingSetResponse]) error {
	r, err := trainingset.Parse(req.GetManifest())
	if err != nil {
		return err
	}
	return s.writeFile(stream.Context(), r, file{
		head: func(h *snapshotv1.TrainingFileHead) error {
			return stream.Send(&snapshotv1.RebuildTrainingSetResponse{Message: &snapshotv1.RebuildTrainingSetResponse_Head{Head: h}})
		},
		chunk: func(b []byte) error {
			return stream.Send(&snapshotv1.RebuildTrainingSetResponse{Message: &snapshotv1.RebuildTrainingSetResponse_Chunk{Chunk: b}})
		},
		result: func(f *snapshotv1.TrainingFile) error {
			if was := r.Manifest.File; was != nil && was.SHA256 != f.GetSha256() {
				return problem.New(problem.TrainingSetChanged,
					"the training set cannot be made again: expected %d bytes of SHA-256 %s, found %d of %s; what was written is not the file of the manifest. `sfctl training-set verify` says which snapshot changed",
					was.Bytes, was.SHA256, f.GetBytes(), f.GetSha256())
			}
			return stream.Send(&snapshotv1.RebuildTrainingSetResponse{Message: &snapshotv1.RebuildTrainingSetResponse_Result{Result: f}})
		},
	})
}
