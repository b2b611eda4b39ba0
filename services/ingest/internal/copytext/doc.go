// Package copytext turns fields of a CSV file into the text that PostgreSQL's COPY
// takes, judging each against its column's type on the way: what passes here,
// PostgreSQL accepts. Nothing allocates, so that a row costs little more than its
// bytes. Numbers go through digit for digit.
package copytext

// Null is what COPY reads as NULL.
const Null = `\N`
