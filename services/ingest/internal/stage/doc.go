// Package stage takes the files of a delivery into candidates: each file streams once
// through checksum, CSV reader and type check into COPY, so memory stays flat whatever
// its size. Everything that is wrong with the data becomes a finding of the batch, to
// the end of every file; only what keeps it from reading at all is an error.
package stage
