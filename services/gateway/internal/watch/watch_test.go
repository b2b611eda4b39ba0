package watch_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/services/gateway/internal/watch"
)

func TestOneClientWatchesSoMuch(t *testing.T) {
	t.Parallel()
	var w watch.Watches
	var leave func()
	for i := range watch.PerClient {
		var err error
		leave, err = w.Enter(fmt.Sprintf("10.0.0.7:%d", 1000+i)) // whichever connection it comes over
		require.NoError(t, err)
	}

	_, err := w.Enter("10.0.0.7:80")
	require.True(t, problem.Is(err, problem.LimitReached), "%v", err)
	require.ErrorContains(t, err, "the client at 10.0.0.7 watches 100 runs")
	_, err = w.Enter("[fe80::1]:80")
	require.NoError(t, err, "another client has its own")
	leave()
	leave()
	_, err = w.Enter("10.0.0.7:80")
	require.NoError(t, err, "one was ended")
	_, err = w.Enter("10.0.0.7:80")
	require.Error(t, err, "and only one, however often it is said")
}

func TestAllClientsWatchSoMuch(t *testing.T) {
	t.Parallel()
	var w watch.Watches
	var leave []func()
	for i := range watch.InAll {
		l, err := w.Enter(fmt.Sprintf("10.0.%d.1:1", i))
		require.NoError(t, err)
		leave = append(leave, l)
	}

	_, err := w.Enter("bufconn")
	require.True(t, problem.Is(err, problem.LimitReached), "%v", err)
	for _, l := range leave {
		l()
	}
	_, err = w.Enter("bufconn")
	require.NoError(t, err)
}
