package progress

import (
	"fmt"
	"io"
	"time"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// plainEvery is how often one table's progress is worth a line of a log: a step of a
// few seconds has none, one of ten minutes sixty per table.
const plainEvery = 10 * time.Second

// Plain writes one line per event, without control sequences.
type Plain struct {
	w    io.Writer
	last map[task]time.Time // when a task's progress was last written, by its events
}

// NewPlain returns a display that writes lines to w.
func NewPlain(w io.Writer) *Plain { return &Plain{w: w, last: map[task]time.Time{}} }

// Event writes the event's line; of progress, one line now and then.
func (p *Plain) Event(e *orchestratorv1.Event) {
	text := line(e)
	if e.GetKind() == orchestratorv1.EventKind_EVENT_KIND_STEP_PROGRESS {
		text = p.progress(e)
	}
	if text != "" {
		p.write(e.GetAt().AsTime(), text)
	}
}

func (p *Plain) progress(e *orchestratorv1.Event) string {
	t, at := taskOf(e), e.GetAt().AsTime()
	last, seen := p.last[t]
	if !seen {
		p.last[t] = at // its beginning: the step's own line has just been written
		return ""
	}
	if at.Sub(last) < plainEvery {
		return ""
	}
	p.last[t] = at
	return printer.Enum(e.GetStep()) + " " + measure(e.GetProgress())
}

// Note writes a line.
func (p *Plain) Note(format string, args ...any) { p.write(time.Now(), fmt.Sprintf(format, args...)) }

func (p *Plain) write(at time.Time, text string) {
	// Progress is not worth failing for: the run goes on where nobody reads.
	_, _ = fmt.Fprintf(p.w, "%s %s\n", at.UTC().Format("15:04:05"), text)
}

// Close does nothing: every line is complete.
func (p *Plain) Close() {}
