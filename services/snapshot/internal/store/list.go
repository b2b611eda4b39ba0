package store

import (
	"context"
	"time"

	"github.com/streamflow/streamflow/platform/postgres"
)

// Position is a place in the catalog's order: newest as_of first, then by name,
// then the newest revision first.
type Position struct {
	AsOf     time.Time `json:"as_of"`
	Snapshot string    `json:"snapshot"`
	Revision int32     `json:"revision"`
}

// Position returns where an entry stands.
func (e Entry) Position() Position {
	return Position{AsOf: e.AsOf, Snapshot: e.Snapshot, Revision: e.Revision}
}

// Page asks for part of a dataset's catalog.
type Page struct {
	Dataset string
	// Snapshot keeps only entries of this name; empty keeps all.
	Snapshot string
	// AsOf keeps only entries of this as_of, YYYY-MM-DD; empty keeps all.
	AsOf string
	// Superseded lists the superseded revisions as well.
	Superseded bool
	// Before keeps only entries of an as_of before this one, YYYY-MM-DD; empty keeps all.
	Before string
	// After is the last entry of the page before; nil begins at the start.
	After *Position
	Limit int
}

const listSQL = selectEntries + `
where dataset = $1
  and (current or $8)
  and ($9 = '' or as_of = nullif($9, '')::date)
  and ($2 = '' or snapshot = $2)
  and ($3::date is null
       or as_of < $3
       or as_of = $3 and (snapshot collate "C" > $4 or snapshot = $4 and revision < $5))
  and ($7 = '' or as_of < nullif($7, '')::date)
order by as_of desc, snapshot collate "C", revision desc
limit $6`

// List returns one page of the catalog.
func List(ctx context.Context, q postgres.Querier, p Page) ([]Entry, error) {
	var (
		asOf  *time.Time
		after Position
	)
	if p.After != nil {
		after, asOf = *p.After, &p.After.AsOf
	}
	return entries(ctx, q, listSQL, p.Dataset, p.Snapshot, asOf, after.Snapshot, after.Revision, p.Limit, p.Before, p.Superseded, p.AsOf)
}
