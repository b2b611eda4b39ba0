// Package store is the SQL of the orchestrator's own bookkeeping: the registry,
// runs with their steps, leases and events, and requests. It decides nothing: what
// comes next in a run is package run's to say.
//
// Whatever a worker writes is guarded by the fence of its claim, and whatever
// happens to a run is written in one transaction with the events that tell of it.
// Times are the database's, so that the clocks of replicas do not matter.
package store

import (
	"fmt"
	"strings"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/personal"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// Channels of NOTIFY. The table is the truth; a notification only says when to look.
const (
	// ChannelEvent is notified with a run's id when it has new events.
	ChannelEvent = "sf_run_event"
	// ChannelCancel is notified with a run's id when someone asked it to stop.
	ChannelCancel = "sf_run_cancel"
	// ChannelQueue is notified with a dataset's name when a run was queued for it.
	ChannelQueue = "sf_run_queue"
)

// Store is the orchestrator's bookkeeping. It is safe for concurrent use.
type Store struct {
	// Limits are what an installation may hold. Set them before the first use.
	Limits Limits
	// Keys are those by which personal values were shown. Set them before the first use.
	Keys *personal.Keys
	pool *postgres.Pool
}

// New returns the store of a database.
func New(pool *postgres.Pool) *Store { return &Store{pool: pool} }

// one picks what was meant by a part of an identifier out of at most four that have it.
func one(part string, found []string, missing problem.Reason, what string) (string, error) {
	return ident.Only(what, part, found, func(id string) string { return id },
		problem.New(missing, "expected the identifier of a %s, or a unique part of it, found %q, which none has", what, part).
			With("given", part))
}

// plain is a text as PostgreSQL takes it: valid UTF-8 without NUL. What a file or a
// service said may hold either, and must not keep a run from being recorded.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}
