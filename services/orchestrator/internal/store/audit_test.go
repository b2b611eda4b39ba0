package store_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/store"
)

// gateway writes a chain as a gateway does.
type gateway struct {
	b       *bench
	key     *audit.Key
	public  *audit.Public
	last    *orchestratorv1.AuditLine
	ordinal int64
	chain   string
}

func (b *bench) gateway(t *testing.T) *gateway {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, audit.MakeKey(path))
	key, err := audit.ReadKey(path)
	require.NoError(t, err)
	public, err := audit.ReadPublic(path + ".pub")
	require.NoError(t, err)
	g := &gateway{b: b, key: key, public: public, chain: ident.New(ident.Chain), last: &orchestratorv1.AuditLine{Hash: audit.Genesis}}
	g.write(t, &orchestratorv1.RecordAuditRequest{Kind: orchestratorv1.AuditKind_AUDIT_KIND_STARTED})
	return g
}

func (g *gateway) write(t *testing.T, r *orchestratorv1.RecordAuditRequest) *orchestratorv1.AuditLine {
	t.Helper()
	r.Chain, r.Number, r.Previous = g.chain, g.last.GetNumber()+1, g.last.GetHash()
	line, err := g.b.RecordAudit(t.Context(), r)
	require.NoError(t, err)
	g.last = line
	return line
}

// act writes an intent, and what came of it unless that is UNSPECIFIED.
func (g *gateway) act(t *testing.T, who, what, dataset string, outcome orchestratorv1.AuditOutcome) {
	t.Helper()
	intent := g.write(t, &orchestratorv1.RecordAuditRequest{Kind: orchestratorv1.AuditKind_AUDIT_KIND_INTENT, Who: who, Token: "tok_" + who, What: what, Dataset: dataset})
	if outcome != 0 {
		g.write(t, &orchestratorv1.RecordAuditRequest{
			Kind: orchestratorv1.AuditKind_AUDIT_KIND_OUTCOME, Intent: intent.GetNumber(), Who: who, What: what, Dataset: dataset, Target: "run_" + who, Outcome: outcome,
		})
	}
}

func (g *gateway) sign(t *testing.T) *orchestratorv1.AuditCheckpoint {
	t.Helper()
	g.ordinal++
	k := &orchestratorv1.AuditCheckpoint{Chain: g.chain, Ordinal: g.ordinal, Number: g.last.GetNumber(), Hash: g.last.GetHash(), At: timestamppb.New(time.Now().Truncate(time.Microsecond))}
	g.key.Sign(k)
	require.NoError(t, g.b.RecordCheckpoint(t.Context(), k))
	require.NoError(t, g.b.RecordCheckpoint(t.Context(), k), "sent again")
	return k
}

func (b *bench) verify(t *testing.T, keys ...*audit.Public) audit.Report {
	t.Helper()
	v := audit.NewVerifier(keys...)
	require.NoError(t, b.ExportAudit(t.Context(), func(m *orchestratorv1.ExportAuditResponse) error { v.Take(m); return nil }))
	return v.Report()
}

const (
	done    = orchestratorv1.AuditOutcome_AUDIT_OUTCOME_DONE
	failed  = orchestratorv1.AuditOutcome_AUDIT_OUTCOME_FAILED
	unknown = orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN
	intent  = orchestratorv1.AuditKind_AUDIT_KIND_INTENT
)

