package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/audit"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// AuditFilter says which acts are listed.
type AuditFilter struct {
	// Who is a token's name or identifier, What an RPC with or without its service, On a
	// dataset or a whole identifier; empty for all.
	Who, What, On string
	// Outcome is UNSPECIFIED for all.
	Outcome orchestratorv1.AuditOutcome
	// Since and Until bound when they were asked for; nil for all.
	Since, Until *time.Time
	// Below is the place of the last entry of the page before; 0 for the first page.
	Below int64
	Limit int
}

// AuditEntry is an act, and its place among all.
type AuditEntry struct {
	Place   int64
	Message *orchestratorv1.AuditEntry
}

// An act of which no line tells the outcome is one whose outcome is not known.
const listAudit = `select l.id, ` + auditColumns + `, coalesce(o.outcome, case l.kind when 'INTENT' then 'UNKNOWN' else l.outcome end),
       coalesce(o.reason, l.reason), coalesce(nullif(o.target, ''), l.target), o.at
  from sf_orchestrator.audit_line l
  left join sf_orchestrator.audit_line o on o.chain = l.chain and o.intent = l.number and o.kind = 'OUTCOME'
 where l.kind <> 'OUTCOME'
   and ($1 = 0 or l.id < $1)
   and ($2 = '' or l.who = $2 or l.token = $2)
   and ($3 = '' or l.what = $3 or substr(l.what, strpos(l.what, '/') + 1) = $3)
   and ($4 = '' or l.dataset = $4 or l.target = $4 or o.target = $4)
   and ($5 = 'UNSPECIFIED' or coalesce(o.outcome, case l.kind when 'INTENT' then 'UNKNOWN' else l.outcome end) = $5)
   and ($6::timestamptz is null or l.at >= $6)
   and ($7::timestamptz is null or l.at < $7)
 order by l.id desc limit $8`

// ListAudit returns acts and refusals, the newest first.
func (s *Store) ListAudit(ctx context.Context, f AuditFilter) ([]*AuditEntry, error) {
	rows, err := s.pool.Query(ctx, listAudit, f.Below, f.Who, f.What, f.On, audit.Outcome(f.Outcome), f.Since, f.Until, f.Limit)
	if err != nil {
		return nil, wrap(err, "list the audit log")
	}
	found, err := pgx.CollectRows(rows, scanEntry)
	return found, wrap(err, "list the audit log")
}

func scanEntry(row pgx.CollectableRow) (*AuditEntry, error) {
	e := &AuditEntry{Message: &orchestratorv1.AuditEntry{}}
	var l lineRow
	var outcome string
	var ended *time.Time
	if err := row.Scan(append(append([]any{&e.Place}, l.into()...), &outcome, &e.Message.Reason, &e.Message.Target, &ended)...); err != nil {
		return nil, err
	}
	e.Message.Line, e.Message.Outcome = l.message(), audit.OutcomeOf(outcome)
	if ended != nil {
		e.Message.EndedAt = timestamppb.New(*ended)
	}
	return e, nil
}
