package stage

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/ingest/internal/source"
)

// hanging is a call of a file system that nobody answers before the test has ended.
func hanging(t *testing.T) (*source.Watch, func(context.Context) (int, error)) {
	t.Helper()
	var w source.Watch
	answered := make(chan struct{})
	t.Cleanup(func() { close(answered) })
	return &w, func(context.Context) (int, error) {
		defer w.Begin("users.csv")()
		<-answered // whatever becomes of the context
		return 1, nil
	}
}

func TestAFileSystemThatDoesNotAnswerIsLeft(t *testing.T) {
	t.Parallel()
	w, read := hanging(t)
	began := time.Now()
	_, err := attend(t.Context(), w, 300*time.Millisecond, read)

	require.Equal(t, problem.SourceStuck, problem.FromError(err).Reason)
	require.ErrorContains(t, err, "expected users.csv to be read, found that its file system has not answered for 300ms")
	require.False(t, problem.Transient(err), "each try would leave another call behind")
	require.Less(t, time.Since(began), 10*time.Second)
}

func TestSlowWorkIsWaitedForAsLongAsTheFileSystemAnswers(t *testing.T) {
	t.Parallel()
	var w source.Watch
	n, err := attend(t.Context(), &w, 20*time.Millisecond, func(context.Context) (int, error) {
		time.Sleep(200 * time.Millisecond) // in PostgreSQL
		return 7, nil
	})
	require.NoError(t, err)
	require.Equal(t, 7, n)

	wrong := errors.New("wrong")
	_, err = attend(t.Context(), &w, time.Minute, func(context.Context) (int, error) { return 0, wrong })
	require.ErrorIs(t, err, wrong)
}

func TestWhatNobodyWaitsForIsLeftSooner(t *testing.T) {
	t.Parallel()
	w, read := hanging(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := attend(ctx, w, time.Hour, read)
	require.ErrorIs(t, err, context.Canceled)
}
