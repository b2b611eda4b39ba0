package publish

import (
	"strings"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// standsOnSame refuses a batch of which a candidate was laid over another content than it
// would be by now. Whoever asks looked at history a moment ago; that nobody has written to it
// since, the assertion of the fence makes sure, as everything that changes history raises it.
func (w *work) standsOnSame() error {
	p := problem.New(problem.BaseMoved, "").With("batch", w.batch.GetId())
	var said []string
	for _, o := range w.batch.GetOverlays() {
		was := o.GetBase()
		now := baseOf(w.req.Bases, was.GetTable())
		if now.GetContentHash() == was.GetContentHash() {
			continue
		}
		found := "none"
		if now != nil {
			found = state(now)
		}
		_ = p.Violate(was.GetTable(), "expected %s, which the delivery was laid over, found %s", state(was), found)
		said = append(said, was.GetTable()+": "+p.Violations[len(p.Violations)-1].Description)
	}
	if len(said) == 0 {
		return nil
	}
	p.Message = "what the batch was laid over is another by now: " + strings.Join(said, "; ") + "; start the run again; nothing was written"
	return p
}

func baseOf(bases []*stepv1.Base, table string) *stepv1.Base {
	for _, b := range bases {
		if b.GetTable() == table {
			return b
		}
	}
	return nil
}

// state names a base to people.
func state(b *stepv1.Base) string {
	return b.GetSnapshot() + " as of " + b.GetAsOf() + " (" + b.GetContentHash() + ")"
}
