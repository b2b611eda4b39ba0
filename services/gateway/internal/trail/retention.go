package trail

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// clearEvery is the time between two looks for lines that need not be kept any more.
const clearEvery = time.Hour

// retain removes the lines that are older than they have to be kept: whole segments, up to a
// checkpoint, which stays, with a signature that says that this gateway removed them. Who has
// no key cannot sign for it, and what else is missing is a fault.
func (b *Book) retain(ctx context.Context) {
	if b.cfg.Keep <= 0 || b.cfg.Key == nil || time.Since(b.cleared) < clearEvery {
		return
	}
	call, cancel := context.WithTimeout(ctx, writeLimit)
	resp, err := b.keeper.ListAuditSegments(call, &orchestratorv1.ListAuditSegmentsRequest{Before: timestamppb.New(time.Now().Add(-b.cfg.Keep))})
	cancel()
	if err != nil {
		b.log.WarnContext(ctx, "what the audit log need not keep was not looked for", "error", err)
		return
	}
	b.cleared = time.Now()
	for _, k := range resp.GetCheckpoints() {
		if err := b.drop(ctx, k); err != nil {
			b.log.WarnContext(ctx, "lines of the audit log were not removed", "chain", k.GetChain(), "ordinal", k.GetOrdinal(), "error", err)
			return
		}
	}
}

// drop removes the lines that a checkpoint covers, and tells of it in the log as of any change.
func (b *Book) drop(ctx context.Context, k *orchestratorv1.AuditCheckpoint) error {
	act, err := b.Begin(ctx, &Line{What: "OrchestratorService/DropAudit", From: b.cfg.Name, Target: k.GetChain(), Facts: Facts(k)})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // a year of lines
	defer cancel()
	_, err = b.keeper.DropAudit(ctx, &orchestratorv1.DropAuditRequest{
		Chain: k.GetChain(), Ordinal: k.GetOrdinal(), KeyId: b.cfg.Key.ID, Signature: b.cfg.Key.SignDrop(k),
	})
	act.End(ctx, "", err)
	return err
}
