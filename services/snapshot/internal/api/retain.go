package api

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/retain"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Retain drops the dates that a dataset's history is not to keep.
func (s *Server) Retain(ctx context.Context, req *snapshotv1.RetainRequest) (*snapshotv1.RetainResponse, error) {
	f := fence.Of(req.GetContext().GetFence())
	if name := req.GetDataset().GetName(); name != f.Dataset {
		return nil, invalid("context.fence.dataset", "expected the fence of dataset %s, found that of %s", name, f.Dataset)
	}
	if _, err := s.layouts(req.GetDataset()); err != nil {
		return nil, err
	}
	done, err := s.retainer.Retain(ctx, retain.Order{
		Fence: f, Run: req.GetContext().GetRun(), RequestedBy: req.GetContext().GetRequestedBy(), Rule: retain.RuleOf(req.GetDataset()),
	})
	if err != nil {
		return nil, err
	}
	resp := &snapshotv1.RetainResponse{Dropped: retainedDates(done.Dates), Held: retainedDates(done.Held)}
	for _, h := range done.Hindrances {
		resp.Findings = append(resp.Findings, hindrance(h))
	}
	return resp, nil
}

// hindrance is what is in the way of a date, as a run tells it.
func hindrance(h retain.Hindrance) *stepv1.Finding {
	date := h.AsOf.Format(time.DateOnly)
	message := date + " is due and stays: " + h.Found
	if h.Dropped {
		message = date + " is dropped, and a table of it is still there: " + h.Found
	}
	action := h.Mend
	if action == "" {
		action = problem.Lookup(problem.RetentionHindered).Do
	} else {
		message += "; " + h.Mend
	}
	return &stepv1.Finding{
		Reason: string(problem.RetentionHindered), Severity: datasetv1.Severity_SEVERITY_WARNING, Table: h.Snapshot,
		Message: message, Expected: "nothing of anybody else's on a table of " + date + ", and nobody who goes on reading it", Found: h.Found, Action: action,
	}
}

// retentionStates are what becomes of a date, as callers see it.
var retentionStates = map[retain.State]snapshotv1.RetentionState{
	retain.Kept: snapshotv1.RetentionState_RETENTION_STATE_KEPT, retain.Due: snapshotv1.RetentionState_RETENTION_STATE_DUE,
	retain.Held: snapshotv1.RetentionState_RETENTION_STATE_HELD, retain.Dropped: snapshotv1.RetentionState_RETENTION_STATE_DROPPED,
	retain.UnderWay: snapshotv1.RetentionState_RETENTION_STATE_UNDER_WAY,
}

// maxSetsNamed is how many training sets a date names.
const maxSetsNamed = 20

func retainedDates(dates []retain.Date) []*snapshotv1.RetainedDate {
	all := make([]*snapshotv1.RetainedDate, 0, len(dates))
	for _, d := range dates {
		m := &snapshotv1.RetainedDate{
			AsOf: d.AsOf.Format(time.DateOnly), State: retentionStates[d.State], Why: d.Because, Snapshots: d.Snapshots, Rows: d.Rows,
			Pin: datePin(d.Pin), TrainingSets: d.TrainingSets[:min(len(d.TrainingSets), maxSetsNamed)], Run: d.Run,
		}
		if d.DroppedAt != nil {
			m.DroppedAt = timestamppb.New(*d.DroppedAt)
		}
		all = append(all, m)
	}
	return all
}

// datePin is a pin as callers see it; nil where there is none.
func datePin(p *store.DatePin) *snapshotv1.DatePin {
	if p == nil {
		return nil
	}
	return &snapshotv1.DatePin{Reason: p.Reason, PinnedBy: p.By, PinnedAt: timestamppb.New(p.At)}
}
