// Package departure guards deliveries against being cut short: it tells which keys a
// candidate lacks that were there before, and whether they are more than the table
// allows. Before is what the live table holds, less the keys that had departed already,
// of which ingest keeps a ledger; or, for a delivery that is earlier than live, the
// nearest earlier snapshot.
//
// Stage asks with one anti-join. Publish, which knows how many rows of live had no row
// in the candidate anyway, looks at the ledger alone, and joins again only to enter the
// new ones into it.
package departure
