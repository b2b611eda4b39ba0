package step_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
	"github.com/streamflow/streamflow/services/orchestrator/internal/step"
	"github.com/streamflow/streamflow/services/orchestrator/internal/steptest"
)

func TestEveryCallSaysOnWhoseBehalfItIsMade(t *testing.T) {
	t.Parallel()
	for kind, of := range every {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w, s := setup(t)
			tk := task(of.mode)
			w.Answers("GetBatch", stagedBatch(tk))

			_, err := s.Do(t.Context(), kind, tk)

			require.NoError(t, err)
			seen := 0
			for _, c := range w.Calls() {
				with, ok := c.Request.(interface{ GetContext() *stepv1.StepContext })
				if !ok {
					continue
				}
				seen++
				sc := with.GetContext()
				require.Equal(t, tk.Run.ID, sc.GetRun(), c.Method)
				require.Equal(t, "shop", sc.GetFence().GetDataset(), c.Method)
				require.Equal(t, int64(7), sc.GetFence().GetNumber(), "%s is fenced", c.Method)
				require.Equal(t, "ann", sc.GetRequestedBy(), c.Method)
				require.Equal(t, of.mode == run.Plan, sc.GetPlan(), c.Method)
				require.Len(t, sc.GetAccepted(), 1, c.Method)
				require.True(t, proto.Equal(tk.Run.Accepted[0], sc.GetAccepted()[0]), c.Method)
			}
			require.NotZero(t, seen)
		})
	}
}

func TestFaultsOfEveryCallKeepTheirKind(t *testing.T) {
	t.Parallel()
	faults := map[fault.Kind]error{
		fault.Transient:   problem.New(problem.DatabaseUnavailable, "PostgreSQL restarts"),
		fault.Full:        problem.New(problem.DatabaseFull, "no space left"),
		fault.FenceLost:   problem.New(problem.FenceLost, "another holds it"),
		fault.StagingLost: problem.New(problem.StagingLost, "the candidates are gone"),
		fault.Unknown:     status.Error(codes.Internal, "nil pointer"),
	}
	for kind, of := range every {
		for want, err := range faults {
			t.Run(string(kind)+" "+err.Error(), func(t *testing.T) {
				t.Parallel()
				w, s := setup(t)
				w.Fails(of.method, 100, err)

				o, got := s.Do(t.Context(), kind, task(of.mode))

				require.Equal(t, want, fault.Of(got), "%v", got)
				require.Equal(t, run.Outcome{}, o, "a fault is no outcome")
				require.Len(t, w.Calls(of.method), 1, "whether to try again is the worker's to decide")
			})
		}
	}
}

func TestAStreamThatEndsWithoutAResultWasCutOff(t *testing.T) {
	t.Parallel()
	for kind, of := range every {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w, s := setup(t)
			w.Cuts(of.method)

			_, err := s.Do(t.Context(), kind, task(of.mode))

			require.ErrorContains(t, err, "the call was cut off")
			require.Equal(t, fault.Transient, fault.Of(err), "it is sent again, and not taken for done")
		})
	}
}

func TestEveryStepStopsItsCallWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	for kind, of := range every {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w, s := setup(t)
			ended := make(chan error, 10)
			began := make(chan struct{}, 10)
			w.On(of.method, func(ctx context.Context, _ int, _ proto.Message) error {
				began <- struct{}{}
				<-ctx.Done()
				ended <- ctx.Err()
				return ctx.Err()
			})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() {
				_, err := s.Do(ctx, kind, task(of.mode))
				done <- err
			}()
			<-began

			cancel()

			require.Error(t, receive(t, done))
			require.ErrorIs(t, receive(t, ended), context.Canceled, "the service is told, and works for nobody no more")
		})
	}
}

// receive waits for a value, but not for ever.
func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(20 * time.Second):
		require.FailNow(t, "nothing came")
		panic("unreachable")
	}
}

func TestProgressIsHeardInOrder(t *testing.T) {
	t.Parallel()
	for kind, of := range every {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			w, s := setup(t)
			var h heard
			tk := task(of.mode)
			tk.Progress = h.hear
			for i := range int64(50) {
				h.all = append(h.all, &stepv1.Progress{Table: "users", Phase: "copy", RowsDone: i})
			}
			told := h.all
			h.all = nil
			w.Tells(of.method, told...)

			_, err := s.Do(t.Context(), kind, tk)

			require.NoError(t, err)
			require.Len(t, h.all, len(told))
			for i := range told {
				require.True(t, proto.Equal(told[i], h.all[i]), "%d: %v", i, h.all[i])
			}
		})
	}
}

func TestAServiceThatIsAwayIsNamed(t *testing.T) {
	t.Parallel()
	w := steptest.New(t)
	const nobody = "127.0.0.1:1"
	for name, c := range map[string]struct {
		kind                      run.Kind
		ingest, quality, snapshot string
	}{
		"ingest":   {run.Publish, nobody, w.Addr, w.Addr},
		"quality":  {run.Validate, w.Addr, nobody, w.Addr},
		"snapshot": {run.Stamp, w.Addr, w.Addr, nobody},
	} {
		s, err := step.Dial(c.ingest, c.quality, c.snapshot, nil)
		require.NoError(t, err)

		_, err = s.Do(t.Context(), c.kind, task(run.Full))

		require.Equal(t, fault.Transient, fault.Of(err), "%s: %v", name, err)
		require.ErrorContains(t, err, name)
		require.ErrorContains(t, err, nobody)
		s.Close()
	}
}

func TestAnUnknownStepIsAFault(t *testing.T) {
	t.Parallel()
	w, s := setup(t)

	_, err := s.Do(t.Context(), "SHRED", task(run.Full))

	require.ErrorContains(t, err, `step "SHRED" is not known`)
	require.Empty(t, w.Methods())
}
