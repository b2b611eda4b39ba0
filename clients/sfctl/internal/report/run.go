package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Report is what is known of a run.
type Report struct {
	Run *orchestratorv1.Run
	// Validation is the run's; nil where there is none or it could not be read.
	Validation *qualityv1.Validation
	// Unexplained leaves out why the run failed: the caller says it elsewhere.
	Unexplained bool
	// Quiet leaves out what is only worth knowing.
	Quiet bool
	Style printer.Style
}

// Write writes the report, without the findings that Findings writes.
func (r Report) Write(w io.Writer) error {
	var out strings.Builder
	r.headline(&out)
	sections := []func(*strings.Builder) error{r.steps, r.doneBefore, r.tables, r.changes, r.history, r.erased, r.quality, r.snapshots}
	if !r.Quiet {
		sections = append(sections, r.notices)
	}
	for _, section := range sections {
		var text strings.Builder
		if err := section(&text); err != nil {
			return err
		}
		if text.Len() > 0 {
			out.WriteString("\n" + text.String())
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (r Report) headline(out *strings.Builder) {
	run := r.Run
	fmt.Fprintf(out, "Run %s %s%s\n", run.GetId(), r.state(), r.took())
	if r.erases() {
		fmt.Fprintf(out, "%s%s\n", run.GetDataset(), r.erasing())
	} else {
		fmt.Fprintf(out, "%s as of %s%s\n", run.GetDataset(), run.GetAsOf(), r.from())
	}
	if run.GetSupersede() {
		fmt.Fprintf(out, "supersedes what is stamped: %s\n", printer.OneLine(run.GetSupersedeReason()))
	}
	if run.GetFullExtract() {
		fmt.Fprintln(out, "takes the files for whole tables (--full-extract)")
	}
	_ = Accepted(out, run.GetAccepted()) // a builder takes everything
	switch {
	case run.GetState() != orchestratorv1.RunState_RUN_STATE_FAILED || r.Unexplained:
	case len(Verdicts(run.GetFindings())) > 0: // they say why
		fmt.Fprintln(out, r.Style.Bad(run.GetReason()))
	default:
		fmt.Fprintf(out, "%s: %s\n", r.Style.Bad(run.GetReason()), printer.OneLine(run.GetMessage()))
	}
}

// from says where a run has its rows from.
func (r Report) from() string {
	if r.Run.GetMode() == orchestratorv1.RunMode_RUN_MODE_RETENTION {
		if reason := r.Run.GetSupersedeReason(); reason != "" {
			return ", history cut: " + printer.OneLine(reason)
		}
		return ", history cut"
	}
	if r.Run.GetRestamp() {
		return "" // it reads no files, and the line after it says what it does
	}
	if !r.rollsBack() {
		return " from " + printer.OneLine(r.Run.GetSource())
	}
	to := ""
	if n := r.Run.GetToRevision(); n > 0 {
		to = fmt.Sprintf(" to revision %d", n)
	}
	if of := r.Run.GetRevisionOf(); of != "" {
		to += " of " + printer.OneLine(of)
	}
	return ", rolled back" + to + ": " + printer.OneLine(r.Run.GetSupersedeReason())
}

func (r Report) state() string {
	word := printer.Enum(r.Run.GetState())
	switch r.Run.GetState() {
	case orchestratorv1.RunState_RUN_STATE_SUCCEEDED:
		return r.Style.Good(word)
	case orchestratorv1.RunState_RUN_STATE_FAILED:
		return r.Style.Bad(word)
	case orchestratorv1.RunState_RUN_STATE_CANCELLED:
		return r.Style.Warn(word)
	default:
		return word
	}
}

func (r Report) took() string {
	if t := RunTook(r.Run); t != "" {
		return " in " + t
	}
	return ""
}

// RunTook is the time from the run's first claim to its end; empty before it.
func RunTook(run *orchestratorv1.Run) string {
	return printer.Between(run.GetStartedAt(), run.GetEndedAt())
}

// steps is a table of the steps. Rows are what a step went over, not what it wrote.
func (r Report) steps(out *strings.Builder) error {
	g := printer.NewGrid(printer.Text("STEP"), printer.Text("STATE"), printer.Number("TIME"),
		printer.Number("ROWS"), printer.Number("ATTEMPTS"), printer.Text("SUMMARY"))
	for _, s := range r.Run.GetSteps() {
		g.Row(printer.Enum(s.GetKind()), printer.Enum(s.GetState()), printer.Between(s.GetStartedAt(), s.GetEndedAt()),
			rows(s.GetCounts()), attempts(s), r.summary(s))
	}
	if g.Len() == 0 {
		return nil
	}
	return g.Write(out)
}

// summary is what a step came to; not why the run failed, which stands elsewhere. To
// publish files that are published already is to write nothing, whatever the live
// tables hold by now; behind a later as_of live was not theirs to be written.
func (r Report) summary(s *orchestratorv1.Step) string {
	short, _ := prose.Done(s.GetSummary())
	switch {
	case short == r.Run.GetMessage():
		return ""
	case r.Run.GetUnchanged() && r.Run.GetBackfill() && s.GetKind() == orchestratorv1.StepKind_STEP_KIND_PUBLISH && s.GetSummary() != "":
		return "nothing to write: the files are those last delivered for the date, and live, which holds a later as_of, was not touched"
	case r.Run.GetUnchanged() && s.GetKind() == orchestratorv1.StepKind_STEP_KIND_PUBLISH && s.GetSummary() != "":
		return "nothing to write: the files are published already"
	default:
		return short
	}
}

// doneBefore lists the statements that steps needed first, each on a line of its own, to
// be read and copied.
func (r Report) doneBefore(out *strings.Builder) error {
	for _, s := range r.Run.GetSteps() {
		_, statements := prose.Done(s.GetSummary())
		if len(statements) == 0 {
			continue
		}
		fmt.Fprintf(out, "Done before %s:\n", printer.Enum(s.GetKind()))
		for _, sql := range statements {
			fmt.Fprintf(out, "  %s\n", printer.OneLine(sql))
		}
	}
	return nil
}

func rows(counts []*stepv1.TableCounts) string {
	if len(counts) == 0 {
		return ""
	}
	n := int64(0)
	for _, c := range counts {
		n += c.GetRows()
	}
	return prose.Number(n)
}

func attempts(s *orchestratorv1.Step) string {
	if s.GetAttempts() == 0 {
		return ""
	}
	return prose.Number(int64(s.GetAttempts()))
}

// step returns a step of the run, nil where the mode has none of the kind.
func (r Report) step(kind orchestratorv1.StepKind) *orchestratorv1.Step {
	for _, s := range r.Run.GetSteps() {
		if s.GetKind() == kind {
			return s
		}
	}
	return nil
}
