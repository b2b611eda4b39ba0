// Package unseen knows what of a text cannot be seen: blanks and invisible characters
// at its edges, what is hidden inside, and the normal form in which its letters are written. Two texts that
// people read as the same, and that differ byte for byte, have the same Form.
//
// All of it is computed here, by the tables that the program was built with, so that
// what is equal does not change with PostgreSQL's version of Unicode. Texts of plain
// ASCII pay for nothing but a look at their first and last byte.
package unseen
