package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/timestamppb"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// What each form begins with: what is signed as one is never taken for another.
const (
	formLine       = "streamflow audit line 1"
	formCheckpoint = "streamflow audit checkpoint 1"
	formDropped    = "streamflow audit dropped 1"
)

// Genesis is the hash that stands before the first line of a chain.
var Genesis = make([]byte, sha256.Size)

// Canonical is what a line says, as one text that no other line has. Its own hash is left
// out, and so is whatever a newer version adds.
func Canonical(l *orchestratorv1.AuditLine) []byte {
	return fields(formLine, l.GetChain(), decimal(l.GetNumber()), micros(l.GetAt()),
		Kind(l.GetKind()), decimal(l.GetIntent()), l.GetWho(), l.GetToken(), l.GetRole(), l.GetFrom(),
		l.GetWhat(), l.GetDataset(), l.GetTarget(), l.GetFacts(), Outcome(l.GetOutcome()), l.GetReason(),
		l.GetRequestId(), decimal(l.GetCount()), hex.EncodeToString(l.GetPrevious()))
}

// Hash is the SHA-256 of a line's canonical form.
func Hash(l *orchestratorv1.AuditLine) []byte {
	sum := sha256.Sum256(Canonical(l))
	return sum[:]
}

// signed is what a checkpoint's signature is under.
func signed(c *orchestratorv1.AuditCheckpoint) []byte {
	return fields(formCheckpoint, c.GetChain(), decimal(c.GetOrdinal()), decimal(c.GetNumber()), hex.EncodeToString(c.GetHash()),
		micros(c.GetAt()), c.GetKeyId(), strconv.FormatBool(c.GetLast()))
}

// dropped is what the signature is under that says that the lines of a checkpoint may be
// removed.
func dropped(c *orchestratorv1.AuditCheckpoint) []byte {
	return fields(formDropped, c.GetChain(), decimal(c.GetOrdinal()), decimal(c.GetNumber()), hex.EncodeToString(c.GetHash()))
}

func fields(all ...string) []byte {
	var b bytes.Buffer
	for _, f := range all {
		b.WriteString(strconv.Itoa(len(f)))
		b.WriteByte(':')
		b.WriteString(f)
		b.WriteByte(',')
	}
	return b.Bytes()
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// micros is a time in microseconds since 1970, as PostgreSQL keeps it.
func micros(t *timestamppb.Timestamp) string { return decimal(t.AsTime().UnixMicro()) }

// Kind is a kind as it is hashed and kept: without the enum's name.
func Kind(k orchestratorv1.AuditKind) string {
	return strings.TrimPrefix(k.String(), "AUDIT_KIND_")
}

// KindOf reads a kind.
func KindOf(text string) orchestratorv1.AuditKind {
	return orchestratorv1.AuditKind(orchestratorv1.AuditKind_value["AUDIT_KIND_"+text])
}

// Outcome is an outcome as it is hashed and kept: without the enum's name.
func Outcome(o orchestratorv1.AuditOutcome) string {
	return strings.TrimPrefix(o.String(), "AUDIT_OUTCOME_")
}

// OutcomeOf reads an outcome.
func OutcomeOf(text string) orchestratorv1.AuditOutcome {
	return orchestratorv1.AuditOutcome(orchestratorv1.AuditOutcome_value["AUDIT_OUTCOME_"+text])
}
