// Package rename says which columns are called otherwise than they were. A column that
// declares renamed_from makes a [Pair]; those of one table are paths (a → b, b → c) and
// rings (a → b, b → a), since every name is the older and the newer one of one column
// at most.
//
// Which of them still have to be carried out is told by the names that stand: [Pairs.Among]
// takes the columns of a table, of a file's header or of what was stamped. Of a ring the
// same names stand before and after, so that nothing but a record tells whether it was
// carried out: whoever knows that it was leaves it out, by [Pairs.Paths] or [Pairs.Without].
package rename
