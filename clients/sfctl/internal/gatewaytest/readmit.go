package gatewaytest

import (
	"context"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// ReadmitKeys answers with Readmitted.
func (i ingest) ReadmitKeys(_ context.Context, req *ingestv1.ReadmitKeysRequest) (*ingestv1.ReadmitKeysResponse, error) {
	if err := i.note(req); err != nil {
		return nil, err
	}
	return i.Readmitted, nil
}
