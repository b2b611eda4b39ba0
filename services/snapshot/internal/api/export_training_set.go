package api

import (
	"bufio"
	"context"

	"google.golang.org/grpc"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// ExportTrainingSet writes the rows of a training set.
func (s *Server) ExportTrainingSet(req *snapshotv1.ExportTrainingSetRequest, stream grpc.ServerStreamingServer[snapshotv1.ExportTrainingSetResponse]) error {
	r, err := s.recipe(stream.Context(), req.GetTrainingSet())
	if err != nil {
		return err
	}
	return s.writeFile(stream.Context(), r, file{
		head: func(h *snapshotv1.TrainingFileHead) error {
			return stream.Send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Head{Head: h}})
		},
		chunk: func(b []byte) error {
			return stream.Send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Chunk{Chunk: b}})
		},
		result: func(f *snapshotv1.TrainingFile) error {
			return stream.Send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Result{Result: f}})
		},
	})
}

// chunkSize is how many bytes of a file go into one message. Smaller, and messages cost
// more than the bytes; larger, and each stream holds more memory.
const chunkSize = 64 << 10

// file is where the messages of a file go: a head, chunks, the result.
type file struct {
	head   func(*snapshotv1.TrainingFileHead) error
	chunk  func([]byte) error
	result func(*snapshotv1.TrainingFile) error
}

// Write sends the bytes as a chunk.
func (f file) Write(b []byte) (int, error) {
	if err := f.chunk(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// writeFile sends the rows of a set.
func (s *Server) writeFile(ctx context.Context, r *trainingset.Recipe, to file) error {
	etag, err := r.ETag()
	if err != nil {
		return err
	}
	head := &snapshotv1.TrainingFileHead{
		TrainingSet: r.Manifest.ID, Format: snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV, Writer: trainingset.CSVWriter,
		Etag: etag, Rows: r.Manifest.Rows, Name: r.Manifest.Name + "_" + r.Manifest.ID + ".csv",
	}
	if err := to.head(head); err != nil {
		return err
	}
	out := bufio.NewWriterSize(to, chunkSize)
	written, manifest, err := s.trainer.Export(ctx, r, out)
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return to.result(&snapshotv1.TrainingFile{Bytes: written.Bytes, Rows: written.Rows, Sha256: written.SHA256, Manifest: manifest})
}
