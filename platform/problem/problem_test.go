package problem_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
)

func TestErrorSurvivesTheWire(t *testing.T) {
	t.Parallel()
	for _, reason := range []problem.Reason{problem.DatasetInvalid, problem.LiveTableDiffers} {
		t.Run(string(reason), func(t *testing.T) {
			t.Parallel()
			sent := problem.New(reason, "want %d, have %d", 1, 2).With("table", "users").
				Violate("users.age", "want integer, have text").Violate("users.name", "not there")

			received := problem.FromError(fmt.Errorf("call: %w", status.FromProto(sent.GRPCStatus().Proto()).Err()))

			require.Equal(t, reason, received.Reason)
			require.Equal(t, "want 1, have 2", received.Message[len(received.Message)-len("want 1, have 2"):])
			require.Equal(t, map[string]string{"table": "users"}, received.Metadata)
			require.Equal(t, sent.Violations, received.Violations)
		})
	}
}

func TestFromErrorKeepsOwnErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk is full")
	own := problem.Wrap(cause, problem.Internal, "write: %v", cause)

	got := problem.FromError(fmt.Errorf("stage: %w", own))

	require.Same(t, own, got)
	require.ErrorIs(t, got, cause)
	require.Nil(t, problem.FromError(nil))
}

func TestForeignStatusGetsTheReasonOfItsCode(t *testing.T) {
	t.Parallel()
	tests := map[codes.Code]problem.Reason{
		codes.InvalidArgument:  problem.InvalidRequest,
		codes.Unavailable:      problem.ServiceUnavailable,
		codes.DeadlineExceeded: problem.ServiceUnavailable,
		codes.Canceled:         problem.RunCancelled,
		codes.PermissionDenied: problem.NotExposed,
		codes.Internal:         problem.Internal,
		codes.DataLoss:         problem.Internal,
	}
	for code, want := range tests {
		require.Equal(t, want, problem.FromError(status.Error(code, "x")).Reason, code.String())
	}
}

func TestAMessageThatIsTooLargeIsNoFaultThatPasses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]problem.Reason{
		"trying to send message larger than max (40000000 vs. 33554432)":      problem.MessageTooLarge,
		"grpc: received message larger than max (40000000 vs. 33554432)":      problem.MessageTooLarge,
		"grpc: received message after decompression larger than max 33554432": problem.MessageTooLarge,
		"too many requests": problem.ServiceUnavailable,
	} {
		at := fmt.Errorf("stage: %w", status.Error(codes.ResourceExhausted, text))

		here := problem.FromError(at)
		there := problem.FromError(status.FromProto(here.GRPCStatus().Proto()).Err())

		require.Equal(t, want, here.Reason, text)
		require.Equal(t, want == problem.ServiceUnavailable, problem.Transient(at), text)
		require.Contains(t, here.Message, text)
		require.Equal(t, here.Reason, there.Reason, text)
		require.Equal(t, here.Message, there.Message, "said once")
	}
	said := problem.FromError(status.Error(codes.ResourceExhausted, "grpc: received message larger than max (4 vs. 3)")).Message
	require.Contains(t, said, "fewer tables")
}

func TestTransient(t *testing.T) {
	t.Parallel()
	require.True(t, problem.Transient(problem.New(problem.DatabaseUnavailable, "x")))
	require.True(t, problem.Transient(status.Error(codes.Unavailable, "x")))
	require.False(t, problem.Transient(problem.New(problem.FenceLost, "x")))
	require.False(t, problem.Transient(problem.New(problem.ExpectationsFailed, "x")))
	require.False(t, problem.Transient(nil))
}

func TestRegistryIsWhole(t *testing.T) {
	t.Parallel()
	seen := map[problem.Reason]bool{}
	for _, e := range problem.Registry() {
		require.False(t, seen[e.Reason], "%s stands twice", e.Reason)
		seen[e.Reason] = true
		require.Regexp(t, `^[A-Z]+(_[A-Z]+)*$`, string(e.Reason))
		require.NotEmpty(t, http.StatusText(e.HTTP), "%s has an HTTP status", e.Reason)
		for what, text := range map[string]string{"means": e.Means, "kept": e.Kept, "do": e.Do} {
			require.NotEmpty(t, text, "%s says what it %s", e.Reason, what)
		}
		require.Equal(t, e.Code == codes.OK, e.Exit == problem.ExitOK, "%s: only what is no error exits 0", e.Reason)
		require.True(t, problem.Known(e.Reason))
	}
	require.False(t, problem.Known("NO_SUCH_REASON"))
	require.Equal(t, problem.Internal, problem.Lookup("NO_SUCH_REASON").Reason)
}

// Advice of one error travels with it, and stands for what the registry says of its
// reason; the metadata is as it was.
func TestAdviceOfAnErrorSurvivesTheWire(t *testing.T) {
	t.Parallel()
	plain := problem.New(problem.DatasetNotFound, "no version")
	advised := problem.New(problem.DatasetNotFound, "no version").Advise("List the versions of %s.", "shop")
	both := problem.New(problem.DatasetNotFound, "no version").With("dataset", "shop").Advise("List them.")

	require.Equal(t, problem.Lookup(problem.DatasetNotFound).Do, problem.FromError(plain.GRPCStatus().Err()).Action())
	for _, sent := range []*problem.Error{plain, advised, both} {
		got := problem.FromError(sent.GRPCStatus().Err())

		require.Equal(t, sent.Action(), got.Action())
		require.Equal(t, sent.Metadata, got.Metadata)
		require.Equal(t, sent.Advice, got.Advice)
	}
	require.NotContains(t, both.Metadata, "advice", "sending an error leaves it as it is")
}
