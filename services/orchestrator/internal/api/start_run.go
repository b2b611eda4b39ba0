package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/sourceuri"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// StartRun queues a run and returns at once.
func (s *Server) StartRun(ctx context.Context, req *orchestratorv1.StartRunRequest) (*orchestratorv1.StartRunResponse, error) {
	if err := checkTexts(req); err != nil {
		return nil, err
	}
	folder, err := folderOf(req)
	if err != nil {
		return nil, err
	}
	v, err := s.store.Dataset(ctx, req.GetDataset())
	if err != nil {
		return nil, err
	}
	if req, err = s.dated(ctx, req, v.Content); err != nil {
		return nil, err
	}
	if err := rollable(req, v.Content); err != nil {
		return nil, err
	}
	if err := restampable(req, v.Content); err != nil {
		return nil, err
	}
	accepted, err := s.accepted(ctx, req, v.Content)
	if err != nil {
		return nil, err
	}
	want := request(req, folder, v.Version)
	want.Accepted, want.Retains = accepted, dataset.Retains(v.Content)
	if folder != "" {
		want.Unreadable = s.sources.Unreadable(ctx, req.GetSource())
	}
	got, err := s.store.Start(ctx, want)
	if err != nil {
		return nil, err
	}
	if !got.Same {
		return nil, problem.New(problem.RequestIDReused,
			"expected a request id of its own, found %q, which belongs to %s: a run of another dataset, as_of, source, mode, restage, acceptance, supersede, full_extract, restamp, revision or keys",
			req.GetRequestId(), got.Run).With("run", got.Run)
	}
	if got.New {
		s.hub.Wake(store.ChannelQueue, req.GetDataset())
	}
	r, err := s.store.Run(ctx, got.Run)
	if err != nil {
		return nil, err
	}
	return &orchestratorv1.StartRunResponse{Run: runMessage(r), AlreadyRunning: got.Joined}, nil
}

// dated is the request with the as_of that its run is told by, which has to be the dataset's.
func (s *Server) dated(ctx context.Context, req *orchestratorv1.StartRunRequest, d *datasetv1.Dataset) (*orchestratorv1.StartRunRequest, error) {
	switch {
	case retains(req):
		return s.retention(ctx, req, d)
	case erases(req): // it concerns every date
		return req, nil
	}
	return req, onCalendar(d, req.GetAsOf(), s.now())
}

// checkTexts refuses what PostgreSQL cannot keep.
func checkTexts(req *orchestratorv1.StartRunRequest) error {
	fields := map[string]string{
		"request_id": req.GetRequestId(), "requested_by": req.GetRequestedBy(), "accept_from": req.GetAcceptFrom(),
		"reason": req.GetReason(), "revision_of": req.GetRevisionOf(), "erase_table": req.GetEraseTable(),
	}
	for field, text := range fields {
		if strings.ContainsRune(text, 0) {
			return problem.New(problem.InvalidRequest, "expected text in %s, found a NUL character in it", field).
				Violate(field, "holds a NUL character")
		}
	}
	if err := checkRollback(req); err != nil {
		return err
	}
	if err := checkRetention(req); err != nil {
		return err
	}
	if err := checkErase(req); err != nil {
		return err
	}
	if err := checkRestamp(req); err != nil {
		return err
	}
	if err := checkSupersede(req); err != nil {
		return err
	}
	if retains(req) || erases(req) {
		return nil
	}
	return checkForm(req.GetAsOf())
}

func request(req *orchestratorv1.StartRunRequest, folder, version string) store.Request {
	mode := run.Full
	switch req.GetMode() {
	case orchestratorv1.RunMode_RUN_MODE_PLAN:
		mode = run.Plan
	case orchestratorv1.RunMode_RUN_MODE_ROLLBACK:
		mode = run.Rollback
	case orchestratorv1.RunMode_RUN_MODE_RETENTION:
		mode = run.Retention
	case orchestratorv1.RunMode_RUN_MODE_ERASE:
		mode = run.Erase
	case orchestratorv1.RunMode_RUN_MODE_ERASE_PLAN:
		mode = run.ErasePlan
	default:
	}
	id := req.GetRequestId()
	if id == "" {
		id = ident.New(ident.Request)
	}
	return store.Request{
		ID: id, Dataset: req.GetDataset(), Version: version, AsOf: cmp.Or(req.GetAsOf(), store.NoDate),
		Source: req.GetSource(), SourceKey: sourceKey(folder), Mode: mode, RequestedBy: req.GetRequestedBy(),
		Restage: req.GetRestage(), Supersede: req.GetSupersede() || req.GetRestamp(), Reason: reasonOf(req),
		ToRevision: req.GetToRevision(), RevisionOf: req.GetRevisionOf(),
		FullExtract: req.GetFullExtract(), Restamp: req.GetRestamp(),
		EraseTable: req.GetEraseTable(), EraseKeys: req.GetEraseKeys(),
	}
}

// folderOf is where the files are; nowhere of a rollback, a retention, an erase or a restamp,
// which read none.
func folderOf(req *orchestratorv1.StartRunRequest) (string, error) {
	if rollsBack(req) || retains(req) || erases(req) || req.GetRestamp() {
		return "", nil
	}
	return sourceuri.Path(req.GetSource())
}

// sourceKey is the same for all ways to write one folder: as a path or as a file URI,
// with or without slashes at its end or dots in it, all of which have one path.
func sourceKey(folder string) string {
	sum := sha256.Sum256([]byte(folder))
	return hex.EncodeToString(sum[:])
}
