// Package store is ingest's own bookkeeping in schema sf_ingest: the record of every
// batch, the checksums of its files, which relations of sf_staging are whose, the
// watermark of each dataset, and what each live table was last delivered. Functions run on what they are given, a pool or the
// connection of a transaction; they begin none.
package store
