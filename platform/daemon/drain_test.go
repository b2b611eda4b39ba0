package daemon_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"

	"github.com/streamflow/streamflow/platform/buildinfo"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// door is a service without a database that stands on something else.
type door struct {
	worker
	away atomic.Bool
}

func (d *door) Probe(context.Context) error {
	if d.away.Load() {
		return errors.New("the other side is away")
	}
	return nil
}

// opened runs a door, and returns how to call it, to stop it, and its end.
func opened(t *testing.T, d *door, stopping *<-chan struct{}, drain grpcserver.Drain) (*grpc.ClientConn, func(), chan error) {
	t.Helper()
	spec := daemon.Spec{Name: "door", New: func(deps daemon.Deps) (daemon.Service, error) {
		*stopping = deps.Stopping
		return d, nil
	}}
	addr, ended := make(chan net.Addr, 1), make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		ended <- daemon.Run(ctx, spec, daemon.Config{
			Listen: "127.0.0.1:0", Log: telemetry.Discard(), Drain: &drain, Listening: func(a net.Addr) { addr <- a },
		})
	}()
	t.Cleanup(stop)
	conn, err := grpcserver.Dial((<-addr).String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn, stop, ended
}

func status(t *testing.T, conn *grpc.ClientConn) healthv1.HealthCheckResponse_ServingStatus {
	t.Helper()
	r, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}, grpc.WaitForReady(true))
	require.NoError(t, err)
	return r.GetStatus()
}

func TestAServiceIsReadyOnceWhatItStandsOnIs(t *testing.T) {
	t.Parallel()
	d := &door{}
	d.away.Store(true)
	var stopping <-chan struct{}
	conn, _, _ := opened(t, d, &stopping, grpcserver.DefaultDrain)

	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, status(t, conn))
	require.Eventually(t, d.ran.Load, 5*time.Second, time.Millisecond, "it answers others while it waits")
	d.away.Store(false)

	require.Eventually(t, func() bool { return status(t, conn) == healthv1.HealthCheckResponse_SERVING }, 10*time.Second, 10*time.Millisecond)
}

func TestAStopAnswersOnUntilNobodyIsSentAnyMore(t *testing.T) {
	t.Parallel()
	d := &door{}
	var stopping <-chan struct{}
	conn, stop, ended := opened(t, d, &stopping, grpcserver.Drain{Wait: 2 * time.Second, Limit: time.Second})
	require.Eventually(t, func() bool { return status(t, conn) == healthv1.HealthCheckResponse_SERVING }, 10*time.Second, 10*time.Millisecond)

	stop()

	<-stopping
	require.Eventually(t, func() bool { return status(t, conn) == healthv1.HealthCheckResponse_NOT_SERVING }, time.Second, time.Millisecond)
	_, err := qualityv1.NewQualityServiceClient(conn).ListValidations(t.Context(), &qualityv1.ListValidationsRequest{Dataset: "shop"})
	require.NoError(t, err, "a call that a load balancer still sends is answered")
	require.Empty(t, ended)
	require.NoError(t, <-ended)
}

func TestEveryAnswerNamesItsVersion(t *testing.T) {
	t.Parallel()
	var stopping <-chan struct{}
	conn, _, _ := opened(t, &door{}, &stopping, grpcserver.DefaultDrain)
	var head metadata.MD
	_, err := healthv1.NewHealthClient(conn).Check(t.Context(), &healthv1.HealthCheckRequest{}, grpc.Header(&head), grpc.WaitForReady(true))
	require.NoError(t, err)
	require.Equal(t, []string{buildinfo.Read().String()}, head.Get(buildinfo.Header))
}
