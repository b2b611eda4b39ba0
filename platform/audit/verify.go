package audit

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// maxFaults is how many faults are kept; more are counted.
const maxFaults = 100

// Fault is what is wrong with a log.
type Fault struct {
	// Chain and Number are where: the first line that is wrong, missing or too many.
	Chain  string `json:"chain"`
	Number int64  `json:"number"`
	// What is wrong, in words.
	What string `json:"what"`
}

// Report is what came of verifying a log.
type Report struct {
	// Chains, Lines and Checkpoints are how many were looked at; Dropped are the lines that
	// retention removed, as a signature says.
	Chains, Lines, Checkpoints, Dropped int64
	// Unsigned are lines that no checkpoint covers yet.
	Unsigned int64
	// Faults are what is wrong, in the order in which it was found, at most 100; More is how
	// many there are besides.
	Faults []Fault
	More   int64
}

// Verifier verifies a log that it is given piece by piece, in the order of ExportAudit: it
// holds as much as there are chains, however long they are.
type Verifier struct {
	keys   map[string]*Public
	report Report
	now    *chain
	// named are the places of chains that something else than the chain itself tells of: the
	// first line of a later one, or a checkpoint that was kept elsewhere.
	named map[string][]place
	seen  map[string]bool
}

// place is a line of a chain by its hash, and who says so.
type place struct {
	number int64
	hash   []byte
	by     string
}

// chain is how far a chain was verified.
type chain struct {
	id     string
	head   *orchestratorv1.AuditHead
	number int64
	hash   []byte
	// covered is the last line under a good signature, at that of the last checkpoint.
	covered, ordinal int64
	last             bool
	// dropped is the last line that retention removed.
	dropped int64
	// missing are the lines before the last checkpoint that are not there, until it is known
	// whether retention took them.
	missing *gap
}

// gap is lines that are not there, and what tells of them.
type gap struct {
	from, to int64
	by       string
}

// NewVerifier returns a verifier that takes signatures of the keys; of none, it verifies the
// chains alone, and every checkpoint's signature is a fault.
func NewVerifier(keys ...*Public) *Verifier {
	v := &Verifier{keys: map[string]*Public{}, named: map[string][]place{}, seen: map[string]bool{}}
	for _, k := range keys {
		v.keys[k.ID] = k
	}
	return v
}

// Expect adds a checkpoint that was kept elsewhere: what it covers has to be there. Give
// them all before the first piece of the log.
func (v *Verifier) Expect(c *orchestratorv1.AuditCheckpoint) {
	if !v.good(c.GetKeyId(), signed(c), c.GetSignature()) {
		v.fault(c.GetChain(), c.GetNumber(), "checkpoint %d of the file is not signed by a key that was given (%s)", c.GetOrdinal(), c.GetKeyId())
		return
	}
	v.name(c.GetChain(), place{c.GetNumber(), c.GetHash(), fmt.Sprintf("checkpoint %d of the file", c.GetOrdinal())})
}

// Take verifies the next piece of the log.
func (v *Verifier) Take(m *orchestratorv1.ExportAuditResponse) {
	switch {
	case m.GetHead() != nil:
		v.begin(m.GetHead().GetChain())
		v.now.head = m.GetHead()
	case m.GetLine() != nil:
		v.begin(m.GetLine().GetChain())
		v.line(m.GetLine())
	case m.GetCheckpoint() != nil:
		v.begin(m.GetCheckpoint().GetChain())
		v.checkpoint(m.GetCheckpoint())
	}
}

// Report ends the log, and returns what is wrong with it.
func (v *Verifier) Report() Report {
	v.end()
	for id, places := range v.named {
		if v.seen[id] {
			continue
		}
		for _, p := range places {
			v.fault(id, 1, "the whole chain was removed: %s says that it had come to line %d", p.by, p.number)
		}
	}
	return v.report
}

// begin goes on to a chain, which ends the one before.
func (v *Verifier) begin(id string) {
	if v.now != nil && v.now.id == id {
		return
	}
	v.end()
	if v.seen[id] {
		v.fault(id, 1, "the chain is there twice")
	}
	v.seen[id] = true
	v.report.Chains++
	v.now = &chain{id: id, hash: Genesis}
}

func (v *Verifier) line(l *orchestratorv1.AuditLine) {
	c := v.now
	v.report.Lines++
	v.missed()
	own := Hash(l)
	switch {
	case l.GetNumber() <= c.number:
		v.fault(c.id, l.GetNumber(), "a line was inserted: there is one of this number already")
		return
	case l.GetNumber() > c.number+1:
		v.removed(c.number+1, l.GetNumber()-1, "line "+decimal(l.GetNumber())+" follows")
	case !bytes.Equal(l.GetPrevious(), c.hash):
		v.fault(c.id, l.GetNumber(), "the line does not continue the one before: it, or the one before, was changed or put in its place")
	}
	if !bytes.Equal(own, l.GetHash()) {
		v.fault(c.id, l.GetNumber(), "the line was changed: it says something else than its hash")
	}
	if c.last {
		v.fault(c.id, l.GetNumber(), "a line was inserted: the gateway had ended the chain at line %d", c.covered)
	}
	c.number, c.hash = l.GetNumber(), l.GetHash()
	v.meet()
	if l.GetKind() == orchestratorv1.AuditKind_AUDIT_KIND_STARTED {
		v.others(l)
	}
}

