package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// segmentsAtOnce is how many chains are looked at for retention in one call.
const segmentsAtOnce = 100

// AuditSegments returns, of each chain that has lines left before it, the last checkpoint
// that was signed before a time, and which covers no younger line.
func (s *Store) AuditSegments(ctx context.Context, before time.Time) ([]*orchestratorv1.AuditCheckpoint, error) {
	rows, err := s.pool.Query(ctx, `select distinct on (c.chain) `+checkpointColumns+`
  from sf_orchestrator.audit_checkpoint c
 where c.at < $1 and c.dropped_at is null
   and exists (select from sf_orchestrator.audit_line l where l.chain = c.chain and l.number = c.number and l.at < $1)
 order by c.chain, c.ordinal desc limit $2`, before, segmentsAtOnce)
	if err != nil {
		return nil, wrap(err, "look for what the audit log need not keep")
	}
	found, err := pgx.CollectRows(rows, scanCheckpoint)
	return found, wrap(err, "look for what the audit log need not keep")
}

// DropAudit removes the lines that a checkpoint covers, and returns how many. Errors:
// AUDIT_BROKEN where there is no such checkpoint.
func (s *Store) DropAudit(ctx context.Context, r *orchestratorv1.DropAuditRequest) (int64, error) {
	var lines int64
	err := s.pool.QueryRow(ctx, `select sf_orchestrator.drop_audit($1, $2, $3, $4)`, r.GetChain(), r.GetOrdinal(), r.GetKeyId(), r.GetSignature()).Scan(&lines)
	if err != nil {
		return 0, wrap(err, "remove what checkpoint %d of chain %s covers", r.GetOrdinal(), r.GetChain())
	}
	if lines < 0 {
		return 0, problem.New(problem.AuditBroken, "there is no checkpoint %d of chain %s", r.GetOrdinal(), r.GetChain())
	}
	return lines, nil
}
