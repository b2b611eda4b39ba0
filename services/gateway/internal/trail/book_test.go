package trail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/audit/audittest"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway/internal/trail"
)

// keeper is an orchestrator that can be made to fail before or after it has done something.
type keeper struct {
	log           audittest.Log
	before, after atomic.Bool
	lines         atomic.Int64
}

var errAway = status.Error(codes.Unavailable, "away")

func (k *keeper) RecordAudit(_ context.Context, in *orchestratorv1.RecordAuditRequest, _ ...grpc.CallOption) (*orchestratorv1.RecordAuditResponse, error) {
	if k.before.Load() {
		return nil, errAway
	}
	line, err := k.log.Record(in)
	if err == nil && k.after.Load() {
		err = errAway
	}
	k.lines.Add(1)
	return &orchestratorv1.RecordAuditResponse{Line: line}, err
}

func (k *keeper) RecordCheckpoint(_ context.Context, in *orchestratorv1.RecordCheckpointRequest, _ ...grpc.CallOption) (*orchestratorv1.RecordCheckpointResponse, error) {
	if k.before.Load() {
		return nil, errAway
	}
	k.log.Keep(in.GetCheckpoint())
	return &orchestratorv1.RecordCheckpointResponse{}, nil
}

func (k *keeper) ListAuditSegments(context.Context, *orchestratorv1.ListAuditSegmentsRequest, ...grpc.CallOption) (*orchestratorv1.ListAuditSegmentsResponse, error) {
	return &orchestratorv1.ListAuditSegmentsResponse{Checkpoints: k.log.Segments()}, nil
}

func (k *keeper) DropAudit(_ context.Context, in *orchestratorv1.DropAuditRequest, _ ...grpc.CallOption) (*orchestratorv1.DropAuditResponse, error) {
	return &orchestratorv1.DropAuditResponse{Lines: k.log.Drop(in)}, nil
}

// told are the lines as short words: kind, who, outcome, reason and the intent's number.
func (k *keeper) told() (all []string) {
	for _, l := range k.log.Lines() {
		text := audit.Kind(l.GetKind()) + " " + l.GetWho()
		if l.GetOutcome() != 0 {
			text += " " + audit.Outcome(l.GetOutcome())
		}
		if l.GetReason() != "" {
			text += " " + l.GetReason()
		}
		if l.GetIntent() != 0 {
			text += fmt.Sprint(" of ", l.GetIntent())
		}
		all = append(all, text)
	}
	return all
}

func key(t *testing.T) (*audit.Key, *audit.Public) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	require.NoError(t, audit.MakeKey(path))
	private, err := audit.ReadKey(path)
	require.NoError(t, err)
	public, err := audit.ReadPublic(path + ".pub")
	require.NoError(t, err)
	return private, public
}

func (k *keeper) verify(p *audit.Public) audit.Report {
	v := audit.NewVerifier(p)
	for _, m := range k.log.Export() {
		v.Take(m)
	}
	return v.Report()
}

func by(who string) *trail.Line {
	return &trail.Line{Who: who, Token: "tok_" + who, What: "OrchestratorService/StartRun", Dataset: "shop"}
}

func TestAnActIsTwoLines(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	b := trail.New(k, telemetry.Discard(), trail.Config{Name: "gateway a"})
	for who, err := range map[string]error{"ann": nil} {
		act, begun := b.Begin(t.Context(), by(who))
		require.NoError(t, begun)
		act.End(t.Context(), "run_1", err)
		act.End(t.Context(), "run_2", errors.New("a second time"))
	}
	b.Refuse(t.Context(), by("eve"), "PERMISSION_DENIED")
	require.Equal(t, []string{"STARTED ", "INTENT ann", "OUTCOME ann DONE of 2", "REFUSAL eve REFUSED PERMISSION_DENIED"}, k.told())
	require.Equal(t, "run_1", k.log.Lines()[2].GetTarget())
	require.Equal(t, "gateway a", k.log.Lines()[0].GetFrom())
}

