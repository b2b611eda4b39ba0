package api

import (
	"context"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/erase"
)

// ReadmitKeys takes keys back from those that were erased.
func (s *Server) ReadmitKeys(ctx context.Context, req *ingestv1.ReadmitKeysRequest) (*ingestv1.ReadmitKeysResponse, error) {
	if req.GetDeclaration() == nil || req.GetDeclaration().GetName() != req.GetDataset() {
		return nil, problem.New(problem.InvalidRequest, "declaration: expected what dataset %s declares, as the gateway sends it", req.GetDataset()).
			Violate("declaration", "expected that of %s", req.GetDataset())
	}
	for _, k := range req.GetKeys() {
		for _, v := range k.GetValues() {
			if prose.HasKey(req.GetReason(), v) {
				const says = "expected why the keys are let in again, found a key in it: it is kept; name a ticket in it, and nobody"
				return nil, problem.New(problem.InvalidRequest, "reason: %s", says).Violate("reason", "%s", says)
			}
		}
	}
	d, err := s.resolver.Of(req.GetDeclaration())
	if err != nil {
		return nil, err
	}
	return s.eraser.Readmit(ctx, erase.Readmission{
		Dataset: d, Table: req.GetTable(), Keys: req.GetKeys(), RequestedBy: req.GetRequestedBy(), Reason: req.GetReason(),
	})
}
