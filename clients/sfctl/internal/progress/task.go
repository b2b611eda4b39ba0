package progress

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// task is what one bar stands for: a table in a step, or the step as a whole. A table
// keeps its bar from one phase to the next.
type task struct {
	step  orchestratorv1.StepKind
	table string
}

func taskOf(e *orchestratorv1.Event) task {
	return task{e.GetStep(), e.GetProgress().GetTable()}
}

// bar is a task and how far it has come; no progress while it has told of none.
type bar struct {
	task
	progress *stepv1.Progress
}

const barWidth = 20

func (b *bar) line() string {
	step := printer.Enum(b.step)
	if step == "" {
		step = "queued" // a run that is in no step yet
	}
	if b.progress == nil {
		return "  " + step + " …"
	}
	share, known := done(b.progress)
	text := strings.Repeat("·", barWidth)
	if known {
		full := int(share * barWidth)
		text = strings.Repeat("█", full) + strings.Repeat("░", barWidth-full)
	}
	return fmt.Sprintf("  %-8s %s %s", step, text, measure(b.progress))
}

// done is the share of the work that is done, 0 to 1, by bytes where they are known:
// the rows of a file are known only at its end.
func done(p *stepv1.Progress) (float64, bool) {
	part, whole := p.GetBytesDone(), p.GetBytesTotal()
	if whole <= 0 {
		part, whole = p.GetRowsDone(), p.GetRowsTotal()
	}
	if whole <= 0 {
		return 0, false
	}
	return min(max(float64(part)/float64(whole), 0), 1), true
}

// measure puts progress into words: users copy 45 % 3,169 rows 120.0 KiB of 264.2 KiB.
func measure(p *stepv1.Progress) string {
	var parts []string
	for _, s := range []string{p.GetTable(), p.GetPhase()} {
		if s != "" {
			parts = append(parts, printer.OneLine(s))
		}
	}
	if share, known := done(p); known {
		parts = append(parts, fmt.Sprintf("%d %%", int(share*100)))
	}
	if p.GetRowsDone() > 0 {
		parts = append(parts, prose.Number(p.GetRowsDone())+" rows")
	}
	if p.GetBytesTotal() > 0 {
		parts = append(parts, printer.Bytes(p.GetBytesDone())+" of "+printer.Bytes(p.GetBytesTotal()))
	}
	return strings.Join(parts, " ")
}
