package problem_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
)

// Every service says its reasons over gRPC: none may turn into another on the way.
func TestEveryReasonSurvivesTheWire(t *testing.T) {
	t.Parallel()
	for _, e := range problem.Registry() {
		if e.Code == codes.OK {
			continue // a notice is no error, and never one of a call
		}
		sent := problem.New(e.Reason, "100%% of %q", "users").With("run", "run_1").Violate("users", "expected %d, found %d", 7, 3)

		st := status.FromProto(sent.GRPCStatus().Proto())
		got := problem.FromError(fmt.Errorf("call quality: %w", st.Err()))

		require.Equal(t, e.Code, st.Code(), e.Reason)
		require.Equal(t, e.Reason, got.Reason)
		require.Contains(t, got.Message, `100% of "users"`, e.Reason)
		require.Equal(t, []problem.Violation{{Subject: "users", Description: "expected 7, found 3"}}, got.Violations, e.Reason)
		require.Equal(t, "run_1", got.Metadata["run"], e.Reason)
		require.Equal(t, problem.Transient(sent), problem.Transient(st.Err()), "%s: both sides try again, or neither", e.Reason)
	}
}

// A notice that is used for an error would be success to gRPC: the caller would go on.
func TestOnlyNoticesHaveNoStatus(t *testing.T) {
	t.Parallel()
	var notices []problem.Reason
	for _, e := range problem.Registry() {
		if e.Code == codes.OK {
			notices = append(notices, e.Reason)
			require.Equal(t, 200, e.HTTP, e.Reason)
			require.Contains(t, e.Means, "not an error", e.Reason)
		} else {
			require.GreaterOrEqual(t, e.HTTP, 400, e.Reason)
		}
	}
	require.Contains(t, notices, problem.ValuesDoubtful)
}

// Scripts tell bad data from a suite that could not run by the exit code alone.
func TestExitCodesAgreeWithTheStatus(t *testing.T) {
	t.Parallel()
	for _, e := range problem.Registry() {
		switch e.Exit {
		case problem.ExitNotFound:
			require.Equal(t, codes.NotFound, e.Code, e.Reason)
			require.Equal(t, 404, e.HTTP, e.Reason)
		case problem.ExitDenied:
			code, status := codes.PermissionDenied, 403
			if e.Reason == problem.Unauthenticated { // who is not known is told so, and not that they may not
				code, status = codes.Unauthenticated, 401
			}
			require.Equal(t, code, e.Code, e.Reason)
			require.Equal(t, status, e.HTTP, e.Reason)
		case problem.ExitData:
			require.Equal(t, 422, e.HTTP, e.Reason)
		case problem.ExitUnexpected:
			require.Equal(t, problem.Internal, e.Reason, "all else is expected")
		case problem.ExitUsage:
			require.Less(t, e.HTTP, 500, "%s: the caller's own mistake", e.Reason)
		}
		if e.Code == codes.NotFound && e.Reason != problem.PathNotFound {
			require.Equal(t, problem.ExitNotFound, e.Exit, e.Reason)
		}
	}
}

func TestWhatPassesByItself(t *testing.T) {
	t.Parallel()
	passing := []problem.Reason{problem.DatabaseUnavailable, problem.DatabaseFull, problem.ServiceUnavailable}
	for _, e := range problem.Registry() {
		err := fmt.Errorf("stage: %w", problem.New(e.Reason, "x"))
		require.Equal(t, slices.Contains(passing, e.Reason), problem.Transient(err), e.Reason)
	}
	require.False(t, problem.Transient(errors.New("a defect")), "a loop over a defect never ends")
}

func TestAStrangersDetailsAreNotOurs(t *testing.T) {
	t.Parallel()
	own := problem.New(problem.RunNotFound, "no run %s", "run_1")
	plain := status.New(codes.NotFound, "no such method").Err()

	require.True(t, problem.Is(own, problem.RunNotFound))
	require.False(t, problem.Is(plain, problem.RunNotFound), "a code alone is no reason")
	require.False(t, problem.Is(nil, problem.RunNotFound))
	require.Equal(t, problem.Internal, problem.FromError(errors.New("x")).Reason)
}

// Registry hands out a copy: nobody changes for all what a reason means.
func TestTheRegistryIsNotToBeChanged(t *testing.T) {
	t.Parallel()
	mine := problem.Registry()
	mine[0].Means = "something else"
	mine[0].Exit = problem.ExitOK

	require.NotEqual(t, mine[0].Means, problem.Registry()[0].Means)
	require.Equal(t, problem.ExitUsage, problem.Lookup(mine[0].Reason).Exit)
}
