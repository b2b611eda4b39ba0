package gatewaytest

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

type orchestrator struct {
	orchestratorv1.UnimplementedOrchestratorServiceServer
	*Gateway
}

// StartRun answers with the first of Runs, as a new one or as AlreadyRunning says.
func (o orchestrator) StartRun(_ context.Context, req *orchestratorv1.StartRunRequest) (*orchestratorv1.StartRunResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return &orchestratorv1.StartRunResponse{Run: o.Runs[0], AlreadyRunning: o.AlreadyRunning}, nil
}

func (o orchestrator) find(part string) (*orchestratorv1.Run, error) {
	for _, r := range o.Runs {
		if strings.Contains(r.GetId(), part) {
			return r, nil
		}
	}
	return nil, problem.New(problem.RunNotFound, "no run has %s", part)
}

// GetRun answers with the run whose id has the asked part, else with RUN_NOT_FOUND.
func (o orchestrator) GetRun(_ context.Context, req *orchestratorv1.GetRunRequest) (*orchestratorv1.GetRunResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	run, err := o.find(req.GetRun())
	return &orchestratorv1.GetRunResponse{Run: run}, err
}

// CancelRun answers with the run that was asked for, in state Cancelled where that is set;
// Runs stay as they are.
func (o orchestrator) CancelRun(_ context.Context, req *orchestratorv1.CancelRunRequest) (*orchestratorv1.CancelRunResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	run, err := o.find(req.GetRun())
	if err == nil && o.Cancelled != orchestratorv1.RunState_RUN_STATE_UNSPECIFIED {
		run = proto.CloneOf(run)
		run.State = o.Cancelled
	}
	return &orchestratorv1.CancelRunResponse{Run: run}, err
}

// ListRuns answers with a page of those Runs that the request asks for.
func (o orchestrator) ListRuns(_ context.Context, req *orchestratorv1.ListRunsRequest) (*orchestratorv1.ListRunsResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	var asked []*orchestratorv1.Run
	for _, run := range o.Runs {
		if (len(req.GetStates()) == 0 || slices.Contains(req.GetStates(), run.GetState())) && (req.GetAsOf() == "" || req.GetAsOf() == run.GetAsOf()) {
			asked = append(asked, run)
		}
	}
	runs, next := page(asked, req.GetPageSize(), req.GetPageToken())
	return &orchestratorv1.ListRunsResponse{Runs: runs, NextPageToken: next}, nil
}

// WatchRun sends Events from the asked number on. After Cut of them it ends with CutErr;
// where Hang is set it waits at the end until the caller leaves.
func (o orchestrator) WatchRun(req *orchestratorv1.WatchRunRequest, s grpc.ServerStreamingServer[orchestratorv1.WatchRunResponse]) error {
	if err := o.note(req); err != nil {
		return err
	}
	o.Lock()
	events, cut, cutErr, hang := o.Events, o.Cut, o.CutErr, o.Hang
	o.Unlock()
	sent := 0
	for _, e := range events {
		if e.GetNumber() < req.GetFrom() {
			continue
		}
		if cut > 0 && sent == cut {
			return cutErr
		}
		if err := s.Send(&orchestratorv1.WatchRunResponse{Event: e}); err != nil {
			return err
		}
		sent++
	}
	if hang {
		<-s.Context().Done()
		return s.Context().Err()
	}
	return nil
}

// ApplyDataset answers with the first of Datasets, its Warnings and, unless it is Unchanged,
// the Changes since the second of Versions.
func (o orchestrator) ApplyDataset(_ context.Context, req *orchestratorv1.ApplyDatasetRequest) (*orchestratorv1.ApplyDatasetResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	resp := &orchestratorv1.ApplyDatasetResponse{Version: o.Datasets[0], Unchanged: o.Unchanged, Warnings: o.Warnings, Notes: o.Notes, NextRun: o.NextRun}
	if len(o.Changes) > 0 && !o.Unchanged {
		resp.PreviousVersion, resp.Changes = o.Versions[1].GetVersion(), o.Changes
	}
	return resp, nil
}

// ListDatasetVersions answers with a page of Versions.
func (o orchestrator) ListDatasetVersions(_ context.Context, req *orchestratorv1.ListDatasetVersionsRequest) (*orchestratorv1.ListDatasetVersionsResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	versions, next := page(o.Versions, req.GetPageSize(), req.GetPageToken())
	return &orchestratorv1.ListDatasetVersionsResponse{Versions: versions, NextPageToken: next}, nil
}

// DiffDataset answers with Changes from the second of Versions to the first, whatever was
// asked for.
func (o orchestrator) DiffDataset(_ context.Context, req *orchestratorv1.DiffDatasetRequest) (*orchestratorv1.DiffDatasetResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return &orchestratorv1.DiffDatasetResponse{From: o.Versions[1].GetVersion(), To: o.Versions[0].GetVersion(), Changes: o.Changes, NextRun: o.NextRun, Warnings: o.Warnings}, nil
}

// DeleteDataset answers with Deleted; nothing is taken from Datasets.
func (o orchestrator) DeleteDataset(_ context.Context, req *orchestratorv1.DeleteDatasetRequest) (*orchestratorv1.DeleteDatasetResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return o.Deleted, nil
}

