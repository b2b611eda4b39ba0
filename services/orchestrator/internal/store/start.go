package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/postgres"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// Request asks for a run.
type Request struct {
	// ID is the key under which the request may be sent again.
	ID          string
	Dataset     string
	Version     string
	AsOf        string
	Source      string
	SourceKey   string
	Mode        run.Mode
	RequestedBy string
	// Restage stages whatever the files are.
	Restage bool
	// Accepted is what is accepted for the run, of what guards find.
	Accepted []*stepv1.Acceptance
	// Supersede corrects what is stamped as of the date; Reason says why.
	Supersede bool
	Reason    string
	// ToRevision and RevisionOf say where a rollback goes back to; Reason why.
	ToRevision int32
	RevisionOf string
	// EraseTable and EraseKeys say what an erase takes away; Reason why.
	EraseTable string
	EraseKeys  []*stepv1.EraseKey
	// keys is a salted hash of them.
	keys string
	// FullExtract takes the files for whole tables, whatever the dataset declares.
	FullExtract bool
	// Retains says that the dataset declares which dates its history keeps.
	Retains bool
	// Unreadable is why no run could read the source; nil where one may. A run that is there
	// already, which may have read it by then, is found all the same.
	Unreadable error
	// Restamp makes the as_of again from what was delivered before.
	Restamp bool
}

// What a run takes the files for, where it is not what the dataset declares.
const extractFull = "FULL"

func (r Request) extract() string {
	if r.FullExtract {
		return extractFull
	}
	return ""
}

// variant is what decides the run's outcome besides dataset, as_of, source and mode, as
// one text: requests of different variants are different runs.
func (r Request) variant() string {
	var parts []string
	if r.Restage {
		parts = append(parts, "restage")
	}
	if r.Supersede { // the reason is kept, so that one given with another is another run's
		sum := sha256.Sum256([]byte(r.Reason))
		parts = append(parts, "supersede "+hex.EncodeToString(sum[:]))
	}
	if r.Mode == run.Rollback {
		sum := sha256.Sum256([]byte(r.Reason))
		parts = append(parts, fmt.Sprintf("to %d of %q %s", r.ToRevision, r.RevisionOf, hex.EncodeToString(sum[:])))
	}
	if r.Restamp {
		parts = append(parts, "restamp")
	}
	if r.Mode.Erases() {
		sum := sha256.Sum256([]byte(r.Reason))
		parts = append(parts, "erase "+r.keys+" "+hex.EncodeToString(sum[:]))
	}
	if r.FullExtract {
		parts = append(parts, "full extract")
	}
	for _, a := range r.Accepted {
		one := "accept " + a.GetReason() + ":" + a.GetTable()
		if a.UpTo != nil {
			one += " " + strconv.FormatInt(a.GetUpTo(), 10)
		}
		if a.GetFromRun() != "" {
			one += " of a run"
		}
		parts = append(parts, one)
	}
	slices.Sort(parts) // in whichever order it was said, and how often
	return strings.Join(slices.Compact(parts), "\n")
}

// Started is the run that a request got.
type Started struct {
	Run string
	// Joined is true where the run was another request's, queued or running.
	Joined bool
	// New is true where this call queued the run.
	New bool
	// Same is false where the request id stands for a run of other arguments.
	Same bool
}

// errAgain says that another request came in between.
var errAgain = errors.New("another request came in between")

// Start queues a run, or finds the one that the request stands for. Of any number
// of equal requests at the same moment one queues the run, and all get it.
func (s *Store) Start(ctx context.Context, req Request) (*Started, error) {
	var err error
	if req.keys, err = s.digest(ctx, req); err != nil {
		return nil, err
	}
	for {
		var got *Started
		err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
			var err error
			if got, err = start(ctx, tx, req); err != nil || !got.New {
				return err
			}
			return s.Limits.queue(ctx, tx, req)
		})
		if !errors.Is(err, errAgain) {
			return got, wrap(err, "start a run of %s", req.Dataset)
		}
	}
}

func start(ctx context.Context, tx pgx.Tx, req Request) (*Started, error) {
	got, err := requested(ctx, tx, req)
	if got != nil || err != nil {
		return got, err
	}
	if err := registered(ctx, tx, req.Dataset); err != nil {
		return nil, err
	}
	got = &Started{Run: ident.New(ident.Run), New: true, Same: true}
	inserted, err := insertRun(ctx, tx, got.Run, req)
	if err != nil {
		return nil, err
	}
	if inserted && req.Unreadable != nil {
		return nil, req.Unreadable
	}
	if !inserted {
		got.New, got.Joined = false, true
		if got.Run, err = activeRun(ctx, tx, req); err != nil {
			return nil, err
		}
	}
	if err := note(ctx, tx, got, req); err != nil {
		return nil, err
	}
	if !got.New {
		return got, nil
	}
	return got, begin(ctx, tx, got.Run, req)
}

