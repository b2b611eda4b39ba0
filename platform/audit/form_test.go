package audit_test

import (
	"bytes"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/audit"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func sample() *orchestratorv1.AuditLine {
	return &orchestratorv1.AuditLine{
		Chain: "chn_1", Number: 7, At: timestamppb.New(time.UnixMicro(1706702400000001)), Kind: orchestratorv1.AuditKind_AUDIT_KIND_OUTCOME, Intent: 6,
		Who: "ann", Token: "tok_1", Role: "admin", From: "10.0.0.7:4242", What: "OrchestratorService/StartRun", Dataset: "shop", Target: "run_é",
		Facts: "mode=full", Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_DONE, Reason: "", RequestId: "req_1", Count: 0, Previous: audit.Genesis,
	}
}

// What others verify by stands in docs/reference/audit.md: it never changes.
func TestTheFormIsFixed(t *testing.T) {
	t.Parallel()
	require.Equal(t, "23:streamflow audit line 1,5:chn_1,1:7,16:1706702400000001,7:OUTCOME,1:6,3:ann,5:tok_1,5:admin,13:10.0.0.7:4242,"+
		"28:OrchestratorService/StartRun,4:shop,6:run_é,9:mode=full,4:DONE,0:,5:req_1,1:0,64:"+string(bytes.Repeat([]byte("0"), 64))+",",
		string(audit.Canonical(sample())))
	require.Equal(t, "35eb2996", hex.EncodeToString(audit.Hash(sample()))[:8])
}

// Whatever field is changed, the hash is another: a field that is added and not hashed
// would not be held by anything.
func TestEveryFieldIsHashed(t *testing.T) {
	t.Parallel()
	before := audit.Hash(sample())
	fields := sample().ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		l := sample()
		m := l.ProtoReflect()
		switch fd.Kind() {
		case protoreflect.StringKind:
			m.Set(fd, protoreflect.ValueOfString(m.Get(fd).String()+"x"))
		case protoreflect.Int64Kind:
			m.Set(fd, protoreflect.ValueOfInt64(m.Get(fd).Int()+1))
		case protoreflect.EnumKind:
			m.Set(fd, protoreflect.ValueOfEnum(m.Get(fd).Enum()+1))
		case protoreflect.BytesKind:
			m.Set(fd, protoreflect.ValueOfBytes(bytes.Repeat([]byte{1}, 32)))
		case protoreflect.MessageKind:
			l.At = timestamppb.New(l.GetAt().AsTime().Add(time.Microsecond))
		default:
			require.Fail(t, "a kind that a line had none of", fd.Name())
		}
		if fd.Name() == "hash" {
			require.Equal(t, before, audit.Hash(l), "the hash itself is left out")
			continue
		}
		require.NotEqual(t, before, audit.Hash(l), fd.Name())
	}
}

// FuzzTheForm: two lines of one form are one line, whatever their texts hold.
func FuzzTheForm(f *testing.F) {
	f.Add("ann", "tok", "ann,3:tok", "")
	f.Add("", "1:,", "1:", ",")
	f.Add("é\x00", "\xff", "a", "b")
	f.Fuzz(func(t *testing.T, who, token, who2, token2 string) {
		a, b := sample(), sample()
		a.Who, a.Token = who, token
		b.Who, b.Token = who2, token2
		same := who == who2 && token == token2
		require.Equal(t, same, bytes.Equal(audit.Canonical(a), audit.Canonical(b)))
		require.Equal(t, same, bytes.Equal(audit.Hash(a), audit.Hash(b)))
	})
}

func TestEnumsGoThereAndBack(t *testing.T) {
	t.Parallel()
	for n := range orchestratorv1.AuditKind_name {
		k := orchestratorv1.AuditKind(n)
		require.Equal(t, k, audit.KindOf(audit.Kind(k)))
	}
	for n := range orchestratorv1.AuditOutcome_name {
		o := orchestratorv1.AuditOutcome(n)
		require.Equal(t, o, audit.OutcomeOf(audit.Outcome(o)))
	}
	require.True(t, proto.Equal(sample(), sample()))
}
