package orchestrator_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// CheckSource is not among the calls that are noted: every request for a run makes it.
func (i *ingest) CheckSource(ctx context.Context, req *ingestv1.CheckSourceRequest) (*ingestv1.CheckSourceResponse, error) {
	i.mu.Lock()
	check := i.sources
	i.mu.Unlock()
	if check == nil {
		return i.UnimplementedIngestServiceServer.CheckSource(ctx, req)
	}
	return &ingestv1.CheckSourceResponse{}, check(ctx, req.GetSource())
}

// reads lets CheckSource do what check does.
func (w *world) reads(check func(ctx context.Context, source string) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sources = check
}

// always is a look at a source that ends like this.
func always(err error) func(context.Context, string) error {
	return func(context.Context, string) error { return err }
}

func TestASourceThatNoRunCanReadIsRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for reason, text := range map[problem.Reason]string{
		problem.SourceNotFound:   "expected a folder, found nothing",
		problem.SourceNotAllowed: "it does not lie under a source root",
	} {
		var asked string
		s.reads(func(_ context.Context, source string) error {
			asked = source
			return problem.New(reason, "%s", text)
		})

		_, err := s.client.StartRun(t.Context(), ask())

		requireReason(t, err, reason)
		p := problem.FromError(err)
		require.Equal(t, text, p.Message)
		require.Equal(t, "source", p.Violations[0].Subject)
		require.Equal(t, "/data/month_000", asked)
	}
	require.Empty(t, s.db.Rows(t, "select from sf_orchestrator.run"))
	require.Empty(t, s.made())

	s.reads(always(nil))
	requireState(t, s.did(t, ask()), succeeded)
}

// A run waits for an ingest that is away; it is not refused for it.
func TestASourceOfWhichNothingIsKnownIsTaken(t *testing.T) {
	t.Parallel()
	for name, check := range map[string]func(context.Context, string) error{
		"ingest is away":                always(away()),
		"ingest is of a version before": nil,
		"ingest is broken":              always(status.Error(codes.Internal, "nil pointer")),
		"its disk does not answer": func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.reads(check)

			requireState(t, s.did(t, ask()), succeeded)
		})
	}
}

// What was asked for before is answered as before: by then the files may have been taken away.
func TestARunThatIsThereIsFoundWhateverItsSourceIsNow(t *testing.T) {
	t.Parallel()
	s := setup(t)
	hang, got, release := hanging()
	s.on("Stage", hang)
	first := ask()
	first.RequestId = "r1"
	run := s.start(t, first)
	await(t, got)
	s.reads(always(problem.New(problem.SourceNotFound, "it is gone")))

	again, err := s.client.StartRun(t.Context(), first)
	require.NoError(t, err)
	joined, err := s.client.StartRun(t.Context(), ask())
	require.NoError(t, err)
	close(release)
	s.end(t, run)
	after, err := s.client.StartRun(t.Context(), first)
	require.NoError(t, err)

	require.Equal(t, run, again.GetRun().GetId())
	require.Equal(t, run, joined.GetRun().GetId())
	require.True(t, joined.GetAlreadyRunning())
	require.Equal(t, run, after.GetRun().GetId())
}
