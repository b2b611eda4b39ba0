package compile

import "fmt"

// equal is true where two columns hold the same value. Where one of two number types
// is binary, PostgreSQL would compare both as double precision, to which
// 9007199254740993 and …992 are one number: they are compared as decimals instead.
func equal(a, b typedColumn) string {
	if a.kind.Name != b.kind.Name && (a.kind.IsBinary() || b.kind.IsBinary()) {
		return asDecimal(a) + " = " + asDecimal(b)
	}
	return a.sql + " = " + b.sql
}

// beyondBigint is 2^63, the first number over what a bigint holds.
const beyondBigint = "9223372036854775808"

// asDecimal is a number digit for digit. A binary number that is whole is what it is
// exactly; any other, and one too large for a bigint, is the shortest decimal that
// stands for it, so that 0.1 is 0.1. A cast to numeric alone would keep 15 digits.
func asDecimal(c typedColumn) string {
	if !c.kind.IsBinary() {
		return c.sql + "::numeric"
	}
	return fmt.Sprintf("case when abs(%[1]s) < %[2]s and trunc(%[1]s) = %[1]s then %[1]s::bigint::numeric else %[1]s::text::numeric end",
		c.sql, beyondBigint)
}
