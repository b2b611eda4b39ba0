package api

import (
	"context"
	"encoding/base64"
	"strings"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

const defaultPage = 50

// ListBatches returns a page of a dataset's batches, newest first, without what is
// long in them: findings and headers.
func (s *Server) ListBatches(ctx context.Context, req *ingestv1.ListBatchesRequest) (*ingestv1.ListBatchesResponse, error) {
	before, err := readToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := int(req.GetPageSize())
	if size == 0 {
		size = defaultPage
	}
	// One more than asked for tells whether there is another page.
	found, err := store.List(ctx, s.pool, req.GetDataset(), req.GetAsOf(), before, size+1)
	if err != nil {
		return nil, err
	}
	resp := &ingestv1.ListBatchesResponse{Batches: found}
	if len(found) > size {
		resp.Batches = found[:size]
		resp.NextPageToken = makeToken(found[size-1].GetId())
	}
	for _, b := range resp.GetBatches() {
		b.Findings = nil
		for _, f := range b.GetFiles() {
			f.Header = nil
		}
		for _, t := range b.GetTables() {
			t.Header = nil
		}
	}
	return resp, nil
}

func makeToken(id string) string { return base64.RawURLEncoding.EncodeToString([]byte(id)) }

func readToken(token string) (string, error) {
	id, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(id) > 0 && !strings.HasPrefix(string(id), ident.Batch+"_") {
		return "", problem.New(problem.InvalidRequest, "page_token %q was not given by this service; leave it empty for the first page", token).
			Violate("page_token", "not a token")
	}
	return string(id), nil
}
