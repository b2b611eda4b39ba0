// Package statement builds the SQL that depends on a dataset: candidates, checks over
// them, live tables and the difference between the two. It runs nothing. Names go
// through relation's quoting; there are no values in what it builds.
//
// Statements keep to joins and writes by key, without ctid, sequences or unstable
// functions, so that a distributed PostgreSQL can take them.
package statement

import (
	"strings"

	"github.com/streamflow/streamflow/platform/relation"
)

// Columns that a candidate has besides the declared ones: where each row came from.
const (
	FileColumn = "sf_file"
	LineColumn = "sf_line"
)

// join makes the condition under which the columns of two aliases are equal.
func join(left string, leftCols []string, right string, rightCols []string) string {
	parts := make([]string, len(leftCols))
	for i := range leftCols {
		parts[i] = left + relation.Quote(leftCols[i]) + " = " + right + relation.Quote(rightCols[i])
	}
	return strings.Join(parts, " and ")
}

// asText makes the text of columns.
func asText(prefix string, cols []string) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = prefix + relation.Quote(c) + "::text"
	}
	return strings.Join(parts, ", ")
}