// The database and the one who verifies make the same hash of whatever a line says.
func TestTheDatabaseHashesAsTheVerifierDoes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.gateway(t)
	random := rand.New(rand.NewPCG(1, 2))
	texts := []string{"", ",", "3:a,", "é", "\U0001F600", "a b\n\t", "\u202e", "'", `\`, "%s", "\uFFFD", "NULL", "\x00", "\xff"}
	text := func() (s string) {
		for range random.IntN(4) {
			s += texts[random.IntN(len(texts))]
		}
		return s
	}
	for range 200 {
		line := g.write(t, &orchestratorv1.RecordAuditRequest{
			Kind: intent, Who: text(), Token: text(), Role: text(), From: text(), What: text(), Dataset: text(), Target: text(), Facts: text(),
			Reason: text(), RequestId: text(), Count: random.Int64N(1 << 60), Outcome: orchestratorv1.AuditOutcome(random.IntN(5)),
		})
		require.Equal(t, hex.EncodeToString(audit.Hash(line)), hex.EncodeToString(line.GetHash()), "%v", line)
	}
	g.sign(t)
	got := b.verify(t, g.public)
	require.Empty(t, got.Faults)
	require.EqualValues(t, 201, got.Lines)
}

func TestALineIsWrittenOnceUnderItsNumber(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.gateway(t)
	r := &orchestratorv1.RecordAuditRequest{Kind: intent, Who: "ann", What: "x"}
	line := g.write(t, r)
	again, err := b.RecordAudit(t.Context(), r)
	require.NoError(t, err)
	require.True(t, proto.Equal(line, again), "the answer was lost, and it is sent again")

	for name, change := range map[string]func(*orchestratorv1.RecordAuditRequest){
		"another line of the number": func(r *orchestratorv1.RecordAuditRequest) { r.Who = "bob" },
		"a number too far":           func(r *orchestratorv1.RecordAuditRequest) { r.Number += 2; r.Previous = g.last.GetHash() },
		"another hash before":        func(r *orchestratorv1.RecordAuditRequest) { r.Number++; r.Previous = audit.Genesis },
		"a number of before":         func(r *orchestratorv1.RecordAuditRequest) { r.Number = 1; r.Previous = audit.Genesis },
		"a chain that was not begun": func(r *orchestratorv1.RecordAuditRequest) { r.Chain = ident.New(ident.Chain) },
	} {
		other := proto.CloneOf(r)
		change(other)
		_, err := b.RecordAudit(t.Context(), other)
		require.True(t, problem.Is(err, problem.AuditBroken), "%s: %v", name, err)
	}
	require.EqualValues(t, 2, b.verify(t, g.public).Lines)
}

// Two gateways write at once, each its own chain, and nobody waits for the other for long.
func TestGatewaysWriteAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gateways := []*gateway{b.gateway(t), b.gateway(t)}
	var wait sync.WaitGroup
	for i, g := range gateways {
		wait.Go(func() {
			for n := range 40 {
				r := &orchestratorv1.RecordAuditRequest{Chain: g.chain, Number: g.last.GetNumber() + 1, Previous: g.last.GetHash(), Kind: intent, Who: fmt.Sprint(i, n)}
				line, err := b.RecordAudit(context.WithoutCancel(t.Context()), r)
				if err != nil {
					t.Error(err)
					return
				}
				g.last = line
			}
		})
	}
	wait.Wait()
	gateways[0].sign(t)
	gateways[1].sign(t)
	got := b.verify(t, gateways[0].public, gateways[1].public)
	require.Empty(t, got.Faults)
	require.Equal(t, audit.Report{Chains: 2, Lines: 82, Checkpoints: 2}, got)
}

func TestTheServiceCanNeitherChangeNorRemoveALine(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.gateway(t)
	g.act(t, "ann", "OrchestratorService/StartRun", "shop", done)
	g.sign(t)
	pool := b.db.Pool(t, "sf_orchestrator")
	for _, sql := range []string{
		"update sf_orchestrator.audit_line set who = 'bob'", "delete from sf_orchestrator.audit_line", "truncate sf_orchestrator.audit_line",
		"insert into sf_orchestrator.audit_line select * from sf_orchestrator.audit_line", "update sf_orchestrator.audit_head set number = 1",
		"delete from sf_orchestrator.audit_head", "update sf_orchestrator.audit_checkpoint set number = 1", "delete from sf_orchestrator.audit_checkpoint",
		"drop table sf_orchestrator.audit_line", "alter table sf_orchestrator.audit_line disable trigger all",
	} {
		_, err := pool.Exec(t.Context(), sql)
		require.Error(t, err, sql)
	}
	for _, role := range []string{"sf_ingest", "sf_quality", "sf_snapshot"} {
		_, err := b.db.Pool(t, role).Exec(t.Context(), "select * from sf_orchestrator.audit_line")
		require.Error(t, err, role)
	}
	require.Empty(t, b.verify(t, g.public).Faults)
}

// The owner of the database may do anything, and each of it is named.
func TestWhatTheOwnerOfTheDatabaseDoesIsNamed(t *testing.T) {
	t.Parallel()
	// Makes the hashes of a chain anew from a line on.
	const rehash = `do $$ declare l sf_orchestrator.audit_line; p bytea; begin
  for l in select * from sf_orchestrator.audit_line order by number loop
    if p is not null then l.previous := p; end if;
    l.hash := sf_orchestrator.audit_hash(l); p := l.hash;
    update sf_orchestrator.audit_line set previous = l.previous, hash = l.hash where number = l.number;
  end loop;
  update sf_orchestrator.audit_head set hash = p, number = (select max(number) from sf_orchestrator.audit_line);
end $$`
	const renumber = `update sf_orchestrator.audit_line set number = number - 1000000 where number > 1000000`
	for name, tc := range map[string]struct {
		sql    []string
		number int64
		what   string
	}{
		"update":                         {[]string{`update sf_orchestrator.audit_line set who = 'bob' where number = 4`}, 4, "the line was changed"},
		"update, and the hashes anew":    {[]string{`update sf_orchestrator.audit_line set who = 'bob' where number = 4`, rehash}, 4, "one of lines 4 to 5 was changed"},
		"delete":                         {[]string{`delete from sf_orchestrator.audit_line where number = 2`}, 2, "the line was removed"},
		"truncate":                       {[]string{`truncate sf_orchestrator.audit_line`}, 1, "lines 1 to 5 were removed: checkpoint 2 covers them"},
		"truncate of lines and heads":    {[]string{`truncate sf_orchestrator.audit_line, sf_orchestrator.audit_head`}, 1, "lines 1 to 5 were removed: checkpoint 2 covers them"},
		"cut off behind the checkpoints": {[]string{`delete from sf_orchestrator.audit_line where number > 5`}, 6, "lines 6 to 7 were removed: the chain's head"},
		"insert": {[]string{
			`update sf_orchestrator.audit_line set number = number + 1000001 where number > 2`, renumber,
			`insert into sf_orchestrator.audit_line (chain, number, at, kind, intent, who, token, role, came_from, what, dataset, target, facts, outcome, reason, request_id, count, previous, hash)
			 select chain, 3, at, kind, 99, 'bob', token, role, came_from, what, dataset, target, facts, outcome, reason, request_id, count, previous, hash from sf_orchestrator.audit_line where number = 2`,
			rehash}, 1, "one of lines 1 to 3 was changed, removed or inserted"},
		"a signature removed": {[]string{`delete from sf_orchestrator.audit_checkpoint where ordinal = 1`}, 1, "checkpoint 1 was removed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			g := b.gateway(t)
			g.act(t, "ann", "OrchestratorService/StartRun", "shop", done)
			g.sign(t)
			g.act(t, "ben", "OrchestratorService/CancelRun", "shop", done)
			g.sign(t)
			g.act(t, "cy", "OrchestratorService/CancelRun", "shop", done)
			require.Empty(t, b.verify(t, g.public).Faults)

			for _, sql := range tc.sql {
				b.db.Exec(t, sql)
			}

			got := b.verify(t, g.public)
			require.NotEmpty(t, got.Faults)
			require.Equal(t, g.chain, got.Faults[0].Chain)
			require.Equal(t, tc.number, got.Faults[0].Number, "%v", got.Faults)
			require.Contains(t, got.Faults[0].What, tc.what)
		})
	}
}

// What is cut off at the end, the head set back with it, is told by the gateway, which
// remembers what it wrote: it can write no more there, and signs what there was.
func TestAnEndThatIsCutOffIsToldByItsGateway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.gateway(t)
	g.act(t, "ann", "OrchestratorService/StartRun", "shop", done)
	g.sign(t)
	g.act(t, "eve", "OrchestratorService/CreateToken", "", done)
	b.db.Exec(t, `delete from sf_orchestrator.audit_line where number > 3`)
	b.db.Exec(t, `update sf_orchestrator.audit_head set number = 3, hash = (select hash from sf_orchestrator.audit_line where number = 3)`)
	require.Empty(t, b.verify(t, g.public).Faults, "nobody has told yet")

	_, err := b.RecordAudit(t.Context(), &orchestratorv1.RecordAuditRequest{Chain: g.chain, Number: 6, Previous: g.last.GetHash(), Kind: intent})
	require.True(t, problem.Is(err, problem.AuditBroken), "%v", err)
	g.sign(t)

	got := b.verify(t, g.public)
	require.Equal(t, audit.Fault{Chain: g.chain, Number: 4, What: "lines 4 to 5 were removed: checkpoint 2 covers them"}, got.Faults[0])
}

func TestAChainTellsHowFarTheOthersHadCome(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one := b.gateway(t)
	one.act(t, "ann", "OrchestratorService/StartRun", "shop", done)
	two := b.gateway(t)
	require.Equal(t, fmt.Sprintf("%s:3:%x", one.chain, one.last.GetHash()), two.last.GetFacts())
	three := b.gateway(t)
	require.Equal(t, fmt.Sprintf("%s:1:%x", two.chain, two.last.GetHash()), three.last.GetFacts(), "what was told already is not told again")
	three.sign(t)
	require.Empty(t, b.verify(t, three.public).Faults)
	b.db.Exec(t, `delete from sf_orchestrator.audit_line where chain = $1`, one.chain)
	b.db.Exec(t, `delete from sf_orchestrator.audit_head where chain = $1`, one.chain)
	require.Contains(t, b.verify(t, three.public).Faults[0].What, "the whole chain was removed: line 1 of "+two.chain)
}

func TestRetentionTakesWholeSegmentsAndLeavesTheirSignature(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.gateway(t)
	g.act(t, "ann", "OrchestratorService/StartRun", "shop", done)
	first := g.sign(t)
	g.act(t, "ben", "OrchestratorService/StartRun", "shop", done)
	second := g.sign(t)
	g.act(t, "cy", "OrchestratorService/StartRun", "shop", done)
	none, err := b.AuditSegments(t.Context(), time.Now().Add(-time.Hour))
	require.NoError(t, err)
	require.Empty(t, none, "nothing is so old")

	old, err := b.AuditSegments(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Len(t, old, 1)
	require.Equal(t, second.GetOrdinal(), old[0].GetOrdinal(), "what is not signed stays")
	require.NotEqual(t, first.GetOrdinal(), second.GetOrdinal())
	n, err := b.DropAudit(t.Context(), &orchestratorv1.DropAuditRequest{Chain: g.chain, Ordinal: 2, KeyId: g.key.ID, Signature: g.key.SignDrop(old[0])})
	require.NoError(t, err)
	require.EqualValues(t, 5, n)

	got := b.verify(t, g.public)
	require.Empty(t, got.Faults)
	require.Equal(t, audit.Report{Chains: 1, Lines: 2, Checkpoints: 2, Dropped: 5, Unsigned: 2}, got)
	again, err := b.AuditSegments(t.Context(), time.Now().Add(time.Hour))
	require.NoError(t, err)
	require.Empty(t, again)
	_, err = b.DropAudit(t.Context(), &orchestratorv1.DropAuditRequest{Chain: g.chain, Ordinal: 9, KeyId: g.key.ID, Signature: old[0].GetSignature()})
	require.True(t, problem.Is(err, problem.AuditBroken), "%v", err)

	b.db.Exec(t, `update sf_orchestrator.audit_checkpoint set drop_signature = signature`)
	require.Contains(t, b.verify(t, g.public).Faults[0].What, "lines 1 to 5 were removed", "who has no key is no retention")
}

func TestActsAreListedWithWhatCameOfThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	g := b.gateway(t)
	g.act(t, "ann", "OrchestratorService/StartRun", "shop", done)
	g.act(t, "ben", "OrchestratorService/CreateToken", "", failed)
	g.act(t, "ann", "OrchestratorService/DeleteDataset", "inn", 0)
	between := g.last.GetAt().AsTime().Add(time.Microsecond)
	g.write(t, &orchestratorv1.RecordAuditRequest{
		Kind: orchestratorv1.AuditKind_AUDIT_KIND_REFUSAL, What: "GET /", From: "10.0.0.9:1", Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED, Reason: "UNAUTHENTICATED",
	})
	list := func(f store.AuditFilter) (all []string) {
		if f.Limit == 0 {
			f.Limit = 100
		}
		found, err := b.ListAudit(t.Context(), f)
		require.NoError(t, err)
		for _, e := range found {
			all = append(all, e.Message.GetLine().GetWhat()+" "+audit.Outcome(e.Message.GetOutcome()))
		}
		return all
	}
	everything := []string{"GET / REFUSED", "OrchestratorService/DeleteDataset UNKNOWN", "OrchestratorService/CreateToken FAILED", "OrchestratorService/StartRun DONE", " UNSPECIFIED"}
	require.Equal(t, everything, list(store.AuditFilter{}), "the newest first, and each act once")
	require.Equal(t, []string{everything[1], everything[3]}, list(store.AuditFilter{Who: "ann"}))
	require.Equal(t, []string{everything[2]}, list(store.AuditFilter{Who: "tok_ben"}))
	require.Equal(t, []string{everything[3]}, list(store.AuditFilter{What: "StartRun"}))
	require.Equal(t, []string{everything[3]}, list(store.AuditFilter{What: "OrchestratorService/StartRun"}))
	require.Equal(t, []string{everything[3]}, list(store.AuditFilter{On: "shop"}))
	require.Equal(t, []string{everything[2]}, list(store.AuditFilter{On: "run_ben"}), "what was made")
	require.Equal(t, []string{everything[1]}, list(store.AuditFilter{Outcome: unknown}))
	require.Equal(t, everything[:1], list(store.AuditFilter{Since: &between}))
	require.Equal(t, everything[1:], list(store.AuditFilter{Until: &between}))
	require.Empty(t, list(store.AuditFilter{Who: "ann' or true --"}))

	page, err := b.ListAudit(t.Context(), store.AuditFilter{Limit: 2})
	require.NoError(t, err)
	require.Equal(t, everything[2:], list(store.AuditFilter{Below: page[1].Place}))
	require.Equal(t, "run_ann", last(t, b).GetTarget())
	require.NotNil(t, last(t, b).GetEndedAt())
}

func last(t *testing.T, b *bench) *orchestratorv1.AuditEntry {
	t.Helper()
	found, err := b.ListAudit(t.Context(), store.AuditFilter{Outcome: done, Limit: 1})
	require.NoError(t, err)
	require.Len(t, found, 1)
	return found[0].Message
}
