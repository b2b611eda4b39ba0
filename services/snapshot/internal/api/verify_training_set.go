package api

import (
	"context"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// VerifyTrainingSet says whether the same bytes can still be made.
func (s *Server) VerifyTrainingSet(ctx context.Context, req *snapshotv1.VerifyTrainingSetRequest) (*snapshotv1.VerifyTrainingSetResponse, error) {
	r, err := s.verified(ctx, req)
	if err != nil {
		return nil, err
	}
	if err := bring(r, req.GetEntityRows()); err != nil {
		return nil, err
	}
	v, err := s.trainer.Verify(ctx, r)
	if err != nil {
		return nil, err
	}
	out := &snapshotv1.VerifyTrainingSetResponse{
		Same: len(v.Differences) == 0 && !v.OtherBytes, SameRows: v.OtherBytes, Differences: v.Differences, Snapshots: int32(v.Snapshots),
		Reason: string(v.Reason), ErasedRows: v.ErasedRows, Rows: v.File.Rows, Sha256: v.File.SHA256, Writer: v.File.Writer,
	}
	if r.Manifest.File != nil {
		out.ManifestWriter = r.Manifest.File.Writer
	}
	return out, nil
}

func (s *Server) verified(ctx context.Context, req *snapshotv1.VerifyTrainingSetRequest) (*trainingset.Recipe, error) {
	switch part, manifest := req.GetTrainingSet(), req.GetManifest(); {
	case (part == "") == (manifest == ""):
		return nil, invalid("training_set", "expected a training set or a manifest, found %s", map[bool]string{true: "neither", false: "both"}[part == ""])
	case manifest != "":
		return trainingset.Parse(manifest)
	default:
		return s.recipe(ctx, part)
	}
}
