package postgres

import "strings"

// oneLine is SQL as PostgreSQL prints it, which has no comments, with a blank for each end
// of a line and what is indented behind it: it can be shown in one line, and run from there.
// Between quotes everything stays.
func oneLine(sql string) string {
	var b strings.Builder
	var quote rune // the one that is open
	blank := false // at the beginning of a line
	for _, r := range sql {
		switch {
		case quote == 0 && r == '\n':
			blank = true
			continue
		case quote == 0 && blank && (r == ' ' || r == '\t'):
			continue
		case blank && b.Len() > 0:
			b.WriteByte(' ')
		}
		blank = false
		switch {
		case quote == 0 && (r == '\'' || r == '"'):
			quote = r
		case r == quote:
			quote = 0
		}
		b.WriteRune(r)
	}
	return b.String()
}
