package personal

import (
	"regexp"
	"sync"
)

// Hidden stands where there is neither the value nor a token.
const Hidden = "(hidden)"

// Table is a table whose values are shown to people, or not.
type Table struct {
	Dataset string
	// Name is the table's, in the dataset.
	Name string
	// Key are the columns of its key.
	Key []string
	// Personal are the columns whose values nobody may see.
	Personal []string
}

// Veil shows the values of one table: those of its personal columns as tokens. Once it is
// settled which columns have few values, the tokens of these go as well (see Settle). The nil
// Veil shows every value. It is safe for concurrent use.
type Veil struct {
	keys     *Keys
	table    Table
	personal map[string]bool

	mu     sync.Mutex
	issued map[string]issue // by the token
}

// issue is what a token was made of.
type issue struct {
	column string
	// value is as much of it as is sealed.
	value string
}

// Veil returns the veil of a table; nil where none of its columns is personal.
func (k *Keys) Veil(t Table) *Veil {
	if len(t.Personal) == 0 {
		return nil
	}
	v := &Veil{keys: k, table: t, personal: map[string]bool{}, issued: map[string]issue{}}
	for _, c := range t.Personal {
		v.personal[c] = true
	}
	return v
}

// Any says whether any column is personal: then no line of the file is shown.
func (v *Veil) Any() bool { return v != nil }

// Hides says whether a column is personal.
func (v *Veil) Hides(column string) bool { return v != nil && v.personal[column] }

// Value is how a value of a column is shown.
func (v *Veil) Value(column, value string) string {
	if !v.Hides(column) {
		return value
	}
	key, ok := v.keys.Newest()
	if !ok {
		return Hidden
	}
	token := key.token(v.table.Dataset, value)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.issued[token] = issue{column, cut(value)}
	return token
}

// Values are values of columns, one for each.
func (v *Veil) Values(columns, values []string) []string {
	if v == nil {
		return values
	}
	out := make([]string, len(values))
	for i, value := range values {
		out[i] = Hidden // whatever has no column of its own
		if i < len(columns) {
			out[i] = v.Value(columns[i], value)
		}
	}
	return out
}

// Key are the values of a row's key.
func (v *Veil) Key(values []string) []string {
	if v == nil {
		return values
	}
	return v.Values(v.table.Key, values)
}

// Line is text that may hold any value of the table: a line of its file, or what PostgreSQL
// says of its rows.
func (v *Veil) Line(text string) string {
	if v.Any() {
		return Hidden
	}
	return text
}

// tokens are tokens in a sentence, some of them cut off.
var tokens = regexp.MustCompile(tokenMark + `[0-9a-f]{0,4}(?::[0-9a-f]{0,16})?(?:…)?`)

// shown returns a text in which the tokens of columns with few values are hidden.
func (v *Veil) shown(text string, few map[string]bool) string {
	return tokens.ReplaceAllStringFunc(text, func(found string) string {
		if v.of(found, few) {
			return Hidden
		}
		return found
	})
}

// of says whether what was found is a token of one of the columns, or the beginning of one.
func (v *Veil) of(found string, columns map[string]bool) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	whole := len(tokenMark) + 4 + 1 + tokenDigits
	if len(found) == whole {
		return columns[v.issued[found].column]
	}
	begin := tokenPrefix(found)
	for token, of := range v.issued {
		if columns[of.column] && len(token) >= len(begin) && token[:len(begin)] == begin {
			return true
		}
	}
	return false
}

// issuedAs is what a whole token was made of; known is false of one that another veil made.
func (v *Veil) issuedAs(token string) (of issue, known bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	of, known = v.issued[token]
	return of, known
}
