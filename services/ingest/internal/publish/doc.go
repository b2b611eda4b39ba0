// Package publish takes the candidates of a batch into the live tables, all of them in
// one transaction, writing only what differs; and says beforehand what that would be.
// Readers never wait, and see one month or the other. A batch older than the live
// tables leaves them as they are.
package publish