func TestWhatAnErrorMeans(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"OUTCOME ann FAILED DATASET_INVALID of 2":       problem.New(problem.DatasetInvalid, "2 mistakes"),
		"OUTCOME ann UNKNOWN DATABASE_UNAVAILABLE of 2": problem.New(problem.DatabaseUnavailable, "away"),
		"OUTCOME ann UNKNOWN INTERNAL of 2":             problem.New(problem.Internal, "a defect"),
		"OUTCOME ann UNKNOWN Canceled of 2":             status.FromContextError(context.Canceled).Err(),
		"OUTCOME ann UNKNOWN DeadlineExceeded of 2":     status.FromContextError(context.DeadlineExceeded).Err(),
		"OUTCOME ann FAILED RUN_ENDED of 2":             problem.New(problem.RunEnded, "it has ended"),
	} {
		k := &keeper{}
		act, begun := trail.New(k, telemetry.Discard(), trail.Config{}).Begin(t.Context(), by("ann"))
		require.NoError(t, begun)
		act.End(t.Context(), "", err)
		require.Equal(t, want, k.told()[2])
	}
}

func TestWithoutALineNothingIsBegun(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	b := trail.New(k, telemetry.Discard(), trail.Config{})
	k.before.Store(true)
	for range 3 {
		_, err := b.Begin(t.Context(), by("ann"))
		require.True(t, problem.Is(err, problem.AuditUnavailable), "%v", err)
	}
	require.Empty(t, k.told())
	k.before.Store(false)

	act, err := b.Begin(t.Context(), by("ben"))
	require.NoError(t, err)
	act.End(t.Context(), "", nil)

	// Of the first it was not known whether it was written; the others were never sent.
	require.Equal(t, []string{
		"STARTED ", "INTENT ann", "OUTCOME ann REFUSED AUDIT_UNAVAILABLE of 2", "INTENT ben", "OUTCOME ben DONE of 4",
	}, k.told())
}

// The line was written, and the answer was lost: it is there once, and says that nothing came
// of it.
func TestALostAnswerIsNoSecondLine(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	private, public := key(t)
	b := trail.New(k, telemetry.Discard(), trail.Config{Key: private})
	first, err := b.Begin(t.Context(), by("ann"))
	require.NoError(t, err)
	k.after.Store(true)
	_, err = b.Begin(t.Context(), by("ben"))
	require.True(t, problem.Is(err, problem.AuditUnavailable))
	first.End(t.Context(), "run_1", nil)
	k.after.Store(false)

	b.Checkpoint(t.Context())

	require.Equal(t, []string{
		"STARTED ", "INTENT ann", "INTENT ben", "OUTCOME ben REFUSED AUDIT_UNAVAILABLE of 3", "OUTCOME ann DONE of 2",
	}, k.told())
	require.Equal(t, audit.Report{Chains: 1, Lines: 5, Checkpoints: 1}, k.verify(public))
}

func TestAnOutcomeThatCannotBeWrittenIsOwed(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	b := trail.New(k, telemetry.Discard(), trail.Config{})
	act, err := b.Begin(t.Context(), by("ann"))
	require.NoError(t, err)
	k.before.Store(true)
	act.End(t.Context(), "run_1", nil)
	b.Refuse(t.Context(), by("eve"), "PERMISSION_DENIED")
	require.Len(t, k.told(), 2)
	k.before.Store(false)
	b.Checkpoint(t.Context())
	require.Equal(t, []string{"STARTED ", "INTENT ann", "OUTCOME ann DONE of 2", "MORE_REFUSALS  REFUSED"}, k.told())
	require.EqualValues(t, 1, k.log.Lines()[3].GetCount())
}

func TestManyAtOnceAreOneChain(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	private, public := key(t)
	books := []*trail.Book{
		trail.New(k, telemetry.Discard(), trail.Config{Key: private}), trail.New(k, telemetry.Discard(), trail.Config{Key: private}),
	}
	var wait sync.WaitGroup
	for i := range 50 {
		wait.Go(func() {
			act, err := books[i%2].Begin(t.Context(), by(fmt.Sprint("p", i)))
			if err == nil {
				act.End(t.Context(), "", nil)
			}
		})
	}
	wait.Wait()
	for _, b := range books {
		b.Close()
	}
	require.Equal(t, audit.Report{Chains: 2, Lines: 102, Checkpoints: 2}, k.verify(public))
}

