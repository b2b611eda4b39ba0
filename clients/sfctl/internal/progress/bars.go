package progress

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// redrawEvery bounds how often the bars are drawn: faster flickers over a slow
// connection, and no eye follows it.
const redrawEvery = 100 * time.Millisecond

// maxBars is how many bars are drawn at once; a terminal has at least 24 lines.
const maxBars = 12

// ANSI's sequences to draw over what was drawn (ECMA-48, CPL and ED).
const (
	linesUp    = "\x1b[%dF"
	clearBelow = "\x1b[J"
)

// Bars shows finished steps as lines that stay, and below them one line per table
// that is worked on, redrawn in place.
type Bars struct {
	w     io.Writer
	style printer.Style
	width func() int
	now   func() time.Time

	tasks []*bar
	drawn int       // lines that stand below the cursor's first
	last  time.Time // when they were drawn
}

// NewBars returns a display for a terminal; width tells its columns now.
func NewBars(w io.Writer, style printer.Style, width func() int) *Bars {
	return &Bars{w: w, style: style, width: width, now: time.Now}
}

// Event updates the bars, or writes a line above them.
func (b *Bars) Event(e *orchestratorv1.Event) {
	switch e.GetKind() {
	case orchestratorv1.EventKind_EVENT_KIND_STEP_PROGRESS:
		b.update(e)
		if b.now().Sub(b.last) >= redrawEvery {
			b.draw("")
		}
	case orchestratorv1.EventKind_EVENT_KIND_STEP_STARTED:
		b.start(e)
		b.draw("")
	case orchestratorv1.EventKind_EVENT_KIND_RUN_QUEUED:
		b.tasks = []*bar{{}}
		b.draw("")
	case orchestratorv1.EventKind_EVENT_KIND_RUN_STARTED:
		b.end(e)
		b.draw("")
	default:
		b.end(e)
		b.draw(b.mark(e) + " " + line(e))
	}
}

// Note writes a line above the bars.
func (b *Bars) Note(format string, args ...any) {
	b.draw(b.style.Warn("!") + " " + fmt.Sprintf(format, args...))
}

// Close takes the bars away.
func (b *Bars) Close() {
	b.tasks = nil
	b.draw("")
}

func (b *Bars) mark(e *orchestratorv1.Event) string {
	switch e.GetKind() {
	case orchestratorv1.EventKind_EVENT_KIND_STEP_SUCCEEDED:
		return b.style.Good("✓")
	case orchestratorv1.EventKind_EVENT_KIND_STEP_FAILED:
		return b.style.Bad("✗")
	case orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED:
		if e.GetState() == orchestratorv1.RunState_RUN_STATE_SUCCEEDED {
			return b.style.Good("✓")
		}
		return b.style.Bad("✗")
	default:
		return b.style.Warn("!")
	}
}

// start shows that a step has begun, until it tells of its first table.
func (b *Bars) start(e *orchestratorv1.Event) {
	b.end(e)
	b.tasks = append(b.tasks, &bar{task: task{step: e.GetStep()}})
}

// end takes the bars of an event's step away; the end of the run takes all.
func (b *Bars) end(e *orchestratorv1.Event) {
	kept := b.tasks[:0]
	for _, t := range b.tasks {
		if e.GetStep() != orchestratorv1.StepKind_STEP_KIND_UNSPECIFIED && t.step != e.GetStep() {
			kept = append(kept, t)
		}
	}
	b.tasks = kept
}

func (b *Bars) update(e *orchestratorv1.Event) {
	t := taskOf(e)
	for i, have := range b.tasks {
		if have.task == t || (have.step == t.step && have.progress == nil) {
			b.tasks[i] = &bar{task: t, progress: e.GetProgress()}
			return
		}
	}
	b.tasks = append(b.tasks, &bar{task: t, progress: e.GetProgress()})
}

// draw replaces what stands by the bars as they are now, above them a line that stays.
func (b *Bars) draw(stays string) {
	var out strings.Builder
	if b.drawn > 0 {
		fmt.Fprintf(&out, linesUp, b.drawn)
	}
	out.WriteString(clearBelow)
	if stays != "" {
		out.WriteString(stays + "\n")
	}
	width, lines := b.width(), b.lines()
	for _, l := range lines {
		out.WriteString(cut(l, width-1) + "\n")
	}
	b.drawn, b.last = len(lines), b.now()
	_, _ = io.WriteString(b.w, out.String()) // as in Plain: not worth failing for
}

// lines are the bars to draw: all, or where there are more than a small terminal has
// lines for (what has scrolled away cannot be drawn over) the first that are not done.
func (b *Bars) lines() []string {
	var lines []string
	for _, t := range b.tasks {
		if share, known := done(t.progress); len(b.tasks) <= maxBars || !known || share < 1 {
			lines = append(lines, t.line())
		}
	}
	if len(lines) > maxBars {
		lines = lines[:maxBars]
	}
	if hidden := len(b.tasks) - len(lines); hidden > 0 {
		lines = append(lines, fmt.Sprintf("  … %d more, done or to come", hidden))
	}
	return lines
}

// cut keeps a line on one line of the terminal: a wrapped one could not be drawn over.
func cut(s string, width int) string {
	if width <= 0 || utf8.RuneCountInString(s) <= width {
		return s
	}
	return string([]rune(s)[:width])
}
