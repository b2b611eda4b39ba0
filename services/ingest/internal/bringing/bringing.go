// Package bringing tells which as_of brought the keys of a live table: what only deliveries
// brought that are superseded is withdrawn, and nothing else is.
package bringing

import (
	"slices"

	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// Now returns what is known of a table that stands, once a delivery of an as_of is
// published into it: last is what is recorded of it, watermark the as_of that live holds,
// both of them nothing before the first publish. fresh says that what is listed belongs to
// an as_of that live has passed, or to another key, and goes.
func Now(last *store.Brought, asOf, watermark string, key []string) (now store.Brought, fresh bool) {
	now = store.Brought{AsOf: asOf, Extent: store.Listed, KeyColumns: key}
	switch {
	case watermark != asOf: // everything that stands was there before the as_of
		return now, true
	case last == nil || last.AsOf != asOf || !slices.Equal(last.KeyColumns, key):
		now.Extent = store.Unknown
		return now, true
	}
	return *last, false
}
