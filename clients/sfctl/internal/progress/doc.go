// Package progress shows how a run comes along while somebody waits for it: on a
// terminal as bars that are redrawn, elsewhere (a log, a pipe) as plain lines.
package progress
