package stage

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// impostors are texts that are often delivered under a CSV's name, known by how they
// begin behind white space.
var impostors = []struct {
	begins        *regexp.Regexp
	found, action string
}{
	{regexp.MustCompile(`^version https://git-lfs\.github\.com/`), "a pointer of Git LFS, and not the file", "Fetch the file that it stands for (git lfs pull), and deliver that."},
	{regexp.MustCompile(`(?i)^<(!doctype\s+html|html|head|body)\b`), "an HTML page", "Look into the file: where a download was to be, a page to log in or an error often is. Fetch the file anew."},
	{regexp.MustCompile(`^<(\?xml|[A-Za-z][\w:.-]*(\s[^>]*)?>)`), "an XML document", exported},
	{regexp.MustCompile(`^(\{\s*("|\}|$)|\[\s*([\[{"\]]|-?[0-9]|$))`), "a JSON document", exported},
}

// sepLine tells a spreadsheet what separates the fields.
var sepLine = regexp.MustCompile(`(?i)^"?sep=.?"?$`)

// ofText says what a text is that begins so, names no column in its first line, and is no
// CSV; nil where it may be some.
func ofText(text, first []byte, veil *personal.Veil) *complaint {
	text = bytes.TrimLeft(text, " \t\r\n")
	for _, i := range impostors {
		if i.begins.Match(text) {
			return &complaint{csvWanted, i.found, i.action}
		}
	}
	line := string(bytes.TrimSpace(first))
	if sepLine.MatchString(line) {
		return &complaint{"a header in the first line", "the line " + strconv.Quote(line) + ", which only a spreadsheet reads", "Leave the line out."}
	}
	for _, mark := range []string{"#", "//", "--", "%"} {
		if strings.HasPrefix(line, mark) {
			return &complaint{"a header in the first line", "a comment: " + strconv.Quote(quotable(veil.Line(line))), "Leave comments out: CSV has none."}
		}
	}
	return nil
}

// namesColumn says whether a line has the name of a column of the table, as a header
// does, whatever it begins with.
func namesColumn(line []byte, t *declared.Table) bool {
	for _, field := range bytes.Split(line, []byte(",")) {
		name := strings.Trim(string(bytes.TrimSpace(field)), `"`)
		known := slices.Concat(t.Names(), t.Renames.AllBefore(t.Names()))
		if slices.ContainsFunc(known, func(n string) bool { return strings.EqualFold(n, name) }) {
			return true
		}
	}
	return false
}

// lineEnds says what is wrong with how lines end; nil where nothing is.
func (l *layout) lineEnds() *complaint {
	const wanted, action = "lines that end in LF or CRLF", "Save the file with LF line ends."
	switch {
	case l.returns && !l.feeds:
		return &complaint{wanted, "line ends that are CR only", action}
	case l.mixed:
		return &complaint{wanted, "a header that ends in LF and rows that end in CR only", action}
	case l.doubled:
		return &complaint{wanted, "line ends that are CR CR LF, as CRLF becomes where a program writes it as text on Windows", action}
	case l.swapped:
		return &complaint{wanted, "line ends that are LF CR", action}
	}
	return nil
}

// otherwiseSeparated says what separates the fields of the header, where it is no comma.
func (l *layout) otherwiseSeparated(t *declared.Table, veil *personal.Veil) *complaint {
	sep := l.separator()
	if sep == "" || len(t.Columns) < 2 || slices.Contains(t.Names(), string(l.first)) {
		return nil
	}
	return &complaint{
		"fields separated by commas", fmt.Sprintf("fields separated by %s: the header reads %q", sep, quotable(veil.Line(cut(l.first)))),
		"Export the file with commas between the fields.",
	}
}
