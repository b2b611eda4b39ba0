// Package diff says what differs between two versions of a dataset, and how heavy
// each change is for the tables and the history that are there already.
//
// [Compare] lists the changes. Each has a [Class]: metadata changes nothing in
// PostgreSQL, an expanding change is carried out by the next run, a rewriting one
// only on demand, and a refused one not at all where there are rows. [OfType] is the
// class of another type alone, for whoever compares a declaration with a table.
//
// Two versions with different hashes always differ by at least one change. The
// package looks at declarations only: whether there are any rows is not known here.
package diff
