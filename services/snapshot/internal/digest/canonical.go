package digest

import (
	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// canonicals write the values of a type so that equal ones have equal text. A type that
// is not here has one text for each value as it is.
var canonicals = map[dataset.TypeName]func(column string) string{
	dataset.Char:            func(column string) string { return column + "::text" },            // without the blanks at its end
	dataset.Numeric:         func(column string) string { return "trim_scale(" + column + ")" }, // 1.50 equals 1.5
	dataset.Real:            func(column string) string { return column + " + 0::real" },        // -0 equals 0, and plus zero makes it so
	dataset.DoublePrecision: func(column string) string { return column + " + 0" },
	dataset.JSONB:           withoutZeros,
}

// withoutZeros takes the zeros at the end of the numbers of a jsonb, since its 1.50 and
// 1.5 are equal. Strings are matched first and whole, with what follows them up to the
// next point, so that nothing inside one is taken for a number; numbers of a jsonb have
// no exponents. The look before it spares most values the slower replacement.
func withoutZeros(column string) string {
	return `case when ` + column + `::text ~ '[.][0-9]*0([^0-9]|$)' then regexp_replace(` + column +
		`::text, '((?:"(?:[^"\\]|\\.)*"[^".]*)+)|([.][0-9]*[1-9])0*|[.]0+', '\1\2', 'g') else ` + column + `::text end`
}

// canonical is a column's value in a form in which equal values have equal text.
func canonical(c layout.Column) string { return Canonical(relation.Quote(c.Name), c.Type.Name) }

// Canonical is an expression of a type in a form in which equal values have equal text.
// The expression stands in it more than once, so it should be a column.
func Canonical(expression string, of dataset.TypeName) string {
	if form, ok := canonicals[of]; ok {
		return form(expression)
	}
	return expression
}
