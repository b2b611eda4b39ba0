package trainingset

import "strings"

// CSVWriter is the version of what writes CSV. Whoever changes a byte of what is written
// for the same manifest makes it another one.
const CSVWriter = "csv/1"

// csvHeader is the first line of the file.
func (s *Set) csvHeader() string {
	names := make([]string, 0, len(s.Features)+4)
	for _, c := range s.columnEntries() {
		names = append(names, csvField(c.Name))
	}
	return strings.Join(names, ",") + "\n"
}

// csvField quotes a name where COPY would quote a value.
func csvField(text string) string {
	if text != "" && !strings.ContainsAny(text, ",\"\n\r") && text != `\.` {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// copyCSV writes the rows of a date, without a header.
func (s *Set) copyCSV(j Join) string {
	return "copy (\n" + s.rows(j) + "\n) to stdout with (format csv)"
}
