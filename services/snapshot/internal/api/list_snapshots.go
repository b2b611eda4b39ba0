package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

const defaultPageSize = 50

// ListSnapshots returns the catalog of a dataset, newest as_of first, then by name.
func (s *Server) ListSnapshots(ctx context.Context, req *snapshotv1.ListSnapshotsRequest) (*snapshotv1.ListSnapshotsResponse, error) {
	size := int(req.GetPageSize())
	if size == 0 {
		size = defaultPageSize
	}
	after, err := readToken(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	// One more than asked for says whether there is another page.
	entries, err := store.List(ctx, s.pool, store.Page{
		Dataset: req.GetDataset(), Snapshot: req.GetSnapshot(), After: after, Limit: size + 1,
	})
	if err != nil {
		return nil, err
	}
	resp := &snapshotv1.ListSnapshotsResponse{}
	if len(entries) > size {
		entries = entries[:size]
		if resp.NextPageToken, err = token(entries[size-1].Position()); err != nil {
			return nil, err
		}
	}
	resp.Snapshots = messages(entries)
	return resp, nil
}

func token(p store.Position) (string, error) {
	b, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the page token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b), nil
}

func readToken(s string) (*store.Position, error) {
	if s == "" {
		return nil, nil
	}
	var p store.Position
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(b, &p)
	}
	if err != nil {
		return nil, invalid("page_token", "expected the next_page_token of the page before, found %q", s)
	}
	return &p, nil
}
