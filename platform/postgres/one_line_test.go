package postgres

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSQLInOneLine(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"":                              "",
		"select 1":                      "select 1",
		" SELECT a,\n    b\n   FROM t":  " SELECT a, b FROM t",
		"select 'a\n  b',\n\n\t c":      "select 'a\n  b', c",
		"select 'it''s\n',\n \"x\n'\"":  "select 'it''s\n', \"x\n'\"",
		"\nselect  two  blanks  stay\n": "select  two  blanks  stay",
		"as $f$\n  a 'b;\n -- c\n$f$\n  language sql": "as $f$\n  a 'b;\n -- c\n$f$ language sql",
		"select $$a\n$$, b$c\n, $1\n, $2\n":           "select $$a\n$$, b$c , $1 , $2",
	} {
		require.Equal(t, want, oneLine(sql), sql)
	}
}
