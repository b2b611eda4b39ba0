package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Findings writes findings in words: what was expected, what was found, where, and
// what to do. It writes nothing where there are none.
func Findings(w io.Writer, findings []*stepv1.Finding, style printer.Style) error {
	var out strings.Builder
	for i, f := range findings {
		if i > 0 {
			out.WriteByte('\n')
		}
		finding(&out, i+1, f, style)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func finding(out *strings.Builder, number int, f *stepv1.Finding, style printer.Style) {
	mark := style.Bad
	if f.GetSeverity() == datasetv1.Severity_SEVERITY_WARNING {
		mark = style.Warn
	}
	head := fmt.Sprintf("%d. %s", number, mark(f.GetReason()))
	if s := printer.Enum(f.GetSeverity()); s != "" {
		head += " (" + s + ")"
	}
	if where := place(f); where != "" {
		head += " " + printer.OneLine(where)
	}
	out.WriteString(head + "\n")
	detail(out, "", f.GetMessage())
	detail(out, "expectation", unsaid(f, f.GetExpectation()))
	if f.GetCount() > 0 {
		detail(out, "rows", prose.Number(f.GetCount()))
	}
	detail(out, "expected", unsaid(f, f.GetExpected()))
	detail(out, "found", unsaid(f, f.GetFound()))
	located(out, f)
	detail(out, "what to do", f.GetAction())
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

// located lists the rows of a finding; where there are none, its file.
func located(out *strings.Builder, f *stepv1.Finding) {
	if len(f.GetRows()) == 0 {
		detail(out, "file", f.GetFile())
		return
	}
	label := "where"
	for _, r := range f.GetRows() {
		file := r.GetFile()
		if file == "" {
			file = f.GetFile()
		}
		fmt.Fprintf(out, "   %-11s  %s\n", label, printer.OneLine(location(file, r)))
		label = ""
	}
	if more := f.GetCount() - int64(len(f.GetRows())); more > 0 {
		fmt.Fprintf(out, "   %-11s  … and %s more\n", "", prose.Number(more))
	}
}

// location is file:line, the key, the value and what is wrong with it.
func location(file string, r *stepv1.RowLocation) string {
	text := file
	if r.GetLine() > 0 {
		text = fmt.Sprintf("%s:%d", file, r.GetLine())
	}
	if len(r.GetKey()) > 0 {
		text += " key " + strings.Join(r.GetKey(), ", ")
	}
	if r.GetColumn() != "" {
		text += fmt.Sprintf(" %s = %q", r.GetColumn(), r.GetValue())
	}
	if r.GetDetail() != "" {
		text += ": " + r.GetDetail()
	}
	return text
}
