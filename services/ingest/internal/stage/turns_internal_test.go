package stage

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOneIsAtWorkOnAnAttempt(t *testing.T) {
	t.Parallel()
	var ts turns
	var wg sync.WaitGroup
	atWork, most, all := 0, 0, 0 // guarded by the turns alone: the race detector sees if they are not
	errs := make([]error, 50)
	for i := range errs {
		wg.Go(func() {
			end, err := ts.take(t.Context(), turn{"bat_1", 1})
			if errs[i] = err; err != nil {
				return
			}
			defer end()
			atWork++
			most, all = max(most, atWork), all+1
			atWork--
		})
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, 1, most)
	require.Equal(t, 50, all)
	require.Empty(t, ts.atWork, "nothing is kept of those that have ended")
}

func TestATurnOfAnotherAttemptIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	var ts turns
	_, err := ts.take(t.Context(), turn{"bat_1", 1}) // which never ends
	require.NoError(t, err)
	for _, other := range []turn{{"bat_1", 2}, {"bat_2", 1}} {
		end, err := ts.take(t.Context(), other)
		require.NoError(t, err)
		end()
	}
}

func TestWhoIsGoneWaitsForNoTurn(t *testing.T) {
	t.Parallel()
	var ts turns
	end, err := ts.take(t.Context(), turn{"bat_1", 1})
	require.NoError(t, err)
	ctx, leave := context.WithCancelCause(t.Context())
	gone := errors.New("the client is gone")
	leave(gone)

	_, err = ts.take(ctx, turn{"bat_1", 1})

	require.ErrorIs(t, err, gone)
	end()
	_, err = ts.take(t.Context(), turn{"bat_1", 1})
	require.NoError(t, err, "and keeps it from nobody")
}