// MigrateDataset answers with Migrated; nothing else changes.
func (o orchestrator) MigrateDataset(_ context.Context, req *orchestratorv1.MigrateDatasetRequest) (*orchestratorv1.MigrateDatasetResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return o.Migrated, nil
}

// GetDataset answers with the first of Datasets, whatever was asked for.
func (o orchestrator) GetDataset(_ context.Context, req *orchestratorv1.GetDatasetRequest) (*orchestratorv1.GetDatasetResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	return &orchestratorv1.GetDatasetResponse{Version: o.Datasets[0]}, nil
}

// ListDatasets answers with a page of Datasets.
func (o orchestrator) ListDatasets(_ context.Context, req *orchestratorv1.ListDatasetsRequest) (*orchestratorv1.ListDatasetsResponse, error) {
	if err := o.note(req); err != nil {
		return nil, err
	}
	versions, next := page(o.Datasets, req.GetPageSize(), req.GetPageToken())
	return &orchestratorv1.ListDatasetsResponse{Versions: versions, NextPageToken: next}, nil
}

type ingest struct {
	ingestv1.UnimplementedIngestServiceServer
	*Gateway
}

// ListBatches answers with a page of Batches.
func (i ingest) ListBatches(_ context.Context, req *ingestv1.ListBatchesRequest) (*ingestv1.ListBatchesResponse, error) {
	if err := i.note(req); err != nil {
		return nil, err
	}
	batches, next := page(i.Batches, req.GetPageSize(), req.GetPageToken())
	return &ingestv1.ListBatchesResponse{Batches: batches, NextPageToken: next}, nil
}

// GetBatch answers with the first of Batches, whatever was asked for.
func (i ingest) GetBatch(_ context.Context, req *ingestv1.GetBatchRequest) (*ingestv1.GetBatchResponse, error) {
	if err := i.note(req); err != nil {
		return nil, err
	}
	return &ingestv1.GetBatchResponse{Batch: i.Batches[0]}, nil
}

type quality struct {
	qualityv1.UnimplementedQualityServiceServer
	*Gateway
}

// GetValidation answers with Validation, with VALIDATION_NOT_FOUND where there is none.
func (q quality) GetValidation(_ context.Context, req *qualityv1.GetValidationRequest) (*qualityv1.GetValidationResponse, error) {
	if err := q.note(req); err != nil {
		return nil, err
	}
	if q.Validation == nil {
		return nil, problem.New(problem.ValidationNotFound, "no validation %s", req.GetValidation())
	}
	return &qualityv1.GetValidationResponse{Validation: q.Validation}, nil
}

// ListValidations answers with Validation on the one page there is, which may be empty.
func (q quality) ListValidations(_ context.Context, req *qualityv1.ListValidationsRequest) (*qualityv1.ListValidationsResponse, error) {
	if err := q.note(req); err != nil {
		return nil, err
	}
	if q.Validation == nil {
		return &qualityv1.ListValidationsResponse{}, nil
	}
	return &qualityv1.ListValidationsResponse{Validations: []*qualityv1.Validation{q.Validation}}, nil
}

type snapshot struct {
	snapshotv1.UnimplementedSnapshotServiceServer
	*Gateway
}

// ListSnapshots answers with a page of Snapshots.
func (s snapshot) ListSnapshots(_ context.Context, req *snapshotv1.ListSnapshotsRequest) (*snapshotv1.ListSnapshotsResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	snapshots, next := page(s.Snapshots, req.GetPageSize(), req.GetPageToken())
	return &snapshotv1.ListSnapshotsResponse{Snapshots: snapshots, NextPageToken: next}, nil
}

// GetSnapshot answers with all of Snapshots, whatever was asked for.
func (s snapshot) GetSnapshot(_ context.Context, req *snapshotv1.GetSnapshotRequest) (*snapshotv1.GetSnapshotResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	return &snapshotv1.GetSnapshotResponse{Snapshots: s.Snapshots}, nil
}

// ListRevisions answers with a page of Snapshots.
func (s snapshot) ListRevisions(_ context.Context, req *snapshotv1.ListRevisionsRequest) (*snapshotv1.ListRevisionsResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	revisions, next := page(s.Snapshots, req.GetPageSize(), req.GetPageToken())
	return &snapshotv1.ListRevisionsResponse{Revisions: revisions, NextPageToken: next}, nil
}

// ListRestatements answers with a page of Restatements.
func (s snapshot) ListRestatements(_ context.Context, req *snapshotv1.ListRestatementsRequest) (*snapshotv1.ListRestatementsResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	restatements, next := page(s.Restatements, req.GetPageSize(), req.GetPageToken())
	return &snapshotv1.ListRestatementsResponse{Restatements: restatements, NextPageToken: next}, nil
}

// Restore answers with Restored.
func (s snapshot) Restore(_ context.Context, req *snapshotv1.RestoreRequest) (*snapshotv1.RestoreResponse, error) {
	if err := s.note(req); err != nil {
		return nil, err
	}
	return s.Restored, nil
}

// page cuts a list as the services do; the token is where the next page begins.
func page[T any](all []T, size int32, token string) ([]T, string) {
	begin, _ := strconv.Atoi(token) // the empty token is the beginning
	end := min(begin+int(size), len(all))
	if end == len(all) {
		return all[begin:end], ""
	}
	return all[begin:end], strconv.Itoa(end)
}