// Somebody cuts off the end, or changes it, in the database: the gateway signs what it knows,
// goes on in another chain, and nobody is kept from their work.
func TestAChainThatWasChangedIsLeftAndTold(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	private, public := key(t)
	b := trail.New(k, telemetry.Discard(), trail.Config{Key: private})
	for _, who := range []string{"ann", "eve"} {
		act, err := b.Begin(t.Context(), by(who))
		require.NoError(t, err)
		act.End(t.Context(), "", nil)
	}
	under, err := b.Begin(t.Context(), by("cy"))
	require.NoError(t, err)
	c := k.log.Chains()[0]
	c.Lines = c.Lines[:3] // without eve
	c.Head = &orchestratorv1.AuditHead{Chain: c.Head.GetChain(), Number: 3, Hash: c.Lines[2].GetHash()}
	require.Empty(t, k.verify(public).Faults, "nothing is signed yet")

	act, err := b.Begin(t.Context(), by("ben"))
	require.NoError(t, err)
	act.End(t.Context(), "", nil)
	under.End(t.Context(), "", nil)
	b.Close()

	got := k.verify(public)
	require.Equal(t, "lines 4 to 6 were removed: checkpoint 1 covers them", got.Faults[0].What)
	require.Equal(t, c.Head.GetChain(), got.Faults[0].Chain)
	require.Equal(t, []string{"STARTED ", "INTENT ben", "OUTCOME ben DONE of 2"}, k.told()[3:], "of cy, who began in the chain that was changed, the outcome is not known")
}

// What the database says was written is not believed.
func TestAnotherLineThanTheOneThatWasWrittenIsNone(t *testing.T) {
	t.Parallel()
	k := &lying{}
	b := trail.New(k, telemetry.Discard(), trail.Config{})
	_, err := b.Begin(t.Context(), by("ann"))
	require.True(t, problem.Is(err, problem.AuditUnavailable), "%v", err)
}

type lying struct{ keeper }

func (k *lying) RecordAudit(ctx context.Context, in *orchestratorv1.RecordAuditRequest, opts ...grpc.CallOption) (*orchestratorv1.RecordAuditResponse, error) {
	resp, err := k.keeper.RecordAudit(ctx, in, opts...)
	if resp.GetLine() != nil {
		resp.Line.Who = "bob"
	}
	return resp, err
}

func TestStrangersAreCountedWhereTheyComeTooFast(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	began := time.Now().Add(-time.Millisecond) // which is as finely as it is told
	b := trail.New(k, telemetry.Discard(), trail.Config{})
	for range 100 {
		b.Refuse(t.Context(), &trail.Line{What: "GET /", From: "10.0.0.9:1"}, "UNAUTHENTICATED")
	}
	b.Refuse(t.Context(), by("ann"), "PERMISSION_DENIED")
	require.Len(t, k.told(), 62)
	require.Equal(t, "REFUSAL ann REFUSED PERMISSION_DENIED", k.told()[61], "who is known is written one by one")

	b.Close()

	more := k.log.Lines()[62]
	require.EqualValues(t, 40, more.GetCount(), "none is forgotten")
	require.Equal(t, orchestratorv1.AuditKind_AUDIT_KIND_MORE_REFUSALS, more.GetKind())
	require.Equal(t, orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED, more.GetOutcome())
	first, last := between(t, more)
	require.False(t, first.Before(began) || last.Before(first) || last.After(time.Now()), more.GetFacts())
}

// between are when the first and the last of refusals were that a line counts.
func between(t *testing.T, l *orchestratorv1.AuditLine) (first, last time.Time) {
	t.Helper()
	found := regexp.MustCompile(`^first=(\S+) last=(\S+)$`).FindStringSubmatch(l.GetFacts())
	require.Len(t, found, 3, l.GetFacts())
	first, err := time.Parse(time.RFC3339Nano, found[1])
	require.NoError(t, err)
	last, err = time.Parse(time.RFC3339Nano, found[2])
	require.NoError(t, err)
	return first, last
}

// Many strangers at once: as many lines and counts as there were, whatever fails meanwhile.
func TestNoRefusalIsLostBetweenLinesAndCounts(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	b := trail.New(k, telemetry.Discard(), trail.Config{})
	const callers, each = 8, 50
	var all sync.WaitGroup
	for n := range callers {
		all.Go(func() {
			for range each {
				b.Refuse(t.Context(), &trail.Line{What: "GET /", From: "10.0.0.9:1"}, "UNAUTHENTICATED")
				if n == 0 {
					k.before.Store(!k.before.Load()) // the log is away every other time
					b.Checkpoint(t.Context())
				}
			}
		})
	}
	all.Wait()
	k.before.Store(false)
	b.Checkpoint(t.Context())

	told := int64(0)
	for _, l := range k.log.Lines() {
		switch l.GetKind() { //nolint:exhaustive // the others are no refusals
		case orchestratorv1.AuditKind_AUDIT_KIND_REFUSAL:
			told++
		case orchestratorv1.AuditKind_AUDIT_KIND_MORE_REFUSALS:
			first, last := between(t, l)
			require.False(t, last.Before(first), l.GetFacts())
			told += l.GetCount()
		}
	}
	require.EqualValues(t, callers*each, told)
}

