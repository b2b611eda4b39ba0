package api

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/postgres"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// trainingMessages are training sets of one dataset as callers see them: what each is made
// of, and whether that is still there.
func (s *Server) trainingMessages(ctx context.Context, sets ...store.TrainingSet) ([]*snapshotv1.TrainingSet, error) {
	if len(sets) == 0 {
		return nil, nil
	}
	recipes := make([]*trainingset.Recipe, len(sets))
	for i, set := range sets {
		var err error
		if recipes[i], err = trainingset.Parse(set.Manifest); err != nil {
			return nil, err
		}
	}
	losses, err := trainingset.Losses(ctx, s.pool, sets[0].Dataset, recipes)
	if err != nil {
		return nil, postgres.Problem(err)
	}
	out := make([]*snapshotv1.TrainingSet, len(sets))
	for i, set := range sets {
		out[i] = trainingMessage(set, recipes[i])
		out[i].Lost, out[i].LostSays = string(losses[i].Reason), losses[i].Says
	}
	return out, nil
}

// trainingMessageOf is the message of one.
func (s *Server) trainingMessageOf(ctx context.Context, kept store.TrainingSet) (*snapshotv1.TrainingSet, error) {
	all, err := s.trainingMessages(ctx, kept)
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// trainingMessage is a training set: what it is made of stands in its manifest.
func trainingMessage(kept store.TrainingSet, r *trainingset.Recipe) *snapshotv1.TrainingSet {
	manifest := kept.Manifest
	m := r.Manifest
	out := &snapshotv1.TrainingSet{
		Id: m.ID, Dataset: m.Dataset, Name: m.Name, DatasetVersion: m.DatasetVersion, Definition: r.Set.Definition,
		KnownAt: timestamppb.New(m.KnownAt), CreatedAt: timestamppb.New(m.CreatedAt), RequestedBy: m.RequestedBy,
		Rows: m.Rows, Labelled: m.Labelled, Query: m.Query, Manifest: manifest, ManifestHash: trainingset.Hash(manifest),
	}
	if kept.KeptUntil != nil {
		out.KeptUntil = timestamppb.New(*kept.KeptUntil)
	}
	if f := kept.Forgotten; f != nil {
		out.Forgotten = &snapshotv1.ForgottenTrainingSet{Reason: f.Reason, ForgottenBy: f.By, ForgottenAt: timestamppb.New(f.At)}
	}
	for _, j := range m.Joins {
		out.AsOf = append(out.AsOf, j.AsOf)
	}
	for _, p := range m.Snapshots {
		out.Snapshots = append(out.Snapshots, &snapshotv1.PinnedSnapshot{
			Snapshot: p.Snapshot, AsOf: p.AsOf, Revision: p.Revision, ContentHash: p.ContentHash, KnownAt: timestamppb.New(p.KnownAt), Rows: p.Rows,
		})
	}
	for _, c := range m.Columns {
		out.Columns = append(out.Columns, &snapshotv1.TrainingColumn{Name: c.Name, Type: c.Type, Role: c.Role, Source: c.Source})
	}
	if e := m.EntityRows; e != nil {
		out.EntityRows = &snapshotv1.KeptEntityRows{Name: e.Name, ContentHash: e.ContentHash, Rows: e.Rows}
	}
	for _, p := range m.Parts {
		out.Parts = append(out.Parts, &snapshotv1.PartRows{Name: p.Name, Rows: p.Rows})
	}
	for _, w := range m.Waived {
		out.Waived = append(out.Waived, &snapshotv1.WaivedGuard{Reason: w.Reason, Found: w.Found})
	}
	return out
}