// others notes what the first line of a chain says of those before it.
func (v *Verifier) others(l *orchestratorv1.AuditLine) {
	for word := range strings.FieldsSeq(l.GetFacts()) {
		parts := strings.Split(word, ":")
		if len(parts) != 3 {
			continue
		}
		number, err := strconv.ParseInt(parts[1], 10, 64)
		hash, bad := hex.DecodeString(parts[2])
		if err == nil && bad == nil {
			v.name(parts[0], place{number, hash, fmt.Sprintf("line %d of %s", l.GetNumber(), l.GetChain())})
		}
	}
}

func (v *Verifier) name(chain string, p place) { v.named[chain] = append(v.named[chain], p) }

// meet compares the line that was reached with what others say of it.
func (v *Verifier) meet() {
	for _, p := range v.named[v.now.id] {
		if p.number == v.now.number && !bytes.Equal(p.hash, v.now.hash) {
			v.rewritten(v.now.covered+1, p.number, p.by)
		}
	}
}

func (v *Verifier) checkpoint(k *orchestratorv1.AuditCheckpoint) {
	c := v.now
	v.report.Checkpoints++
	if k.GetOrdinal() != c.ordinal+1 {
		v.fault(c.id, c.covered+1, "checkpoint %d was removed or inserted: %d follows %d", c.ordinal+1, k.GetOrdinal(), c.ordinal)
	}
	c.ordinal = k.GetOrdinal()
	if !v.good(k.GetKeyId(), signed(k), k.GetSignature()) {
		v.fault(c.id, k.GetNumber(), "checkpoint %d is not signed by a key that was given (%s): it was changed or forged, or the key is another", k.GetOrdinal(), k.GetKeyId())
		return
	}
	by := fmt.Sprintf("checkpoint %d", k.GetOrdinal())
	switch {
	case k.GetNumber() < c.number:
		v.fault(c.id, k.GetNumber(), "%s stands behind line %d", by, c.number)
		return
	case k.GetNumber() > c.number:
		v.gap(k, by)
	case !bytes.Equal(k.GetHash(), c.hash):
		v.rewritten(c.covered+1, k.GetNumber(), by)
	}
	c.number, c.hash = k.GetNumber(), k.GetHash()
	c.covered, c.last = k.GetNumber(), k.GetLast()
	v.meet()
}

// gap is of lines that a checkpoint covers and that are not there. Retention may have taken
// them: it takes those of a chain's beginning, up to a checkpoint, and signs for them there.
func (v *Verifier) gap(k *orchestratorv1.AuditCheckpoint, by string) {
	c := v.now
	if c.missing == nil {
		c.missing = &gap{from: c.number + 1}
	}
	c.missing.to, c.missing.by = k.GetNumber(), by
	if c.missing.from == c.dropped+1 && v.good(k.GetDropKeyId(), dropped(k), k.GetDropSignature()) {
		v.report.Dropped += k.GetNumber() - c.dropped
		c.dropped, c.missing = k.GetNumber(), nil
	}
}

// missed says of the lines that are not there that nobody who may took them.
func (v *Verifier) missed() {
	if g := v.now.missing; g != nil {
		v.now.missing = nil
		v.removed(g.from, g.to, g.by+" covers them")
	}
}

func (v *Verifier) good(keyID string, text, signature []byte) bool {
	key := v.keys[keyID]
	return key != nil && key.holds(text, signature)
}

// end looks at what is left of a chain when another begins.
func (v *Verifier) end() {
	c := v.now
	if c == nil {
		return
	}
	v.missed()
	most := place{number: c.number}
	if h := c.head; h != nil && h.GetNumber() > most.number {
		most = place{h.GetNumber(), h.GetHash(), "the chain's head"}
	}
	for _, p := range v.named[c.id] {
		if p.number > most.number {
			most = p
		}
	}
	if most.number > c.number {
		v.removed(c.number+1, most.number, most.by+" says that it had come so far")
	}
	if h := c.head; h != nil && (h.GetNumber() < c.number || h.GetNumber() == c.number && !bytes.Equal(h.GetHash(), c.hash)) {
		v.fault(c.id, c.number, "the chain's head was changed: it says line %d", h.GetNumber())
	}
	v.report.Unsigned += c.number - c.covered
	v.now = nil
}

func (v *Verifier) removed(from, to int64, by string) {
	if from == to {
		v.fault(v.now.id, from, "the line was removed: %s", by)
		return
	}
	v.fault(v.now.id, from, "lines %d to %d were removed: %s", from, to, by)
}

// rewritten is of lines whose hashes were made anew: which of them was changed first is not
// to be seen any more, only after which signature it was.
func (v *Verifier) rewritten(from, to int64, by string) {
	if from >= to {
		v.fault(v.now.id, to, "the line was changed, and its hash with it: %s has another", by)
		return
	}
	v.fault(v.now.id, from, "one of lines %d to %d was changed, removed or inserted, and the hashes made anew: %s has another hash of line %d", from, to, by, to)
}

func (v *Verifier) fault(chain string, number int64, format string, args ...any) {
	if len(v.report.Faults) == maxFaults {
		v.report.More++
		return
	}
	v.report.Faults = append(v.report.Faults, Fault{chain, number, fmt.Sprintf(format, args...)})
}
