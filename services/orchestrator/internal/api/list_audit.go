package api

import (
	"context"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/page"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// ListAudit returns acts and refusals, the newest first.
func (s *Server) ListAudit(ctx context.Context, req *orchestratorv1.ListAuditRequest) (*orchestratorv1.ListAuditResponse, error) {
	below, err := place(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := page.Size(req.GetPageSize())
	entries, err := s.store.ListAudit(ctx, store.AuditFilter{
		Who: req.GetWho(), What: req.GetWhat(), On: req.GetOn(), Outcome: req.GetOutcome(),
		Since: moment(req.GetSince()), Until: moment(req.GetUntil()), Below: below, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	entries, next := page.Cut(entries, size, entryKey)
	resp := &orchestratorv1.ListAuditResponse{}
	for _, e := range entries {
		resp.Entries = append(resp.Entries, e.Message)
	}
	resp.Entries, resp.NextPageToken = page.Fit(resp.GetEntries(), entries, next, entryKey)
	return resp, nil
}

// ExportAudit sends the whole log.
func (s *Server) ExportAudit(_ *orchestratorv1.ExportAuditRequest, stream grpc.ServerStreamingServer[orchestratorv1.ExportAuditResponse]) error {
	return s.store.ExportAudit(stream.Context(), stream.Send)
}

func entryKey(e *store.AuditEntry) string { return strconv.FormatInt(e.Place, 10) }

// place reads the page token of a list that is paged by a number; 0 for the first page.
func place(token string) (int64, error) {
	k, err := page.Key(token)
	if err != nil || k == "" {
		return 0, err
	}
	n, err := strconv.ParseInt(k, 10, 64)
	if err != nil || n < 1 {
		return 0, page.Refuse(token)
	}
	return n, nil
}

func moment(t *timestamppb.Timestamp) *time.Time {
	if t == nil {
		return nil
	}
	at := t.AsTime()
	return &at
}
