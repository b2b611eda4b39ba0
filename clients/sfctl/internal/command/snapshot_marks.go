package command

import (
	"slices"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// mark is a column of a list of snapshots that is there where it says something of any.
type mark struct {
	name string
	of   func(*snapshotv1.Snapshot) string
}

// marks say that a snapshot stands on what is another by now, that its rows were dropped or are
// gone, and who keeps its date from retention.
var marks = []mark{
	{"STALE", func(s *snapshotv1.Snapshot) string { return printer.OneLine(s.GetStale()) }},
	{"DROPPED", func(s *snapshotv1.Snapshot) string { return printer.Moment(s.GetDroppedAt()) }},
	{"LOST", func(s *snapshotv1.Snapshot) string {
		if s.GetLost() {
			return "its table is gone"
		}
		return ""
	}},
	{"PINNED", func(s *snapshotv1.Snapshot) string {
		if s.GetPin() == nil {
			return ""
		}
		return printer.OneLine(s.GetPin().GetPinnedBy() + ": " + s.GetPin().GetReason())
	}},
}

// held is the mark of what keeps a date that the history would not keep.
func held(dates map[string]string) mark {
	return mark{"DUE_AND_KEPT", func(s *snapshotv1.Snapshot) string { return dates[s.GetAsOf()] }}
}

// markColumns are the marks that any of the snapshots has, and what each says of one.
func markColumns(snapshots []*snapshotv1.Snapshot, marks []mark) ([]printer.Column, func(*snapshotv1.Snapshot) []string) {
	var columns []printer.Column
	var shown []mark
	for _, m := range marks {
		if slices.ContainsFunc(snapshots, func(s *snapshotv1.Snapshot) bool { return m.of(s) != "" }) {
			columns, shown = append(columns, printer.Text(m.name)), append(shown, m)
		}
	}
	return columns, func(s *snapshotv1.Snapshot) []string {
		var cells []string
		for _, m := range shown {
			cells = append(cells, m.of(s))
		}
		return cells
	}
}
