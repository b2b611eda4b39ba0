package api

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// Stored values are the contract's enum values without their prefix.
const (
	modePrefix      = "RUN_MODE_"
	statePrefix     = "RUN_STATE_"
	kindPrefix      = "STEP_KIND_"
	stepStatePrefix = "STEP_STATE_"
	eventPrefix     = "EVENT_KIND_"
)

func modeMessage(m run.Mode) orchestratorv1.RunMode {
	return orchestratorv1.RunMode(orchestratorv1.RunMode_value[modePrefix+string(m)])
}

func stateMessage(s run.State) orchestratorv1.RunState {
	return orchestratorv1.RunState(orchestratorv1.RunState_value[statePrefix+string(s)])
}

func kindMessage(k run.Kind) orchestratorv1.StepKind {
	return orchestratorv1.StepKind(orchestratorv1.StepKind_value[kindPrefix+string(k)])
}

func stepStateMessage(s run.StepState) orchestratorv1.StepState {
	return orchestratorv1.StepState(orchestratorv1.StepState_value[stepStatePrefix+string(s)])
}

func eventKindMessage(k run.EventKind) orchestratorv1.EventKind {
	return orchestratorv1.EventKind(orchestratorv1.EventKind_value[eventPrefix+string(k)])
}

func timeMessage(t *time.Time) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return timestamppb.New(*t)
}

// runMessage is a run as a caller sees it: until it has failed, it has no reason.
func runMessage(r *run.Run) *orchestratorv1.Run {
	m := &orchestratorv1.Run{
		Id: r.ID, Dataset: r.Dataset, DatasetVersion: r.Version, AsOf: r.AsOf, Source: r.Source,
		Mode: modeMessage(r.Mode), State: stateMessage(r.State),
		Findings: r.Findings, Batch: r.Batch, Validation: r.Validation,
		CancelRequested: r.CancelRequested, RequestedBy: r.RequestedBy, RequestId: r.RequestID,
		CreatedAt: timestamppb.New(r.CreatedAt), StartedAt: timeMessage(r.StartedAt), EndedAt: timeMessage(r.EndedAt),
		LastEvent: r.LastEvent, Unchanged: r.Unchanged, Backfill: r.Backfill, Restage: r.Restage, Accepted: r.Accepted, WaitsFor: r.WaitsFor,
		Supersede: r.Supersede, SupersedeReason: r.SupersedeReason, Restated: r.Restated, ToRevision: r.ToRevision, RevisionOf: r.RevisionOf,
		FullExtract: r.FullExtract, Restamp: r.Restamp, Next: r.GoesOn,
		EraseTable: r.EraseTable, EraseKeys: r.EraseKeys, Erased: r.Erased,
	}
	if r.State == run.Failed {
		m.Reason, m.Message = r.Reason, r.Message
	}
	for _, s := range r.Steps {
		m.Steps = append(m.Steps, &orchestratorv1.Step{
			Kind: kindMessage(s.Kind), State: stepStateMessage(s.State),
			Attempts:  int32(s.Attempts),
			StartedAt: timeMessage(s.StartedAt), EndedAt: timeMessage(s.EndedAt), Counts: s.Counts, Summary: s.Summary,
		})
	}
	return m
}

func eventMessage(e run.Event) *orchestratorv1.Event {
	return &orchestratorv1.Event{
		Run: e.Run, Number: e.Number, At: timestamppb.New(e.At), Kind: eventKindMessage(e.Kind),
		Step:    kindMessage(e.Step),
		Attempt: int32(e.Attempt),
		State:   stateMessage(e.State), Message: e.Message, Progress: e.Progress, Counts: e.Counts, Reason: e.Reason,
	}
}

func versionMessage(v *store.Version) *orchestratorv1.DatasetVersion {
	return &orchestratorv1.DatasetVersion{
		Version: v.Version, Dataset: v.Content, CreatedAt: timestamppb.New(v.CreatedAt),
		RequestedBy: v.RequestedBy, Current: v.Current, AppliedAt: timestamppb.New(v.AppliedAt),
		Tables: int32(v.Tables), Snapshots: int32(v.Snapshots),
	}
}
