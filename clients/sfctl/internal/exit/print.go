package exit

import (
	"fmt"
	"io"
	"strings"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/prose"
)

// shownViolations bounds what is listed in words; JSON and YAML hold all.
const shownViolations = 100

// object is an error as programs read it.
type object struct {
	Reason     string      `json:"reason"`
	Message    string      `json:"message"`
	Action     string      `json:"action,omitempty"`
	Exit       int         `json:"exit"`
	Violations []violation `json:"violations"`
}

type violation struct {
	Subject     string `json:"subject"`
	Description string `json:"description"`
}

// Print writes the failure to w: in words, or in the format of the results.
func (f *Failure) Print(w io.Writer, format printer.Format, style printer.Style) error {
	if !format.ForPeople() && format != printer.Names {
		return f.object(w, format)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s %s\n", style.Bad("sfctl:"), lines(f.Message, "  "))
	for i, v := range f.Violations {
		if i == shownViolations {
			fmt.Fprintf(&out, "  … and %s more\n", prose.Number(int64(len(f.Violations)-i)))
			break
		}
		if strings.Contains(f.Message, v.Subject+": "+v.Description) {
			continue // the message lists them itself
		}
		fmt.Fprintf(&out, "  %s: %s\n", printer.OneLine(v.Subject), lines(v.Description, "    "))
	}
	if f.Action != "" {
		fmt.Fprintf(&out, "  %s\n", lines(f.Action, "  "))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (f *Failure) object(w io.Writer, format printer.Format) error {
	o := object{Reason: f.Reason, Message: f.Message, Action: f.Action, Exit: f.Code, Violations: []violation{}}
	for _, v := range f.Violations {
		o.Violations = append(o.Violations, violation(v))
	}
	return printer.Value(w, format, o)
}

// lines indents the lines after the first, and keeps control characters away from
// the terminal.
func lines(text, indent string) string {
	parts := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, p := range parts {
		parts[i] = printer.OneLine(p)
	}
	return strings.Join(parts, "\n"+indent)
}
