package audit_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/audit/audittest"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// writer writes chains into a log, and signs them.
type writer struct {
	log    *audittest.Log
	key    *audit.Key
	public *audit.Public
}

func newWriter(t *testing.T) *writer {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, audit.MakeKey(path))
	key, err := audit.ReadKey(path)
	require.NoError(t, err)
	public, err := audit.ReadPublic(path + ".pub")
	require.NoError(t, err)
	require.Equal(t, key.ID, public.ID)
	return &writer{log: &audittest.Log{}, key: key, public: public}
}

// chain writes a chain of some lines with a checkpoint after each of the numbers.
func (w *writer) chain(t *testing.T, id string, lines int64, checkpoints ...int64) {
	t.Helper()
	previous := audit.Genesis
	for n := int64(1); n <= lines; n++ {
		r := &orchestratorv1.RecordAuditRequest{
			Chain: id, Number: n, Previous: previous, Kind: orchestratorv1.AuditKind_AUDIT_KIND_INTENT, Who: "ann", What: "OrchestratorService/StartRun",
			Facts: fmt.Sprintf("as_of=2024-01-%02d", n),
		}
		if n == 1 {
			r.Kind = orchestratorv1.AuditKind_AUDIT_KIND_STARTED
		}
		line, err := w.log.Record(r)
		require.NoError(t, err)
		previous = line.GetHash()
		if at := slices.Index(checkpoints, n); at >= 0 {
			w.sign(id, int64(at+1), line)
		}
	}
}

func (w *writer) sign(id string, ordinal int64, line *orchestratorv1.AuditLine) {
	k := &orchestratorv1.AuditCheckpoint{Chain: id, Ordinal: ordinal, Number: line.GetNumber(), Hash: line.GetHash(), At: timestamppb.New(time.UnixMicro(1_700_000_000_000_001))}
	w.key.Sign(k)
	w.log.Keep(k)
}

func (w *writer) verify(expect ...*orchestratorv1.AuditCheckpoint) audit.Report {
	v := audit.NewVerifier(w.public)
	for _, k := range expect {
		v.Expect(k)
	}
	for _, m := range w.log.Export() {
		v.Take(m)
	}
	return v.Report()
}

// rehash makes the hashes of a chain anew from a line on, as somebody would who owns the
// database and knows the form.
func rehash(c *audittest.Chain, from int) {
	for i := from; i < len(c.Lines); i++ {
		c.Lines[i].Number = int64(i + 1)
		c.Lines[i].Previous = audit.Genesis
		if i > 0 {
			c.Lines[i].Previous = c.Lines[i-1].GetHash()
		}
		c.Lines[i].Hash = audit.Hash(c.Lines[i])
	}
	last := c.Lines[len(c.Lines)-1]
	c.Head = &orchestratorv1.AuditHead{Chain: last.GetChain(), Number: last.GetNumber(), Hash: last.GetHash()}
}

const first, second = "chn_1", "chn_2"

func TestALogThatNobodyTouchedHasNoFault(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.chain(t, first, 9, 3, 6)
	w.chain(t, second, 4, 4)
	got := w.verify(w.log.Chains()[0].Checkpoints...)
	require.Empty(t, got.Faults)
	require.Equal(t, audit.Report{Chains: 2, Lines: 13, Checkpoints: 3, Unsigned: 3}, got)
	require.Empty(t, newWriter(t).verify().Faults, "nothing at all")
}

