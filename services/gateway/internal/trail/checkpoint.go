package trail

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// stopLimit is how long the last lines and the last checkpoint may take when a gateway stops.
const stopLimit = 3 * time.Second

// Run writes what is owed and signs the chain, again and again, until ctx ends.
func (b *Book) Run(ctx context.Context) {
	every := time.NewTicker(b.cfg.Every)
	defer every.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
			b.Checkpoint(ctx)
			b.retain(ctx)
		}
	}
}

// Checkpoint writes what is owed, and signs the chain where it grew since the last signature.
func (b *Book) Checkpoint(ctx context.Context) {
	b.seal(ctx, false)
	b.outbox.send(ctx, b.log)
}

func (b *Book) seal(ctx context.Context, last bool) {
	done, err := b.wait(ctx)
	if err != nil {
		return
	}
	defer done()
	b.flush(ctx)
	b.sign(ctx, last && len(b.owed) == 0)
}

// Close waits for what is under way, and signs the chain for the last time.
func (b *Book) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	ended := make(chan struct{})
	go func() { defer close(ended); b.acts.Wait() }()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	b.seal(ctx, true)
	b.outbox.send(ctx, b.log)
	b.confess()
}

// confess tells the gateway's own log what it could not write before it stopped: nothing of it
// is remembered any more.
func (b *Book) confess() {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	if done, err := b.wait(ctx); err == nil {
		defer done()
		for _, o := range b.owed {
			b.log.ErrorContext(ctx, "the gateway stops, and a line of the audit log was not written", "kind", audit.Kind(o.line.GetKind()), "who", o.line.GetWho(), "what", o.line.GetWhat(),
				"dataset", o.line.GetDataset(), "target", o.line.GetTarget(), "outcome", audit.Outcome(o.line.GetOutcome()), "reason", o.line.GetReason(), "request_id", o.line.GetRequestId())
		}
	} else {
		b.log.ErrorContext(ctx, "the gateway stops while a line of the audit log is being written: what is owed is not")
	}
	if more := b.take(); more.count > 0 {
		b.log.ErrorContext(ctx, "the gateway stops, and refusals that were counted are not in the audit log", "count", more.count, "first", stamp(more.first), "last", stamp(more.last))
	}
}

// flush writes what is owed and what was counted. The caller has the turn.
func (b *Book) flush(ctx context.Context) {
	for len(b.owed) > 0 {
		if err := b.put(ctx, b.owed[0]); err != nil {
			b.log.WarnContext(ctx, "the audit log cannot be written", "owed", len(b.owed), "error", err)
			return
		}
		b.owed = b.owed[1:]
	}
	b.tell(ctx)
}

// seals are the checkpoints of a chain.
type seals struct {
	// ordinal and number are those of the last one.
	ordinal, number int64
	// unkept are those that the database has not, as far as is known.
	unkept []*orchestratorv1.AuditCheckpoint
}

// sign signs the chain, as the gateway itself wrote it, and not as the database has it. The
// caller has the turn.
func (b *Book) sign(ctx context.Context, last bool) {
	if b.cfg.Key != nil && b.chain.id != "" && (b.chain.number > b.seals.number || last) {
		b.seals.ordinal, b.seals.number = b.seals.ordinal+1, b.chain.number
		k := &orchestratorv1.AuditCheckpoint{
			Chain: b.chain.id, Ordinal: b.seals.ordinal, Number: b.chain.number, Hash: b.chain.hash,
			At: timestamppb.New(time.Now().Truncate(time.Microsecond)), Last: last,
		}
		b.cfg.Key.Sign(k)
		b.seals.unkept = append(b.seals.unkept, k)
		b.outbox.add(k)
	}
	b.keep(ctx)
}

// keep has the database keep the checkpoints that it has not.
func (b *Book) keep(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	for len(b.seals.unkept) > 0 {
		k := b.seals.unkept[0]
		_, err := b.keeper.RecordCheckpoint(ctx, &orchestratorv1.RecordCheckpointRequest{Checkpoint: k})
		if err != nil {
			b.log.WarnContext(ctx, "a checkpoint of the audit log is not in the database", "chain", k.GetChain(), "ordinal", k.GetOrdinal(), "error", err)
		}
		if err != nil && !problem.Is(err, problem.AuditBroken) {
			return
		}
		b.seals.unkept = b.seals.unkept[1:]
	}
}
