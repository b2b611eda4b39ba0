package postgres

import (
	"regexp"
	"strings"
)

// dollar is what a text between dollars begins with, and ends with again.
var dollar = regexp.MustCompile(`^\$([A-Za-z_][A-Za-z0-9_]*)?\$`)

// oneLine is SQL as PostgreSQL prints it, which has no comments, with a blank for each end
// of a line and what is indented behind it: it can be shown in one line, and run from there.
// Between quotes everything stays, and so do bodies of functions between dollars.
func oneLine(sql string) string {
	var b strings.Builder
	quote := ""    // the one that is open
	blank := false // at the beginning of a line
	for i := 0; i < len(sql); {
		c := sql[i]
		if quote == "" && (c == '\n' || blank && (c == ' ' || c == '\t')) {
			blank = true
			i++
			continue
		}
		if blank && b.Len() > 0 {
			b.WriteByte(' ')
		}
		blank = false
		width := 1
		switch {
		case quote != "" && strings.HasPrefix(sql[i:], quote):
			width, quote = len(quote), ""
		case quote == "":
			quote = opens(sql, i)
			width = max(1, len(quote))
		}
		b.WriteString(sql[i : i+width])
		i += width
	}
	return b.String()
}

// opens is the quote that opens at a place of the SQL, or empty. A dollar inside of a name
// opens none.
func opens(sql string, at int) string {
	switch sql[at] {
	case '\'', '"':
		return sql[at : at+1]
	case '$':
		if at == 0 || strings.ContainsRune(" \n\t(,", rune(sql[at-1])) {
			return dollar.FindString(sql[at:])
		}
	}
	return ""
}
