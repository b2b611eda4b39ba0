package store

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/streamflow/streamflow/platform/postgres"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// exportedAtOnce is how many lines are read at once, some 600 bytes each.
const exportedAtOnce = 1000

// ExportAudit gives the whole log to take, in the order that the contract of ExportAudit
// states, as it was when it was asked for: what is appended meanwhile is left out. Nobody
// waits for it, and it holds no transaction while a client takes its time.
func (s *Store) ExportAudit(ctx context.Context, take func(*orchestratorv1.ExportAuditResponse) error) error {
	rows, err := s.pool.Query(ctx, extents)
	if err != nil {
		return wrap(err, "export the audit log")
	}
	chains, err := pgx.CollectRows(rows, scanExtent)
	if err != nil {
		return wrap(err, "export the audit log")
	}
	result := &orchestratorv1.AuditExported{Chains: int64(len(chains))}
	for _, c := range chains {
		e := exportedChain{pool: s.pool, extent: c, take: take, result: result}
		if err := e.send(ctx); err != nil {
			return wrap(err, "export chain %s of the audit log", c.head.GetChain())
		}
	}
	return take(&orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Result{Result: result}})
}

// extents are the chains as they are at one moment. Of one whose head somebody removed, the
// lines and checkpoints are exported all the same.
const extents = `select coalesce(h.chain, o.chain), coalesce(h.number, 0), coalesce(h.hash, ''), greatest(h.number, o.number, 0), coalesce(o.ordinal, 0)
  from sf_orchestrator.audit_head h
  full join (select p.chain, max(p.number) as number, max(p.ordinal) as ordinal
               from (select l.chain, max(l.number) as number, 0 as ordinal from sf_orchestrator.audit_line l group by l.chain
                     union all select c.chain, 0, max(c.ordinal) from sf_orchestrator.audit_checkpoint c group by c.chain) p
              group by p.chain) o on o.chain = h.chain
 order by h.started desc nulls first, 1 desc`

// extent is how far a chain had come when an export began.
type extent struct {
	head *orchestratorv1.AuditHead
	// number and ordinal are the last line and the last checkpoint.
	number, ordinal int64
}

func scanExtent(row pgx.CollectableRow) (extent, error) {
	e := extent{head: &orchestratorv1.AuditHead{}}
	return e, row.Scan(&e.head.Chain, &e.head.Number, &e.head.Hash, &e.number, &e.ordinal)
}

// exportedChain is a chain on its way out.
type exportedChain struct {
	extent
	pool   *postgres.Pool
	take   func(*orchestratorv1.ExportAuditResponse) error
	result *orchestratorv1.AuditExported
	// checkpoints are those that are still to come.
	checkpoints []*orchestratorv1.AuditCheckpoint
}

func (e *exportedChain) send(ctx context.Context) error {
	if err := e.take(&orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Head{Head: e.head}}); err != nil {
		return err
	}
	lines, err := e.lines(ctx, 0)
	if err != nil {
		return err
	}
	// After the lines: where retention takes some at this moment, they are there twice over,
	// and not missing without a word.
	if e.checkpoints, err = e.signatures(ctx); err != nil {
		return err
	}
	for len(lines) > 0 {
		for _, l := range lines {
			if err := e.line(l); err != nil {
				return err
			}
		}
		if lines, err = e.lines(ctx, lines[len(lines)-1].GetNumber()); err != nil {
			return err
		}
	}
	return e.signed(-1)
}

func (e *exportedChain) line(l *orchestratorv1.AuditLine) error {
	if err := e.signed(l.GetNumber()); err != nil {
		return err
	}
	e.result.Lines++
	return e.take(&orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Line{Line: l}})
}

// signed sends the checkpoints of lines before a line; all that are left for -1.
func (e *exportedChain) signed(before int64) error {
	for len(e.checkpoints) > 0 && (before < 0 || e.checkpoints[0].GetNumber() < before) {
		c := e.checkpoints[0]
		e.checkpoints = e.checkpoints[1:]
		e.result.Checkpoints++
		if err := e.take(&orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Checkpoint{Checkpoint: c}}); err != nil {
			return err
		}
	}
	return nil
}

func (e *exportedChain) signatures(ctx context.Context) ([]*orchestratorv1.AuditCheckpoint, error) {
	rows, err := e.pool.Query(ctx, `select `+checkpointColumns+` from sf_orchestrator.audit_checkpoint c where c.chain = $1 and c.ordinal <= $2 order by c.ordinal`,
		e.head.GetChain(), e.ordinal)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanCheckpoint)
}

func (e *exportedChain) lines(ctx context.Context, after int64) ([]*orchestratorv1.AuditLine, error) {
	rows, err := e.pool.Query(ctx, `select `+auditColumns+` from sf_orchestrator.audit_line l where l.chain = $1 and l.number > $2 and l.number <= $3 order by l.number limit $4`,
		e.head.GetChain(), after, e.number, exportedAtOnce)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*orchestratorv1.AuditLine, error) {
		var l lineRow
		if err := row.Scan(l.into()...); err != nil {
			return nil, err
		}
		return l.message(), nil
	})
}
