package faults

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/gateway"
	"github.com/streamflow/streamflow/test/cluster"
)

// A gateway is killed when it has written what it is about to do, and before it could write
// what came of it: the intent is there, its outcome is not known, and the log is whole.
func TestAGatewayKilledBetweenIntentAndOutcome(t *testing.T) {
	s := setup(t)
	g := shut(t, s.url, "insert", "sf_orchestrator.token", "")
	ended := make(chan error, 1)
	go func() {
		_, err := s.client.CreateToken(context.WithoutCancel(t.Context()), &orchestratorv1.CreateTokenRequest{
			Name: "ci", Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true, RequestedBy: "ann",
		})
		ended <- err
	}()
	g.reached(t)

	require.NoError(t, s.Kill(t.Context(), cluster.Gateway))
	require.Error(t, <-ended)
	g.open(t)
	require.NoError(t, s.Restart(cluster.Gateway))
	require.NoError(t, s.Ready(t.Context()))

	unknown, err := s.client.ListAudit(t.Context(), &orchestratorv1.ListAuditRequest{Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN})
	require.NoError(t, err)
	require.Len(t, unknown.GetEntries(), 1)
	e := unknown.GetEntries()[0]
	require.Equal(t, "OrchestratorService/CreateToken", e.GetLine().GetWhat())
	require.Equal(t, "ann", e.GetLine().GetWho())
	require.Nil(t, e.GetEndedAt())
	again, err := s.client.CancelRun(t.Context(), &orchestratorv1.CancelRunRequest{Run: "run_nothing", RequestedBy: "ann"})
	require.Error(t, err, "%v", again)

	require.Eventually(t, func() bool { return s.verify(t).Unsigned <= e.GetLine().GetNumber() }, time.Minute, 50*time.Millisecond, "the new gateway signs its own")
	require.Empty(t, s.verify(t).Faults)
	require.EqualValues(t, 2, s.verify(t).Chains)
}

// Two replicas write at once, and the database's owner changes a line behind their backs.
func TestTwoGatewaysAndAnOwnerWhoChangesALine(t *testing.T) {
	s := setup(t)
	other, stop := s.anotherGateway(t)
	for range 5 {
		for _, c := range []orchestratorv1.OrchestratorServiceClient{s.client, other} {
			_, err := c.CreateToken(t.Context(), &orchestratorv1.CreateTokenRequest{Name: "ci", Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true, RequestedBy: "ann"})
			require.NoError(t, err)
		}
	}
	stop()
	got := s.verify(t)
	require.Empty(t, got.Faults)
	require.EqualValues(t, 2, got.Chains)
	require.EqualValues(t, 2*(1+10)+2+1, got.Lines, "of each its start, and two lines for each change; the dataset was applied, and the export itself began")

	conn, err := pgx.Connect(t.Context(), s.url)
	require.NoError(t, err)
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	_, err = conn.Exec(t.Context(), `update sf_orchestrator.audit_line set who = 'bob' where number = 6`)
	require.NoError(t, err)
	got = s.verify(t)
	require.Len(t, got.Faults, 2, "one in each chain")
	for _, f := range got.Faults {
		require.EqualValues(t, 6, f.Number)
		require.Contains(t, f.What, "the line was changed")
	}
}

// verify exports the log through the gateway, and verifies it with the public key alone.
func (s *suite) verify(t *testing.T) audit.Report {
	t.Helper()
	public, err := audit.ReadPublic(s.AuditPublicKey())
	require.NoError(t, err)
	v := audit.NewVerifier(public)
	stream, err := s.client.ExportAudit(t.Context(), &orchestratorv1.ExportAuditRequest{})
	require.NoError(t, err)
	for m := (&orchestratorv1.ExportAuditResponse{}); m.GetResult() == nil; {
		m, err = stream.Recv()
		require.NoError(t, err)
		v.Take(m)
	}
	return v.Report()
}

// anotherGateway is a second replica, in this process.
func (s *suite) anotherGateway(t *testing.T) (orchestratorv1.OrchestratorServiceClient, func()) {
	t.Helper()
	key := filepath.Join(t.TempDir(), "audit-key")
	text, err := os.ReadFile(filepath.Join(filepath.Dir(s.AuditPublicKey()), "audit-key"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(key, text, 0o600))
	at := make(chan net.Addr, 1)
	spec := gateway.Daemon(gateway.Config{
		HTTPListen: "127.0.0.1:0", Auth: "none", AuditKey: key, AuditCheckpoints: []string{key + ".checkpoints"},
		IngestAddr: s.Address(cluster.Ingest), QualityAddr: s.Address(cluster.Quality),
		SnapshotAddr: s.Address(cluster.Snapshot), OrchestratorAddr: s.Address(cluster.Orchestrator),
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() {
		done <- daemon.Run(ctx, spec, daemon.Config{
			Listen: "127.0.0.1:0", Log: telemetry.Discard(), Listening: func(a net.Addr) { at <- a }, Door: s.Door(cluster.Gateway), Drain: &grpcserver.Drain{},
		})
	}()
	ended := false
	stop := func() {
		if !ended {
			ended = true
			cancel()
			require.NoError(t, <-done)
		}
	}
	t.Cleanup(stop)
	conn, err := grpcserver.Dial((<-at).String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return orchestratorv1.NewOrchestratorServiceClient(conn), stop
}