// Each of these is done by the owner of the database, who knows the form, but has no key.
func TestWhatSomebodyDidIsNamed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		tamper func(*audittest.Log, *audittest.Chain)
		number int64
		what   string
	}{
		"a line changed": {func(_ *audittest.Log, c *audittest.Chain) { c.Lines[3].Who = "bob" }, 4, "the line was changed: it says something else than its hash"},
		"a time changed": {func(_ *audittest.Log, c *audittest.Chain) {
			c.Lines[3].At = timestamppb.New(c.Lines[3].GetAt().AsTime().Add(time.Microsecond))
		}, 4, "the line was changed"},
		"a line and its hash changed": {func(_ *audittest.Log, c *audittest.Chain) {
			c.Lines[3].Who = "bob"
			c.Lines[3].Hash = audit.Hash(c.Lines[3])
		}, 5, "does not continue the one before"},
		"a line and all hashes changed": {func(_ *audittest.Log, c *audittest.Chain) { c.Lines[3].Who = "bob"; rehash(c, 3) }, 4, "one of lines 4 to 6 was changed"},
		"the last line before a checkpoint alone": {func(_ *audittest.Log, c *audittest.Chain) {
			c.Checkpoints = c.Checkpoints[:1]
			c.Lines = c.Lines[:3]
			c.Lines[2].Who = "bob"
			rehash(c, 2)
		}, 1, "one of lines 1 to 3 was changed"},
		"a line removed": {func(_ *audittest.Log, c *audittest.Chain) { c.Lines = slices.Delete(c.Lines, 3, 4) }, 4, "the line was removed: line 5 follows"},
		"a line removed, and all hashes made anew": {func(_ *audittest.Log, c *audittest.Chain) {
			c.Lines = slices.Delete(c.Lines, 3, 4)
			rehash(c, 3)
		}, 4, "one of lines 4 to 6 was changed, removed or inserted"},
		"the first line removed": {func(_ *audittest.Log, c *audittest.Chain) { c.Lines = c.Lines[1:] }, 1, "the line was removed: line 2 follows"},
		"a segment removed":      {func(_ *audittest.Log, c *audittest.Chain) { c.Lines = c.Lines[3:] }, 1, "lines 1 to 3 were removed: checkpoint 1 covers them"},
		"a segment removed and marked as by retention": {func(_ *audittest.Log, c *audittest.Chain) {
			c.Lines = c.Lines[3:]
			c.Checkpoints[0].DropKeyId, c.Checkpoints[0].DropSignature = c.Checkpoints[0].GetKeyId(), c.Checkpoints[0].GetSignature()
		}, 1, "lines 1 to 3 were removed"},
		"a line inserted": {func(_ *audittest.Log, c *audittest.Chain) {
			c.Lines = slices.Insert(c.Lines, 3, proto.CloneOf(c.Lines[2]))
		}, 3, "a line was inserted"},
		"the end cut off":                   {func(_ *audittest.Log, c *audittest.Chain) { c.Lines = c.Lines[:7] }, 8, "lines 8 to 9 were removed: the chain's head says"},
		"the end cut off, and the head set": {func(_ *audittest.Log, c *audittest.Chain) { c.Lines = c.Lines[:5]; rehash(c, 5) }, 6, "the line was removed: checkpoint 2 covers them"},
		"all lines removed": {func(_ *audittest.Log, c *audittest.Chain) {
			c.Lines, c.Head = nil, nil
		}, 1, "lines 1 to 6 were removed: checkpoint 2 covers them"},
		"a checkpoint removed": {func(_ *audittest.Log, c *audittest.Chain) { c.Checkpoints = c.Checkpoints[1:] }, 1, "checkpoint 1 was removed or inserted"},
		"a checkpoint changed": {func(_ *audittest.Log, c *audittest.Chain) {
			c.Lines[5].Who = "bob"
			rehash(c, 5)
			c.Checkpoints[1].Hash = c.Lines[5].GetHash()
		}, 6, "checkpoint 2 is not signed by a key that was given"},
		"the head changed": {func(_ *audittest.Log, c *audittest.Chain) { c.Head.Number = 8 }, 9, "the chain's head was changed"},
		"a chain removed":  {func(l *audittest.Log, c *audittest.Chain) { l.Remove(c.Lines[0].GetChain()) }, 1, "the whole chain was removed: line 1 of chn_2 says that it had come to line 9"},
		"the end cut off that a later chain names": {func(_ *audittest.Log, c *audittest.Chain) {
			c.Lines = c.Lines[:8]
			rehash(c, 8)
		}, 9, "the line was removed: line 1 of chn_2 says"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter(t)
			w.chain(t, first, 9, 3, 6)
			w.chain(t, second, 4, 4)
			c := w.log.Chains()[0]
			if c.Head != nil {
				tc.tamper(w.log, c)
			}
			got := w.verify()
			require.NotEmpty(t, got.Faults)
			require.Equal(t, first, got.Faults[0].Chain, "%v", got.Faults)
			require.Equal(t, tc.number, got.Faults[0].Number, "%v", got.Faults)
			require.Contains(t, got.Faults[0].What, tc.what)
		})
	}
}

// What is kept outside of the database tells of what nothing inside tells of any more.
func TestACheckpointKeptElsewhereTellsOfALogThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.chain(t, first, 9, 3, 9)
	kept := w.log.Chains()[0].Checkpoints
	w.log.Remove(first)
	require.Empty(t, w.verify().Faults)

	got := w.verify(kept...)

	require.Len(t, got.Faults, 2)
	require.Equal(t, audit.Fault{Chain: first, Number: 1, What: "the whole chain was removed: checkpoint 1 of the file says that it had come to line 3"}, got.Faults[0])

	forged := proto.CloneOf(kept[0])
	forged.Number++
	require.Contains(t, w.verify(forged).Faults[0].What, "checkpoint 1 of the file is not signed by a key that was given")
}

func TestALineAfterTheEndWasInserted(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.chain(t, first, 3)
	c := w.log.Chains()[0]
	k := &orchestratorv1.AuditCheckpoint{Chain: first, Ordinal: 1, Number: 2, Hash: c.Lines[1].GetHash(), At: c.Lines[1].GetAt(), Last: true}
	w.key.Sign(k)
	w.log.Keep(k)
	got := w.verify()
	require.Len(t, got.Faults, 1)
	require.Equal(t, "a line was inserted: the gateway had ended the chain at line 2", got.Faults[0].What)
}

func TestWhatRetentionTookIsNoFault(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.chain(t, first, 12, 3, 6, 9)
	drop := func(ordinal int64) {
		k := w.log.Chains()[0].Checkpoints[ordinal-1]
		w.log.Drop(&orchestratorv1.DropAuditRequest{Chain: first, Ordinal: ordinal, KeyId: w.key.ID, Signature: w.key.SignDrop(k)})
	}
	drop(2)
	got := w.verify()
	require.Empty(t, got.Faults)
	require.EqualValues(t, 6, got.Dropped)
	require.EqualValues(t, 6, got.Lines)
	drop(3)
	got = w.verify()
	require.Empty(t, got.Faults)
	require.EqualValues(t, 9, got.Dropped)

	w.log.Chains()[0].Lines = nil
	require.Equal(t, "lines 10 to 12 were removed: the chain's head says that it had come so far", w.verify().Faults[0].What)
}

func TestFaultsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.chain(t, first, 300)
	for _, l := range w.log.Chains()[0].Lines {
		l.Who = "bob"
	}
	got := w.verify()
	require.Len(t, got.Faults, 100)
	require.EqualValues(t, 200, got.More)
	require.EqualValues(t, 1, got.Faults[0].Number)
}

func TestWithoutAKeyEveryCheckpointIsAFault(t *testing.T) {
	t.Parallel()
	w := newWriter(t)
	w.chain(t, first, 3, 3)
	v := audit.NewVerifier()
	for _, m := range w.log.Export() {
		v.Take(m)
	}
	require.Contains(t, v.Report().Faults[0].What, "checkpoint 1 is not signed by a key that was given ("+w.key.ID+")")
}
