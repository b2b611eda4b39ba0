package publish

import (
	"github.com/streamflow/streamflow/platform/problem"
)

// sound breaks the transaction where the counts of a table cannot be: fewer rows than
// none are unchanged, or departed. Keys are unique on both sides and compared in one
// way only, so that a candidate row meets at most one of live; where one meets several,
// or several meet one, the table takes for equal what is not.
func (w *work) sound(t staged) error {
	unchanged, departed := t.counts.GetUnchanged(), t.counts.GetDeparted()
	if unchanged >= 0 && departed >= 0 {
		return nil
	}
	return problem.New(problem.LiveTableDiffers,
		"%s: expected every row to meet at most one of the candidate, found %d unchanged and %d departed: "+
			"its key does not tell rows apart as the file does; nothing was written", t.Live, unchanged, departed).
		With("batch", w.batch.GetId()).
		Violate(t.Live.String(), "%d rows unchanged, %d departed", unchanged, departed)
}
