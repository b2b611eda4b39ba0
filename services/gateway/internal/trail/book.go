package trail

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Line is a line as it is asked for: its place in the chain is filled in where it is written.
type Line = orchestratorv1.RecordAuditRequest

// Keeper is where lines and checkpoints are kept.
type Keeper interface {
	RecordAudit(ctx context.Context, in *orchestratorv1.RecordAuditRequest, opts ...grpc.CallOption) (*orchestratorv1.RecordAuditResponse, error)
	RecordCheckpoint(ctx context.Context, in *orchestratorv1.RecordCheckpointRequest, opts ...grpc.CallOption) (*orchestratorv1.RecordCheckpointResponse, error)
	ListAuditSegments(ctx context.Context, in *orchestratorv1.ListAuditSegmentsRequest, opts ...grpc.CallOption) (*orchestratorv1.ListAuditSegmentsResponse, error)
	DropAudit(ctx context.Context, in *orchestratorv1.DropAuditRequest, opts ...grpc.CallOption) (*orchestratorv1.DropAuditResponse, error)
}

// writeLimit is how long one line may take to be written. A database that is slower keeps
// every change waiting, and it is better to say so.
const writeLimit = 5 * time.Second

// unavailable is what a caller is told whose line cannot be written.
func unavailable(err error) error {
	return problem.Wrap(err, problem.AuditUnavailable, "the audit log cannot be written just now, and what leaves no line there is not done")
}

// Book writes a chain. Its methods may be called from any goroutine.
type Book struct {
	keeper Keeper
	log    *slog.Logger
	cfg    Config
	// turn is held by the one who writes.
	turn chan struct{}
	// strangers is held by the one stranger who may wait for a turn.
	strangers chan struct{}
	// acts are those that are under way.
	acts sync.WaitGroup

	// What follows belongs to the one whose turn it is.
	chain chain
	seals seals
	// owed are lines that are to be written before any other. The first of them may have
	// been written already, without an answer.
	owed []*owing

	counting
	outbox outbox
	// cleared is when retention ran last.
	cleared time.Time
}

// chain is how far the chain has come, as the gateway itself wrote it.
type chain struct {
	id string // empty where none was begun
	position
}

// position is a line by its number and hash.
type position struct {
	number int64
	hash   []byte
}

// owing is a line that is to be written. An outcome belongs to an intent by its place, which
// is not known before that is written.
type owing struct {
	line *Line
	of   *owing
	at   place
}

// place is where a line was written.
type place struct {
	chain  string
	number int64
}

// New makes a book. No call is made before the first line.
func New(keeper Keeper, log *slog.Logger, cfg Config) *Book {
	return &Book{
		keeper: keeper, log: log, cfg: cfg.withDefaults(), outbox: outbox{to: cfg.To},
		turn: make(chan struct{}, 1), strangers: make(chan struct{}, 1), chain: fresh(),
	}
}

func fresh() chain { return chain{position: position{hash: audit.Genesis}} }

// wait takes the turn; done gives it back.
func (b *Book) wait(ctx context.Context) (done func(), err error) {
	select {
	case b.turn <- struct{}{}:
		return func() { <-b.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// write writes what is owed, and then a line, and says where it stands. The caller has the
// turn. Whether a line that failed was written is not known: it is owed from then on if sent
// says so.
func (b *Book) write(ctx context.Context, o *owing) (sent bool, err error) {
	for len(b.owed) > 0 {
		if err := b.put(ctx, b.owed[0]); err != nil {
			return false, err
		}
		b.owed = b.owed[1:]
	}
	return true, b.put(ctx, o)
}

// put writes one line. Where somebody changed the chain behind the gateway's back, what it
// knows of that one is signed, and another is begun.
func (b *Book) put(ctx context.Context, o *owing) error {
	err := b.append(ctx, o)
	if !problem.Is(err, problem.AuditBroken) {
		return err
	}
	b.log.ErrorContext(ctx, "the audit log was changed: another chain is begun", "chain", b.chain.id, "line", b.chain.number, "error", err)
	b.sign(ctx, true)
	b.chain, b.seals.ordinal, b.seals.number = fresh(), 0, 0
	return b.append(ctx, o)
}

func (b *Book) append(ctx context.Context, o *owing) error {
	if b.chain.id == "" {
		begun := chain{id: ident.New(ident.Chain), position: position{hash: audit.Genesis}}
		if err := b.send(ctx, &begun, &owing{line: &Line{Kind: orchestratorv1.AuditKind_AUDIT_KIND_STARTED, From: b.cfg.Name}}); err != nil {
			return err
		}
		b.chain = begun
	}
	if o.of != nil {
		if o.of.at.chain != b.chain.id {
			b.log.ErrorContext(ctx, "an outcome is not written: the chain of its intent was changed", "chain", o.of.at.chain, "line", o.of.at.number, "outcome", audit.Outcome(o.line.GetOutcome()))
			return nil
		}
		o.line.Intent = o.of.at.number
	}
	return b.send(ctx, &b.chain, o)
}

// send sends a line, and remembers its hash, which is made here: what the database says of
// it is not taken for it.
func (b *Book) send(ctx context.Context, c *chain, o *owing) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeLimit)
	defer cancel()
	o.line.Chain, o.line.Number, o.line.Previous = c.id, c.number+1, c.hash
	resp, err := b.keeper.RecordAudit(ctx, o.line)
	if err != nil {
		return err
	}
	written := resp.GetLine()
	if !says(written, o.line) {
		return errors.New("the line that was kept is not the one that was written")
	}
	c.position = position{written.GetNumber(), audit.Hash(written)}
	o.at = place{c.id, written.GetNumber()}
	return nil
}

// says says whether a line is the one that was asked for; of the first, the facts are the
// database's.
func says(l *orchestratorv1.AuditLine, r *Line) bool {
	return l.GetChain() == r.GetChain() && l.GetNumber() == r.GetNumber() && l.GetKind() == r.GetKind() && l.GetIntent() == r.GetIntent() &&
		l.GetWho() == r.GetWho() && l.GetToken() == r.GetToken() && l.GetRole() == r.GetRole() && l.GetFrom() == r.GetFrom() && l.GetWhat() == r.GetWhat() &&
		l.GetDataset() == r.GetDataset() && l.GetTarget() == r.GetTarget() && l.GetOutcome() == r.GetOutcome() && l.GetReason() == r.GetReason() &&
		l.GetRequestId() == r.GetRequestId() && l.GetCount() == r.GetCount() && string(l.GetPrevious()) == string(r.GetPrevious()) &&
		(l.GetFacts() == r.GetFacts() || r.GetKind() == orchestratorv1.AuditKind_AUDIT_KIND_STARTED)
}
