// Package audittest is an audit log in memory, as the orchestrator keeps one, for tests of
// who writes it and who verifies it.
package audittest

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Chain is a chain of the log. Tests change it as they like.
type Chain struct {
	Head        *orchestratorv1.AuditHead
	Lines       []*orchestratorv1.AuditLine
	Checkpoints []*orchestratorv1.AuditCheckpoint
	named       int64
}

// Log is an audit log. Its methods may be called from any goroutine.
type Log struct {
	mu     sync.Mutex
	chains []*Chain
	now    time.Time
}

// Record appends a line, as the RPC does. Errors: AUDIT_BROKEN.
func (l *Log) Record(r *orchestratorv1.RecordAuditRequest) (*orchestratorv1.AuditLine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.chain(r.GetChain())
	if c == nil && r.GetNumber() == 1 {
		c = &Chain{Head: &orchestratorv1.AuditHead{Chain: r.GetChain(), Hash: audit.Genesis}}
		l.chains = append(l.chains, c)
	}
	line := l.line(r)
	if c != nil && c.Head.GetNumber() == r.GetNumber() && bytes.Equal(c.last().GetPrevious(), r.GetPrevious()) && c.last().GetKind() == r.GetKind() {
		return proto.CloneOf(c.last()), nil
	}
	if c == nil || c.Head.GetNumber() != r.GetNumber()-1 || !bytes.Equal(c.Head.GetHash(), r.GetPrevious()) {
		return nil, problem.New(problem.AuditBroken, "chain %s is not as it was left before line %d", r.GetChain(), r.GetNumber())
	}
	if line.GetKind() == orchestratorv1.AuditKind_AUDIT_KIND_STARTED {
		line.Facts = l.others(c)
	}
	line.Hash = audit.Hash(line)
	c.Lines = append(c.Lines, line)
	c.Head = &orchestratorv1.AuditHead{Chain: line.GetChain(), Number: line.GetNumber(), Hash: line.GetHash()}
	return proto.CloneOf(line), nil
}

func (l *Log) line(r *orchestratorv1.RecordAuditRequest) *orchestratorv1.AuditLine {
	if l.now.IsZero() {
		l.now = time.Date(2024, 1, 31, 12, 0, 0, 0, time.UTC)
	}
	l.now = l.now.Add(time.Second)
	return &orchestratorv1.AuditLine{
		Chain: r.GetChain(), Number: r.GetNumber(), At: timestamppb.New(l.now), Kind: r.GetKind(), Intent: r.GetIntent(), Who: r.GetWho(), Token: r.GetToken(),
		Role: r.GetRole(), From: r.GetFrom(), What: r.GetWhat(), Dataset: r.GetDataset(), Target: r.GetTarget(), Facts: r.GetFacts(), Outcome: r.GetOutcome(),
		Reason: r.GetReason(), RequestId: r.GetRequestId(), Count: r.GetCount(), Previous: r.GetPrevious(),
	}
}

func (l *Log) others(of *Chain) (facts string) {
	for _, c := range l.chains {
		if c != of && c.Head.GetNumber() > c.named {
			c.named = c.Head.GetNumber()
			facts += fmt.Sprintf(" %s:%d:%x", c.Head.GetChain(), c.Head.GetNumber(), c.Head.GetHash())
		}
	}
	return facts[min(1, len(facts)):]
}

func (l *Log) chain(id string) *Chain {
	i := slices.IndexFunc(l.chains, func(c *Chain) bool { return c.Head.GetChain() == id })
	if i < 0 {
		return nil
	}
	return l.chains[i]
}

func (c *Chain) last() *orchestratorv1.AuditLine {
	if len(c.Lines) == 0 {
		return nil
	}
	return c.Lines[len(c.Lines)-1]
}

// Keep keeps a checkpoint, as the RPC does.
func (l *Log) Keep(k *orchestratorv1.AuditCheckpoint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.chain(k.GetChain()); c != nil {
		c.Checkpoints = append(c.Checkpoints, k)
	}
}

// Segments are the last checkpoints of the chains, as the RPC returns those that are old.
func (l *Log) Segments() (last []*orchestratorv1.AuditCheckpoint) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.chains {
		if n := len(c.Checkpoints); n > 0 && c.Checkpoints[n-1].GetDropSignature() == nil {
			last = append(last, c.Checkpoints[n-1])
		}
	}
	return last
}

// Drop removes the lines that a checkpoint covers, as the RPC does.
func (l *Log) Drop(r *orchestratorv1.DropAuditRequest) (lines int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.chain(r.GetChain())
	for _, k := range c.Checkpoints {
		if k.GetOrdinal() == r.GetOrdinal() {
			k.DropKeyId, k.DropSignature, k.DroppedAt = r.GetKeyId(), r.GetSignature(), timestamppb.New(l.now)
			before := len(c.Lines)
			c.Lines = slices.DeleteFunc(c.Lines, func(a *orchestratorv1.AuditLine) bool { return a.GetNumber() <= k.GetNumber() })
			lines = int64(before - len(c.Lines))
		}
	}
	return lines
}

// Chains are the log's chains, the oldest first.
func (l *Log) Chains() []*Chain {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.chains)
}

// Lines are copies of all lines of all chains, the oldest chain first.
func (l *Log) Lines() (all []*orchestratorv1.AuditLine) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.chains {
		for _, line := range c.Lines {
			all = append(all, proto.CloneOf(line))
		}
	}
	return all
}

// Remove takes a chain out of the log, as if it had never been.
func (l *Log) Remove(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.chains = slices.DeleteFunc(l.chains, func(c *Chain) bool { return c.Head.GetChain() == id })
}

// Export is the log in the order of ExportAudit, as it is.
func (l *Log) Export() (all []*orchestratorv1.ExportAuditResponse) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range slices.Backward(l.chains) {
		all = append(all, &orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Head{Head: c.Head}})
		left := c.Checkpoints
		signed := func(before int64) {
			for len(left) > 0 && (before < 0 || left[0].GetNumber() < before) {
				all = append(all, &orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Checkpoint{Checkpoint: left[0]}})
				left = left[1:]
			}
		}
		for _, line := range c.Lines {
			signed(line.GetNumber())
			all = append(all, &orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Line{Line: line}})
		}
		signed(-1)
	}
	return append(all, &orchestratorv1.ExportAuditResponse{Message: &orchestratorv1.ExportAuditResponse_Result{Result: &orchestratorv1.AuditExported{Chains: int64(len(l.chains))}}})
}
