package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// brokenCode is what the database says of a chain that is not as its gateway left it.
const brokenCode = "SF002"

// auditColumns are those of a line, in the order in which scanLine reads them.
const auditColumns = `l.chain, l.number, l.at, l.kind, l.intent, l.who, l.token, l.role, l.came_from, l.what, l.dataset,
    l.target, l.facts, l.outcome, l.reason, l.request_id, l.count, l.previous, l.hash`

// lineRow is a line as it is read.
type lineRow struct {
	line          *orchestratorv1.AuditLine
	at            time.Time
	kind, outcome string
}

// into are where the columns go.
func (r *lineRow) into() []any {
	l := &orchestratorv1.AuditLine{}
	r.line = l
	return []any{
		&l.Chain, &l.Number, &r.at, &r.kind, &l.Intent, &l.Who, &l.Token, &l.Role, &l.From, &l.What, &l.Dataset,
		&l.Target, &l.Facts, &r.outcome, &l.Reason, &l.RequestId, &l.Count, &l.Previous, &l.Hash,
	}
}

func (r *lineRow) message() *orchestratorv1.AuditLine {
	r.line.At, r.line.Kind, r.line.Outcome = timestamppb.New(r.at), audit.KindOf(r.kind), audit.OutcomeOf(r.outcome)
	return r.line
}

// RecordAudit appends a line to its chain, and returns it as it is written. The database
// decides on time and hash. Errors: AUDIT_BROKEN.
func (s *Store) RecordAudit(ctx context.Context, r *orchestratorv1.RecordAuditRequest) (*orchestratorv1.AuditLine, error) {
	var row lineRow
	err := s.pool.QueryRow(ctx, `select `+auditColumns+` from sf_orchestrator.record_audit(row(0, $1, $2, null, $3, $4, $5, $6, $7, $8,
    $9, $10, $11, $12, $13, $14, $15, $16, $17, null)::sf_orchestrator.audit_line) l`,
		r.GetChain(), r.GetNumber(), audit.Kind(r.GetKind()), r.GetIntent(), plain(r.GetWho()), plain(r.GetToken()), plain(r.GetRole()), plain(r.GetFrom()),
		plain(r.GetWhat()), plain(r.GetDataset()), plain(r.GetTarget()), plain(r.GetFacts()), audit.Outcome(r.GetOutcome()), plain(r.GetReason()),
		plain(r.GetRequestId()), r.GetCount(), r.GetPrevious()).Scan(row.into()...)
	if postgres.Code(err) == brokenCode {
		return nil, problem.Wrap(err, problem.AuditBroken, "chain %s is not as it was left before line %d", r.GetChain(), r.GetNumber())
	}
	if err != nil {
		return nil, wrap(err, "write line %d of chain %s", r.GetNumber(), r.GetChain())
	}
	return row.message(), nil
}

// RecordCheckpoint keeps a checkpoint. Errors: AUDIT_BROKEN where another has its number.
func (s *Store) RecordCheckpoint(ctx context.Context, c *orchestratorv1.AuditCheckpoint) error {
	kept := false
	err := s.pool.QueryRow(ctx, `select sf_orchestrator.record_checkpoint(row($1, $2, $3, $4, $5, $6, $7, $8, null, null, null)::sf_orchestrator.audit_checkpoint)`,
		c.GetChain(), c.GetOrdinal(), c.GetNumber(), c.GetHash(), c.GetAt().AsTime(), c.GetKeyId(), c.GetLast(), c.GetSignature()).Scan(&kept)
	if err != nil {
		return wrap(err, "keep checkpoint %d of chain %s", c.GetOrdinal(), c.GetChain())
	}
	if !kept {
		return problem.New(problem.AuditBroken, "another checkpoint %d of chain %s is kept", c.GetOrdinal(), c.GetChain())
	}
	return nil
}

const checkpointColumns = `c.chain, c.ordinal, c.number, c.hash, c.at, c.key_id, c.last, c.signature, c.dropped_at, c.drop_key_id, c.drop_signature`

func scanCheckpoint(row pgx.CollectableRow) (*orchestratorv1.AuditCheckpoint, error) {
	c := &orchestratorv1.AuditCheckpoint{}
	var at time.Time
	var droppedAt *time.Time
	err := row.Scan(&c.Chain, &c.Ordinal, &c.Number, &c.Hash, &at, &c.KeyId, &c.Last, &c.Signature, &droppedAt, &c.DropKeyId, &c.DropSignature)
	c.At = timestamppb.New(at)
	if droppedAt != nil {
		c.DroppedAt = timestamppb.New(*droppedAt)
	}
	return c, err
}
