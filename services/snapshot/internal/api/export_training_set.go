package api

import (
	"bufio"
	"context"
	"slices"

	"google.golang.org/grpc"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/format"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// ExportTrainingSet writes the rows of a training set.
func (s *Server) ExportTrainingSet(req *snapshotv1.ExportTrainingSetRequest, stream grpc.ServerStreamingServer[snapshotv1.ExportTrainingSetResponse]) error {
	r, err := s.recipe(stream.Context(), req.GetTrainingSet())
	if err != nil {
		return err
	}
	return s.writeFile(stream.Context(), r, formatOf(req.GetFormat()), file{
		head: func(h *snapshotv1.TrainingFileHead) error {
			return stream.Send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Head{Head: h}})
		},
		chunk: func(b []byte) error {
			return stream.Send(&snapshotv1.ExportTrainingSetResponse{Message: &snapshotv1.ExportTrainingSetResponse_Chunk{Chunk: b}})
		},
		result: func(_ trainingset.FileEntry, f *snapshotv1.TrainingFile) error {
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
	result func(trainingset.FileEntry, *snapshotv1.TrainingFile) error
}

// Write sends the bytes, in chunks where they are many: a message of gRPC has a limit, and
// a value of PostgreSQL none that is near it.
func (f file) Write(b []byte) (int, error) {
	for part := range slices.Chunk(b, chunkSize) {
		if err := f.chunk(part); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}

// writeFile sends the rows of a set in a format.
func (s *Server) writeFile(ctx context.Context, r *trainingset.Recipe, f format.Format, to file) error {
	etag, err := r.ETag(f)
	if err != nil {
		return err
	}
	head := &snapshotv1.TrainingFileHead{
		TrainingSet: r.Manifest.ID, Format: messageOf[f], Writer: f.Writer(),
		Etag: etag, Rows: r.Manifest.Rows, Name: r.Manifest.Name + "_" + r.Manifest.ID + "." + f.Name(),
	}
	if err := to.head(head); err != nil {
		return err
	}
	out := bufio.NewWriterSize(to, chunkSize)
	written, manifest, err := s.trainer.Export(ctx, r, f, out)
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return to.result(written, &snapshotv1.TrainingFile{
		Bytes: written.Bytes, Rows: written.Rows, Sha256: written.SHA256, Manifest: manifest, Writer: written.Writer, ContentHash: written.ContentHash,
	})
}

// messageOf are the formats as messages name them.
var messageOf = map[format.Format]snapshotv1.TrainingFormat{
	format.CSV:     snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV,
	format.Parquet: snapshotv1.TrainingFormat_TRAINING_FORMAT_PARQUET,
	format.Arrow:   snapshotv1.TrainingFormat_TRAINING_FORMAT_ARROW,
}

// formatOf is the format of a message, the first where it says none.
func formatOf(asked snapshotv1.TrainingFormat) format.Format {
	for f, message := range messageOf {
		if message == asked {
			return f
		}
	}
	return format.All()[0]
}
