package postgres

import (
	"context"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/relation"
)

// NeedsRoom says of an error that is DATABASE_FULL what the work was that needs room,
// and about how much: bytes, 0 where that is not known. Any other error stays as it is.
func NeedsRoom(err error, work string, bytes int64) error {
	if !Full(err) {
		return err
	}
	much := "room, how much is not known"
	if bytes > 0 {
		much = "about " + prose.Size(bytes) + " of room"
	}
	return problem.Wrap(err, problem.DatabaseFull, "%v; %s needs %s", err, work, much)
}

// Full says whether an error is that PostgreSQL's disk has no room.
func Full(err error) bool {
	return err != nil && (problem.Is(err, problem.DatabaseFull) || Code(err) == codeDiskFull)
}

const sizeSQL = `
select coalesce(sum(pg_total_relation_size(to_regclass(name))), 0)::bigint from unnest($1::text[]) as t (name)`

// NeedsRoomLike is NeedsRoom for work that writes the rows of relations into others, and
// into the log before: twice what they take.
func (p *Pool) NeedsRoomLike(ctx context.Context, err error, work string, relations ...relation.Relation) error {
	if !Full(err) {
		return err
	}
	names := make([]string, len(relations))
	for i, r := range relations {
		names[i] = r.SQL()
	}
	var size int64
	if p.QueryRow(ctx, sizeSQL, names).Scan(&size) != nil {
		size = 0 // the message says that it is not known
	}
	return NeedsRoom(err, work, 2*size)
}
