package api

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Historian knows what is stamped.
type Historian interface {
	// NewestStamped is the newest as_of of a dataset that is, YYYY-MM-DD; empty where none is.
	NewestStamped(ctx context.Context, dataset string) (string, error)
}

func retains(req *orchestratorv1.StartRunRequest) bool {
	return req.GetMode() == orchestratorv1.RunMode_RUN_MODE_RETENTION
}

// checkRetention refuses what a retention has no use for: nothing that somebody says is passed
// over.
func checkRetention(req *orchestratorv1.StartRunRequest) error {
	if !retains(req) {
		return nil
	}
	switch {
	case req.GetAsOf() != "":
		return only("as_of", "expected none of a retention, which goes by what the dataset's history declares; a date is kept from it with a pin")
	case req.GetSource() != "":
		return only("source", "expected none of a retention: it reads no files")
	case req.GetSupersede():
		return only("supersede", "expected none of a retention, which corrects nothing")
	case req.GetRestage():
		return only("restage", "expected none of a retention, which stages nothing")
	case req.GetFullExtract():
		return only("full_extract", "expected none of a retention: it reads no files")
	case len(req.GetAccept()) > 0 || req.GetAcceptFrom() != "":
		return only("accept", "expected none of a retention: no guard stops it")
	}
	return nil
}

// retention is the request as of the newest date that is stamped. Errors: RETENTION_REFUSED.
func (s *Server) retention(ctx context.Context, req *orchestratorv1.StartRunRequest, d *datasetv1.Dataset) (*orchestratorv1.StartRunRequest, error) {
	refuse := func(format string, args ...any) error {
		return problem.New(problem.RetentionRefused, format, args...).With("dataset", d.GetName())
	}
	if !dataset.Retains(d) {
		return nil, refuse("dataset %s does not declare which dates its history keeps: every date is kept", d.GetName())
	}
	newest, err := s.history.NewestStamped(ctx, d.GetName())
	if err != nil {
		return nil, err
	}
	if newest == "" {
		return nil, refuse("nothing of dataset %s is stamped: there is no history that could be cut", d.GetName())
	}
	req = proto.CloneOf(req)
	req.AsOf = newest
	return req, nil
}
