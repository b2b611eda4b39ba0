package api

import (
	"slices"
	"time"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/stamp"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// stepRequest is what Prepare and Stamp are both asked with.
type stepRequest interface {
	asOfRequest
	GetBatch() string
	GetDatasetVersion() string
	GetRollback() *stepv1.RollbackTarget
	GetTables() []string
}

func (s *Server) orderOf(r stepRequest) (stamp.Order, error) {
	o, err := s.orderOfAsOf(r)
	o.Batch, o.DatasetVersion, o.Rollback = r.GetBatch(), r.GetDatasetVersion(), rollbackOf(r.GetRollback())
	if o.Rollback != nil {
		o.Layouts = slices.DeleteFunc(o.Layouts, func(l layout.Layout) bool { return o.Rollback.Revisions[l.Snapshot] == 0 })
	}
	if tables := r.GetTables(); len(tables) > 0 {
		o.Partial = true
		o.Layouts = slices.DeleteFunc(o.Layouts, func(l layout.Layout) bool { return !slices.Contains(tables, l.From) })
	}
	if o.Rollback == nil && len(r.GetTables()) == 0 { // otherwise what is stamped says what is made again
		o.Layouts = collected(o.Layouts, r.GetAsOf())
	}
	return o, err
}

// asOfRequest is what every step is asked with that concerns an as_of of a dataset.
type asOfRequest interface {
	GetContext() *stepv1.StepContext
	GetAsOf() string
	GetDataset() *datasetv1.Dataset
}

func (s *Server) orderOfAsOf(r asOfRequest) (stamp.Order, error) {
	f := fence.Of(r.GetContext().GetFence())
	if name := r.GetDataset().GetName(); name != f.Dataset {
		return stamp.Order{}, invalid("context.fence.dataset", "expected the fence of dataset %s, found that of %s", name, f.Dataset)
	}
	asOf, err := parseAsOf(r.GetAsOf())
	if err != nil {
		return stamp.Order{}, err
	}
	layouts, err := s.layouts(r.GetDataset())
	if err != nil {
		return stamp.Order{}, err
	}
	return stamp.Order{
		Fence: f, Run: r.GetContext().GetRun(), RequestedBy: r.GetContext().GetRequestedBy(),
		AsOf: asOf, Layouts: layouts, Supersede: r.GetContext().GetSupersede(), Reason: r.GetContext().GetReason(),
	}, nil
}

// collected leaves the layouts of which there is anything as of a date, YYYY-MM-DD.
func collected(layouts []layout.Layout, asOf string) []layout.Layout {
	return slices.DeleteFunc(layouts, func(l layout.Layout) bool { return l.Since > asOf })
}

// candidatesOf returns the candidates by table. Every table that a snapshot is made
// from must have one.
func candidatesOf(messages []*stepv1.Candidate, layouts []layout.Layout) (map[string]stamp.Candidate, error) {
	candidates := make(map[string]stamp.Candidate, len(messages))
	for _, m := range messages {
		c := stamp.Candidate{Relation: relation.Of(m.GetRelation()), Rows: m.GetRows()}
		if d := m.GetDelta(); d != nil {
			delta := relation.Of(d.GetRelation())
			c.Delta, c.DeltaRows = &delta, d.GetRows()
		}
		candidates[m.GetTable()] = c
	}
	for _, l := range layouts {
		if _, ok := candidates[l.From]; !ok {
			return nil, invalid("candidates", "expected a candidate of table %s, which snapshot %s is made from, found none", l.From, l.Snapshot)
		}
	}
	return candidates, nil
}

// basesOf are what the candidates of incremental extracts were laid over, by table.
func basesOf(messages []*stepv1.Base) map[string]store.Base {
	bases := make(map[string]store.Base, len(messages))
	for _, m := range messages {
		bases[m.GetTable()] = store.Base{
			Table: m.GetTable(), Snapshot: m.GetSnapshot(), AsOf: m.GetAsOf(), Revision: m.GetRevision(), Hash: m.GetContentHash(),
		}
	}
	return bases
}

func parseAsOf(s string) (time.Time, error) { return parseDay("as_of", s) }

// parseDay reads a field that holds a day.
func parseDay(field, text string) (time.Time, error) {
	day, err := dataset.ParseAsOf(text)
	if err != nil {
		return time.Time{}, invalid(field, "%v", err)
	}
	return day, nil
}

// invalid gives INVALID_REQUEST for one field.
func invalid(field, format string, args ...any) error {
	p := problem.New(problem.InvalidRequest, "").Violate(field, format, args...)
	p.Message = field + ": " + p.Violations[0].Description
	return p
}
