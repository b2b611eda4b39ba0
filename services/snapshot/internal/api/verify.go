package api

import (
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
	"github.com/streamflow/streamflow/services/snapshot/internal/verify"
)

// Verify reads the rows of revisions again, and says what became of them.
func (s *Server) Verify(req *snapshotv1.VerifyRequest, stream grpc.ServerStreamingServer[snapshotv1.VerifyResponse]) error {
	if err := checkAsOf(req.GetAsOf()); err != nil {
		return err
	}
	result := &snapshotv1.VerifyResult{}
	send := func(m *snapshotv1.VerifyResponse) error { return stream.Send(m) }
	report := reporter(func(p *stepv1.Progress) error {
		return send(&snapshotv1.VerifyResponse{Message: &snapshotv1.VerifyResponse_Progress{Progress: p}})
	})
	err := s.verifier.Verify(stream.Context(), verify.Order{
		Dataset: req.GetDataset(), Snapshot: req.GetSnapshot(), AsOf: req.GetAsOf(), Superseded: req.GetSuperseded(),
		Reading: func(e store.Entry) {
			report(stamp.Progress{Snapshot: e.Snapshot, Phase: "hash " + e.AsOf.Format(time.DateOnly), Total: e.Rows})
		},
		Dropped: func() { result.Dropped++ },
		Found: func(f verify.Finding) error {
			count(result, f)
			return send(&snapshotv1.VerifyResponse{Message: &snapshotv1.VerifyResponse_Revision{Revision: verifiedRevision(f)}})
		},
	})
	if err != nil {
		return err
	}
	return send(&snapshotv1.VerifyResponse{Message: &snapshotv1.VerifyResponse_Result{Result: result}})
}

// count adds a revision to what was found of all.
func count(all *snapshotv1.VerifyResult, f verify.Finding) {
	all.Revisions++
	if f.State == verify.Intact {
		all.Intact++
	}
	if f.State.Wrong() {
		all.Wrong++
		if f.Entry.SupersededAt != nil {
			all.WrongSuperseded++
		}
	}
	if f.Rows != nil {
		all.Rows += *f.Rows
	}
}

// revisionStates are what became of a revision, as callers see it.
var revisionStates = map[verify.State]snapshotv1.RevisionState{
	verify.Intact: snapshotv1.RevisionState_REVISION_STATE_INTACT, verify.Tampered: snapshotv1.RevisionState_REVISION_STATE_TAMPERED,
	verify.Missing: snapshotv1.RevisionState_REVISION_STATE_MISSING, verify.Detached: snapshotv1.RevisionState_REVISION_STATE_DETACHED,
	verify.NotKept: snapshotv1.RevisionState_REVISION_STATE_NOT_KEPT, verify.Stray: snapshotv1.RevisionState_REVISION_STATE_STRAY,
}

func verifiedRevision(f verify.Finding) *snapshotv1.VerifiedRevision {
	e := f.Entry
	m := &snapshotv1.VerifiedRevision{
		Snapshot: e.Snapshot, Revision: e.Revision, Relation: e.Relation.Proto(), State: revisionStates[f.State],
		Rows: e.Rows, ContentHash: e.ContentHash, FoundRows: f.Rows, FoundHash: f.Hash, Found: f.Found, Mend: f.Mend,
	}
	if !e.AsOf.IsZero() {
		m.AsOf = e.AsOf.Format(time.DateOnly)
	}
	if e.SupersededAt != nil {
		m.SupersededAt = timestamppb.New(*e.SupersededAt)
	}
	return m
}
