package daemon

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
)

func TestAStopThatTakesLongerThanItsLimitEndsHard(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var code atomic.Int64
		stopped := endHard(ctx, grpcserver.Drain{Wait: 5 * time.Second, Limit: 10 * time.Second}, telemetry.Discard(), func(c int) { code.Store(int64(c)) })
		defer stopped()
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Zero(t, code.Load(), "nobody asked it to stop")
		stop()
		time.Sleep(20*time.Second - time.Millisecond)
		synctest.Wait()
		require.Zero(t, code.Load())
		time.Sleep(2 * time.Millisecond)
		synctest.Wait()
		require.Equal(t, int64(1), code.Load())
	})
}

func TestAStopWithinItsLimitEndsByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var code atomic.Int64
		stopped := endHard(ctx, grpcserver.Drain{}, telemetry.Discard(), func(c int) { code.Store(int64(c)) })
		stop()
		time.Sleep(hardAfter / 2)
		stopped()
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Zero(t, code.Load())
	})
}

// stubborn hears of no context before it is released.
type stubborn struct{ released chan struct{} }

func (*stubborn) Register(grpc.ServiceRegistrar) {}

func (s *stubborn) Run(context.Context) error {
	<-s.released
	return nil
}

func (*stubborn) Close() {}

func TestServeEndsHard(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	s := &stubborn{released: make(chan struct{})}
	spec := Spec{Name: "stubborn", Listen: "127.0.0.1:0", New: func(Deps) (Service, error) { return s, nil }}
	var said bytes.Buffer
	exited := 0
	stop()
	began := time.Now()

	code := command(ctx, spec, []string{"serve", "--drain-limit", "10ms"}, func(string) (string, bool) { return "", false }, &said, func(code int) {
		exited = code
		close(s.released) // where os.Exit would have ended it
	})

	require.Equal(t, 1, exited)
	require.Zero(t, code, "which nobody hears of any more")
	require.Contains(t, said.String(), "not stopped in time: ending hard")
	require.Greater(t, time.Since(began), hardAfter)
}
