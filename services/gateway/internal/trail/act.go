package trail

import (
	"context"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// maxOwed is how many lines are owed at most: those of what was under way when the log could
// not be written any more. What is begun after that is refused.
const maxOwed = 10_000

// Act is something that is under way, and whose intent is written.
type Act struct {
	book   *Book
	intent *owing
	once   sync.Once
}

// Begin writes that something is about to be done. Errors: AUDIT_UNAVAILABLE, and then it is
// not to be done. End it whatever becomes of it.
func (b *Book) Begin(ctx context.Context, l *Line) (*Act, error) {
	l = plain(l)
	l.Kind = orchestratorv1.AuditKind_AUDIT_KIND_INTENT
	done, err := b.wait(ctx)
	if err != nil {
		return nil, unavailable(err)
	}
	defer done()
	intent := &owing{line: l}
	sent, err := b.write(ctx, intent)
	if err != nil {
		if sent && len(b.owed) == 0 {
			// Nobody knows whether it is there. If it is, it did not come to anything.
			b.owed = []*owing{intent, outcomeOf(intent, orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED, string(problem.AuditUnavailable), "")}
		}
		b.log.ErrorContext(ctx, "refused, because the audit log cannot be written", "what", l.GetWhat(), "who", l.GetWho(), "error", err)
		return nil, unavailable(err)
	}
	b.acts.Add(1)
	return &Act{book: b, intent: intent}, nil
}

// End writes what came of it, once; of the second time nothing is written. Target is what was
// made; empty for what the intent says. It waits for its turn, whatever became of the caller.
// Where the line cannot be written it is owed, and written as soon as one can be.
func (a *Act) End(ctx context.Context, target string, failed error) {
	a.once.Do(func() {
		defer a.book.acts.Done()
		outcome, reason := judge(failed)
		a.book.settle(context.WithoutCancel(ctx), outcomeOf(a.intent, outcome, reason, target))
	})
}

func (b *Book) settle(ctx context.Context, o *owing) {
	done, err := b.wait(ctx)
	if err != nil {
		return // which has no end
	}
	defer done()
	if _, err := b.write(ctx, o); err == nil {
		return
	}
	if len(b.owed) >= maxOwed {
		b.log.ErrorContext(ctx, "the outcome of what was done is lost to the audit log: too many are owed", "what", o.line.GetWhat(), "intent", o.of.at.number, "chain", o.of.at.chain,
			"outcome", audit.Outcome(o.line.GetOutcome()), "target", o.line.GetTarget())
		return
	}
	b.owed = append(b.owed, o)
	b.log.ErrorContext(ctx, "the outcome of what was done is not in the audit log yet", "what", o.line.GetWhat(), "intent", o.of.at.number, "chain", o.of.at.chain)
}

// outcomeOf is the line that tells what came of an intent. It says again who and what, so
// that a line is read by itself.
func outcomeOf(intent *owing, outcome orchestratorv1.AuditOutcome, reason, target string) *owing {
	l := intent.line
	if target == "" {
		target = l.GetTarget()
	}
	return &owing{of: intent, line: plain(&Line{
		Kind: orchestratorv1.AuditKind_AUDIT_KIND_OUTCOME, Who: l.GetWho(), Token: l.GetToken(), Role: l.GetRole(), From: l.GetFrom(), What: l.GetWhat(),
		Dataset: l.GetDataset(), Target: target, RequestId: l.GetRequestId(), Outcome: outcome, Reason: reason,
	})}
}

// judge says what an error means for what was asked. Where the answer was lost, or who
// answers does not know themselves, it may have been done.
func judge(err error) (outcome orchestratorv1.AuditOutcome, reason string) {
	if err == nil {
		return orchestratorv1.AuditOutcome_AUDIT_OUTCOME_DONE, ""
	}
	switch status.Code(err) {
	case codes.Unavailable, codes.DeadlineExceeded, codes.Canceled, codes.Internal, codes.Unknown, codes.DataLoss:
		outcome = orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN
	default:
		outcome = orchestratorv1.AuditOutcome_AUDIT_OUTCOME_FAILED
	}
	return outcome, Reason(err)
}

// Reason is the reason of an error, in the registry's words, or the name of its gRPC code.
func Reason(err error) string {
	if code := status.Code(err); code == codes.Canceled || code == codes.DeadlineExceeded {
		return code.String()
	}
	return string(problem.FromError(err).Reason)
}
