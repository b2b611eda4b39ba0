package report

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Findings writes findings in words: what was expected, what was found, where, what to
// do, and what follows from it. It writes nothing where there are none.
type Findings struct {
	Style printer.Style
	// AllRows lists every row that a finding has, and not only the first few.
	AllRows bool
}

// Write writes them.
func (o Findings) Write(w io.Writer, findings []*stepv1.Finding) error {
	var out strings.Builder
	for i, f := range findings {
		if i > 0 {
			out.WriteByte('\n')
		}
		o.finding(&out, i+1, f, alike(findings[:i], f))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (o Findings) finding(out *strings.Builder, number int, f *stepv1.Finding, listed int) {
	mark := o.Style.Bad
	if f.GetSeverity() == datasetv1.Severity_SEVERITY_WARNING {
		mark = o.Style.Warn
	}
	head := fmt.Sprintf("%d. %s", number, mark(f.GetReason()))
	if s := printer.Enum(f.GetSeverity()); s != "" {
		head += " (" + s + ")"
	}
	if where := place(f); where != "" {
		head += " " + printer.OneLine(where)
	}
	out.WriteString(head + "\n")
	detail(out, "", printer.Flags(f.GetMessage()))
	detail(out, "expectation", unsaid(f, f.GetExpectation()))
	if f.GetCount() > 0 {
		detail(out, "rows", prose.Number(f.GetCount()))
	}
	detail(out, "expected", unsaid(f, f.GetExpected()))
	detail(out, "found", unsaid(f, f.GetFound()))
	if listed > 0 {
		detail(out, "where", fmt.Sprintf("%s: the same keys as in %d.", f.GetFile(), listed))
	} else {
		o.located(out, f)
	}
	detail(out, "what to do", printer.Flags(f.GetAction()))
	label := "follows"
	for _, below := range f.GetFollows() {
		fmt.Fprintf(out, "   %-11s  %s\n", label, printer.OneLine(below.GetMessage()))
		label = ""
	}
}

// alike is the number of the finding above that lists the same keys for the same reason, as
// where all files of a delivery are cut short alike; 0 where there is none.
func alike(above []*stepv1.Finding, f *stepv1.Finding) int {
	if len(f.GetRows()) < 2 {
		return 0
	}
	return 1 + slices.IndexFunc(above, func(a *stepv1.Finding) bool {
		return a.GetReason() == f.GetReason() && a.GetCount() == f.GetCount() && slices.EqualFunc(a.GetRows(), f.GetRows(), func(x, y *stepv1.RowLocation) bool {
			return x.GetLine() == 0 && y.GetLine() == 0 && x.GetColumn() == "" && y.GetColumn() == "" &&
				x.GetDetail() == y.GetDetail() && len(x.GetKey()) > 0 && slices.Equal(x.GetKey(), y.GetKey())
		})
	})
}

// shortest is how long a text is at least that is not in a message by chance, as the
// value 1 is in "1 row".
const shortest = 8

// unsaid is a text of a finding, empty where its message says it word for word.
func unsaid(f *stepv1.Finding, text string) string {
	if len(text) >= shortest && strings.Contains(f.GetMessage(), text) {
		return ""
	}
	return text
}

// detail writes one labelled line, the labels as wide as the longest of them.
func detail(out *strings.Builder, label, text string) {
	if text == "" {
		return
	}
	if label == "" {
		fmt.Fprintf(out, "   %s\n", printer.OneLine(text))
		return
	}
	fmt.Fprintf(out, "   %-11s  %s\n", label, printer.OneLine(text))
}

// fewRows is how many rows of a finding are listed where not all were asked for: enough
// to see what they have in common.
const fewRows = 5

// located lists the rows of a finding, and says how many it leaves out; where there are
// none, its file.
func (o Findings) located(out *strings.Builder, f *stepv1.Finding) {
	rows := f.GetRows()
	if len(rows) == 0 {
		detail(out, "file", f.GetFile())
		return
	}
	if !o.AllRows {
		rows = rows[:min(len(rows), fewRows)]
	}
	label := "where"
	for _, r := range rows {
		file := r.GetFile()
		if file == "" {
			file = f.GetFile()
		}
		fmt.Fprintf(out, "   %-11s  %s\n", label, printer.OneLine(location(file, r)))
		label = ""
	}
	if said := leftOut(len(rows), len(f.GetRows()), f.GetCount()); said != "" {
		fmt.Fprintf(out, "   %-11s  … and %s\n", "", said)
	}
}

// leftOut says how many rows are not shown, and how many of those there are to be had.
func leftOut(shown, listed int, all int64) string {
	more, hidden := max(all, int64(listed))-int64(shown), int64(listed-shown)
	switch {
	case more == 0:
		return ""
	case hidden == 0:
		return prose.Number(more) + " more"
	case hidden == more:
		return prose.Number(more) + " more (--all-rows)"
	}
	return prose.Number(more) + " more, the first " + prose.Number(hidden) + " of them with --all-rows"
}

// location is file:line, the key, the value and what is wrong with it.
func location(file string, r *stepv1.RowLocation) string {
	text := file
	if r.GetLine() > 0 {
		text = fmt.Sprintf("%s:%d", file, r.GetLine())
	}
	if len(r.GetKey()) > 0 {
		text += " key " + shownKey(r.GetKey())
	}
	switch {
	case r.GetColumn() != "":
		text += fmt.Sprintf(" %s = %q", r.GetColumn(), r.GetValue())
	case r.GetValue() != "": // the line itself
		text += fmt.Sprintf(" %q", r.GetValue())
	}
	if r.GetDetail() != "" {
		text += ": " + r.GetDetail()
	}
	return text
}

// shownKey writes the values of a key, in quotes what would not be seen without: an empty
// one, blanks around it, invisible characters.
func shownKey(key []string) string {
	shown := make([]string, len(key))
	for i, k := range key {
		shown[i] = k
		if k == "" || strings.TrimSpace(k) != k || strings.ContainsFunc(k, func(r rune) bool { return !strconv.IsPrint(r) }) {
			shown[i] = strconv.Quote(k)
		}
	}
	return strings.Join(shown, ", ")
}
