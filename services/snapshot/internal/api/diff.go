package api

import (
	"google.golang.org/grpc"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/difference"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// Diff compares two dates or revisions row by row.
func (s *Server) Diff(req *snapshotv1.DiffRequest, stream grpc.ServerStreamingServer[snapshotv1.DiffResponse]) error {
	order, err := diffOrder(req)
	if err != nil {
		return err
	}
	if order.Personal, err = s.personal(req.GetDeclaration()); err != nil {
		return err
	}
	t := &diffTeller{send: stream.Send, result: &snapshotv1.DiffResult{}}
	notCompared, err := s.differ.Diff(stream.Context(), order, t)
	if err != nil {
		return err
	}
	t.result.NotCompared = notCompared
	return stream.Send(&snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Result{Result: t.result}})
}

// personal are the personal columns of the snapshots that are declared; of a request without
// a declaration nothing is known.
func (s *Server) personal(d *datasetv1.Dataset) (map[string][]string, error) {
	if d == nil {
		return nil, nil
	}
	layouts, err := s.layouts(d)
	all := map[string][]string{}
	for _, l := range layouts {
		all[l.Snapshot] = l.Personal
	}
	return all, err
}

func diffOrder(req *snapshotv1.DiffRequest) (difference.Order, error) {
	from, err := parseDay("from", req.GetFrom())
	if err != nil {
		return difference.Order{}, err
	}
	to, err := parseDay("to", req.GetTo())
	return difference.Order{
		Dataset: req.GetDataset(), Snapshot: req.GetSnapshot(), Limit: req.GetLimit(), CountsOnly: req.GetCountsOnly(),
		From: difference.Side{AsOf: from, Revision: req.GetFromRevision()}, To: difference.Side{AsOf: to, Revision: req.GetToRevision()},
	}, err
}

// diffTeller sends what differs, and sums it up.
type diffTeller struct {
	send   func(*snapshotv1.DiffResponse) error
	head   difference.Head
	result *snapshotv1.DiffResult
}

// Head sends what is compared.
func (t *diffTeller) Head(h difference.Head) error {
	t.head = h
	t.result.Snapshots++
	return t.send(&snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Head{Head: &snapshotv1.DiffHead{
		Snapshot: h.To.Snapshot, From: message(h.From), To: message(h.To), Key: layout.Names(h.Key), Columns: layout.Names(h.Columns),
		OnlyFrom: h.OnlyFrom, OnlyTo: h.OnlyTo,
	}}})
}

// Rows sends some rows.
func (t *diffTeller) Rows(rows []difference.Row) error {
	m := &snapshotv1.DiffRows{Rows: make([]*snapshotv1.RowDifference, len(rows))}
	for i, r := range rows {
		m.Rows[i] = t.row(r)
	}
	return t.send(&snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Rows{Rows: m}})
}

func (t *diffTeller) row(r difference.Row) *snapshotv1.RowDifference {
	m := &snapshotv1.RowDifference{Snapshot: t.head.To.Snapshot, Key: r.Key, Change: stepv1.RowChange_ROW_CHANGE_CHANGED}
	switch {
	case r.Added:
		m.Change = stepv1.RowChange_ROW_CHANGE_ADDED
	case r.Removed:
		m.Change = stepv1.RowChange_ROW_CHANGE_REMOVED
	}
	for i, c := range t.head.Columns {
		if r.Differs[i] || r.Added || r.Removed {
			m.Values = append(m.Values, &snapshotv1.ValueDifference{Column: c.Name, From: r.From[i], To: r.To[i]})
		}
	}
	return m
}

// Counts sends how many rows differ.
func (t *diffTeller) Counts(c difference.Counts) error {
	t.result.Added, t.result.Removed, t.result.Changed = t.result.Added+c.Added, t.result.Removed+c.Removed, t.result.Changed+c.Changed
	m := &snapshotv1.DiffCounts{
		Snapshot: t.head.To.Snapshot, Added: c.Added, Removed: c.Removed, Changed: c.Changed, Same: t.head.From.Rows - c.Removed - c.Changed,
	}
	for i, n := range c.Columns {
		if n > 0 {
			m.Columns = append(m.Columns, &stepv1.ColumnCount{Column: t.head.Columns[i].Name, Updated: n})
		}
	}
	return t.send(&snapshotv1.DiffResponse{Message: &snapshotv1.DiffResponse_Counts{Counts: m}})
}