func TestWhatWasNotWrittenBeforeAStopIsInTheGatewaysLog(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	var log bytes.Buffer
	b := trail.New(k, slog.New(slog.NewJSONHandler(&log, nil)), trail.Config{})
	act, err := b.Begin(t.Context(), by("ann"))
	require.NoError(t, err)
	k.before.Store(true)
	act.End(t.Context(), "run_1", nil)
	b.Refuse(t.Context(), by("eve"), "PERMISSION_DENIED")

	b.Close()

	require.Contains(t, log.String(), "a line of the audit log was not written")
	require.Contains(t, log.String(), `"who":"ann","what":"OrchestratorService/StartRun","dataset":"shop","target":"run_1","outcome":"DONE"`)
	require.Contains(t, log.String(), `refusals that were counted are not in the audit log","count":1,"first":"`)
}

func TestCheckpointsGoWhereTheyAreAskedTo(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	private, public := key(t)
	path := filepath.Join(t.TempDir(), "checkpoints")
	to, err := trail.Destinations([]string{path}, os.Stdout)
	require.NoError(t, err)
	b := trail.New(k, telemetry.Discard(), trail.Config{Key: private, To: to})
	b.Checkpoint(t.Context())
	require.NoFileExists(t, path, "where nothing happened there is nothing to sign")
	for range 2 {
		b.Refuse(t.Context(), by("ann"), "PERMISSION_DENIED")
		b.Checkpoint(t.Context())
		b.Checkpoint(t.Context())
	}
	k.before.Store(true)
	b.Close() // the database is away, and what is kept elsewhere is not
	kept := checkpoints(t, path)
	require.Len(t, kept, 3)
	require.Len(t, k.log.Chains()[0].Checkpoints, 2)
	require.True(t, kept[2].GetLast())
	v := audit.NewVerifier(public)
	for _, c := range kept {
		v.Expect(c)
	}
	for _, m := range k.log.Export() {
		v.Take(m)
	}
	require.Empty(t, v.Report().Faults)
}

func TestRetentionSignsForWhatItRemoves(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	private, public := key(t)
	old := trail.New(k, telemetry.Discard(), trail.Config{Key: private})
	old.Refuse(t.Context(), by("ann"), "PERMISSION_DENIED")
	old.Close()
	b := trail.New(k, telemetry.Discard(), trail.Config{Key: private, Keep: time.Hour, Every: time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); b.Run(ctx) }()
	require.Eventually(t, func() bool { return len(k.told()) == 3 }, 30*time.Second, time.Millisecond)
	stop()
	<-done
	b.Close()
	got := k.verify(public)
	require.Empty(t, got.Faults)
	require.EqualValues(t, 2, got.Dropped)
	require.Equal(t, "OrchestratorService/DropAudit", k.log.Lines()[1].GetWhat(), "which is told as any change")
	require.Equal(t, audit.Outcome(orchestratorv1.AuditOutcome_AUDIT_OUTCOME_DONE), audit.Outcome(k.log.Lines()[2].GetOutcome()))
}

func TestALineIsShortAndPlain(t *testing.T) {
	t.Parallel()
	k := &keeper{}
	b := trail.New(k, telemetry.Discard(), trail.Config{})
	long := make([]byte, 5000)
	for i := range long {
		long[i] = 'x'
	}
	b.Refuse(t.Context(), &trail.Line{Who: "a\u202eb\x00\xff\n", Token: "t", What: string(long), Facts: string(long)}, "PERMISSION_DENIED")
	l := k.log.Lines()[1]
	require.Equal(t, "a\uFFFDb\uFFFD\uFFFD\uFFFD", l.GetWho())
	require.Len(t, l.GetWhat(), 190)
	require.Len(t, l.GetFacts(), 4000)
}
