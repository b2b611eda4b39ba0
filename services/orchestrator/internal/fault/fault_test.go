package fault_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
)

func TestOf(t *testing.T) {
	t.Parallel()
	reason := func(r problem.Reason) error { return problem.New(r, "said").GRPCStatus().Err() }
	for _, tc := range []struct {
		err  error
		want fault.Kind
	}{
		{nil, fault.None},
		{reason(problem.DatabaseUnavailable), fault.Transient},
		{reason(problem.DatabaseFull), fault.Full},
		{reason(problem.ServiceUnavailable), fault.Transient},
		{reason(problem.PeerUnknown), fault.Transient},
		{reason(problem.PeerNotAllowed), fault.Verdict},
		{fmt.Errorf("publish: %w", reason(problem.DatabaseUnavailable)), fault.Transient},
		{status.Error(codes.Unavailable, "refused"), fault.Transient},
		{status.Error(codes.DeadlineExceeded, "slow"), fault.Transient},
		{status.Error(codes.Aborted, "conflict"), fault.Transient},
		{status.Error(codes.Canceled, "the service stops"), fault.Transient},
		{context.DeadlineExceeded, fault.Transient},
		{status.Error(codes.Internal, "panic"), fault.Unknown},
		{status.Error(codes.Unimplemented, "an old service"), fault.Unknown},
		{errors.New("odd"), fault.Unknown},
		{reason(problem.Internal), fault.Unknown},
		{reason(problem.StagingLost), fault.StagingLost},
		{reason(problem.NotPrepared), fault.NotPrepared},
		{reason(problem.FenceLost), fault.FenceLost},
		{reason(problem.BaseMoved), fault.Verdict},
		{reason(problem.SnapshotDiffers), fault.Verdict},
		{reason(problem.SourceNotFound), fault.Verdict},
		{status.Error(codes.InvalidArgument, "as_of"), fault.Verdict},
	} {
		require.Equal(t, tc.want, fault.Of(tc.err), "%v", tc.err)
	}
}

func TestWaitDoublesUpToItsBound(t *testing.T) {
	t.Parallel()
	for n, longest := range map[int]time.Duration{
		0: 200 * time.Millisecond, 1: 200 * time.Millisecond, 2: 400 * time.Millisecond, 3: 800 * time.Millisecond,
		4: 1600 * time.Millisecond, 5: 3200 * time.Millisecond, 6: 5 * time.Second, 7: 5 * time.Second, 1000: 5 * time.Second,
	} {
		require.Equal(t, longest, fault.Wait(n, 0), "try %d", n)
		require.Equal(t, longest/2, fault.Wait(n, 1), "try %d with the most jitter", n)
	}
}

// A disk that is full is left alone for a minute and more: each try fills it again.
func TestWaitFullIsAMinuteAndMore(t *testing.T) {
	t.Parallel()
	for n, least := range map[int]time.Duration{
		0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 3: 4 * time.Minute, 4: 5 * time.Minute, 1000: 5 * time.Minute,
	} {
		require.Equal(t, least, fault.WaitFull(n, 0), "try %d", n)
		require.Equal(t, least+least/10, fault.WaitFull(n, 1), "try %d with the most jitter", n)
	}
}

func TestWhichFaultsPass(t *testing.T) {
	t.Parallel()
	for _, k := range []fault.Kind{fault.None, fault.Verdict, fault.Unknown, fault.StagingLost, fault.NotPrepared, fault.FenceLost} {
		require.False(t, k.Passes(), k)
	}
	require.True(t, fault.Transient.Passes())
	require.True(t, fault.Full.Passes())
}