const requestedSQL = `
select run, joined, dataset = $2 and (as_of = $3::date or $5 = 'RETENTION') and source_key = $4 and mode = $5 and variant = $6
  from sf_orchestrator.run_request where request_id = $1`

// requested returns the run that the request id stands for already. The as_of of a retention
// is nobody's request: it is the newest date by then.
func requested(ctx context.Context, q postgres.Querier, req Request) (*Started, error) {
	got := &Started{}
	err := q.QueryRow(ctx, requestedSQL, req.ID, req.Dataset, req.AsOf, req.SourceKey, req.Mode, req.variant()).
		Scan(&got.Run, &got.Joined, &got.Same)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	return got, err
}

const insertRunSQL = `
insert into sf_orchestrator.run
       (id, dataset, dataset_version, as_of, source, source_key, mode, state, requested_by, request_id, restage, variant, accepted, supersede, supersede_reason, to_revision, revision_of, extract, restamp, erase_table, erase_keys)
values ($1, $2, $3, $4::date, $5, $6, $7, 'QUEUED', $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
on conflict do nothing`

// insertRun queues a run unless an equal one is queued or running; it waits for
// another insert of an equal one to commit or to fail.
func insertRun(ctx context.Context, tx pgx.Tx, id string, req Request) (bool, error) {
	accepted, err := encodeList(req.Accepted)
	if err != nil {
		return false, err
	}
	tag, err := tx.Exec(ctx, insertRunSQL, id, req.Dataset, req.Version, req.AsOf,
		req.Source, req.SourceKey, req.Mode, req.RequestedBy, req.ID, req.Restage, req.variant(), string(accepted), req.Supersede, req.Reason,
		req.ToRevision, req.RevisionOf, req.extract(), req.Restamp, req.EraseTable, len(req.EraseKeys))
	return tag.RowsAffected() == 1, err
}

const activeRunSQL = `
select id from sf_orchestrator.run
 where dataset = $1 and as_of = $2::date and source_key = $3 and mode = $4 and variant = $5 and state in ('QUEUED', 'RUNNING')`

func activeRun(ctx context.Context, tx pgx.Tx, req Request) (string, error) {
	var id string
	err := tx.QueryRow(ctx, activeRunSQL, req.Dataset, req.AsOf, req.SourceKey, req.Mode, req.variant()).Scan(&id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", errAgain // it has ended since
	}
	return id, err
}

const noteSQL = `
insert into sf_orchestrator.run_request (request_id, run, joined, dataset, as_of, source_key, mode, variant)
values ($1, $2, $3, $4, $5::date, $6, $7, $8)
on conflict do nothing`

// note ties the request id to the run, for ever.
func note(ctx context.Context, tx pgx.Tx, got *Started, req Request) error {
	tag, err := tx.Exec(ctx, noteSQL, req.ID, got.Run, got.Joined, req.Dataset, req.AsOf, req.SourceKey, req.Mode, req.variant())
	if err == nil && tag.RowsAffected() == 0 {
		return errAgain // the same request was sent twice at once
	}
	return err
}

const insertStepsSQL = `
insert into sf_orchestrator.run_step (run, position, kind, state)
select $1, ordinality, kind, 'PENDING' from unnest($2::text[]) with ordinality as k (kind, ordinality)`

// begin gives a new run its steps and its first event, and wakes the workers.
func begin(ctx context.Context, tx pgx.Tx, id string, req Request) error {
	var kinds []string
	for _, k := range req.Mode.Kinds(req.Retains) {
		kinds = append(kinds, string(k))
	}
	if _, err := tx.Exec(ctx, insertStepsSQL, id, kinds); err != nil {
		return err
	}
	if err := keepKeys(ctx, tx, id, req); err != nil {
		return err
	}
	queued := run.Event{Kind: run.RunQueued, State: run.Queued, Message: "queued for " + req.RequestedBy + run.Accepts(req.Accepted) + run.Supersedes(req.Supersede, req.Reason) +
		run.Restamps(req.Restamp) + run.RollsBack(req.Mode, req.ToRevision, req.RevisionOf, req.Reason) + run.Retains(req.Mode, req.Reason) +
		run.ErasesKeys(req.Mode, req.EraseTable, len(req.EraseKeys), req.Reason)}
	if err := appendEvents(ctx, tx, id, "", queued); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "select pg_notify($1, $2)", ChannelQueue, req.Dataset)
	return err
}
