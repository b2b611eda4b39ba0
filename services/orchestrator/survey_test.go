package orchestrator_test

import (
	"context"

	"google.golang.org/protobuf/proto"

	ds "github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// stand says what CheckDataset finds under a name.
func (w *world) stand(name string, hasRows bool, differences ...*stepv1.RelationDifference) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stands[name] = &stepv1.RelationCheck{Exists: true, HasRows: hasRows, Differences: differences}
}

// hide lets a service, ingest or snapshot, fail to say what stands; nil shows it again.
func (w *world) hide(service string, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unseen[service] = err
}

func (w *world) standing(d *datasetv1.Dataset, name string) *stepv1.RelationCheck {
	c := &stepv1.RelationCheck{}
	if found := w.stands[name]; found != nil {
		c = proto.CloneOf(found)
	}
	c.Name, c.Relation = name, &stepv1.Relation{Schema: ds.Schema(d), Name: name}
	return c
}

func (i *ingest) CheckDataset(_ context.Context, req *ingestv1.CheckDatasetRequest) (*ingestv1.CheckDatasetResponse, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	resp := &ingestv1.CheckDatasetResponse{}
	for _, t := range req.GetDataset().GetTables() {
		resp.Tables = append(resp.Tables, i.standing(req.GetDataset(), t.GetName()))
	}
	for _, r := range req.GetOthers() {
		if c := i.standing(req.GetDataset(), r.GetName()); c.GetExists() {
			c.Name, c.Relation = "", r
			resp.Tables = append(resp.Tables, c)
		}
	}
	return resp, i.unseen["ingest"]
}

func (s *snapshot) CheckDataset(_ context.Context, req *snapshotv1.CheckDatasetRequest) (*snapshotv1.CheckDatasetResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	resp := &snapshotv1.CheckDatasetResponse{}
	for _, snap := range req.GetDataset().GetSnapshots() {
		resp.Snapshots = append(resp.Snapshots, s.standing(req.GetDataset(), snap.GetName()))
	}
	return resp, s.unseen["snapshot"]
}
