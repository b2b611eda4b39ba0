// Package csvread reads CSV (RFC 4180) as a stream of records that are slices of one
// buffer: memory stays flat whatever the file's size, and no row allocates.
//
// Lines end in LF or CRLF, the last one may lack its end, blank lines are skipped, and
// a UTF-8 byte order mark at the start is dropped. A quote may stand only around a
// whole field, and doubled inside one; anything else is an error that names the line.
// The reader makes the same records as encoding/csv, or fails where it fails, but for
// one thing: a CRLF inside quotes stays as it was delivered.
//
// It does not judge content: whether a field is UTF-8, or a number, is the caller's.
package csvread
