package ingest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest"
)

// Tests of this file end processes, PostgreSQL among them, and therefore do not run
// beside others.

// asDaemon makes the test binary an ingestd: tests need one that they can kill.
const asDaemon = "SF_TEST_INGESTD"

func daemonMain() int {
	return daemon.Command(context.Background(), ingest.Daemon(ingest.Config{}), []string{"serve", "--listen", "127.0.0.1:0"}, nil, os.Stderr)
}

// ingestd is a process of its own.
type ingestd struct {
	*exec.Cmd
	client ingestv1.IngestServiceClient
}

// start starts an ingestd for the house, and waits until it is ready.
func (h *house) start() *ingestd {
	h.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asDaemon+"=1", "SF_DATABASE_URL="+h.db.URL("sf_ingest"), "SF_SOURCE_ROOTS="+h.root, "SF_LOG_FORMAT=text")
	out, err := cmd.StderrPipe()
	require.NoError(h.t, err)
	require.NoError(h.t, cmd.Start())
	h.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address, ready := make(chan string, 1), make(chan struct{})
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			if _, a, ok := strings.Cut(s.Text(), "msg=listening service=ingest address="); ok {
				a, _, _ = strings.Cut(a, " ")
				address <- a
			}
			if strings.Contains(s.Text(), "msg=ready") {
				close(ready)
			}
		}
	}()
	conn, err := grpcserver.Dial(<-address)
	require.NoError(h.t, err)
	h.t.Cleanup(func() { _ = conn.Close() })
	<-ready
	return &ingestd{Cmd: cmd, client: ingestv1.NewIngestServiceClient(conn)}
}

// manyOrders is the shop with n orders of the given number of items.
func manyOrders(n, items int) files {
	var b strings.Builder
	b.WriteString("id,customer,amount,items,weight\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,c1,1,%d,1\n", i+1, items)
	}
	return goods.with("orders.csv", b.String())
}

func TestIngestKilledWhileStaging(t *testing.T) {
	h := open(t, shop)
	first, second := h.start(), h.start()
	req := h.request(january, h.deliver("d", manyOrders(300_000, 1)))
	stream, err := first.client.Stage(context.Background(), req)
	require.NoError(t, err)
	for copying := false; !copying; {
		m, err := stream.Recv()
		require.NoError(t, err)
		copying = m.GetProgress().GetTable() == "orders" && m.GetProgress().GetPhase() == "copy"
	}

	require.NoError(t, first.Process.Kill())
	h.client, h.fence = second.client, h.db.Fence(t, "shop")
	req.Context = h.context()
	b, err := h.stageRequest(req)

	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
	require.Equal(t, []string{"300000"}, h.db.Rows(t, "select count(*) from "+candidate(t, b, "orders")))
	r, err := h.publish(b.GetId())
	require.NoError(t, err)
	requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 300_000, Inserted: 300_000})
	require.NoError(t, h.discard(b.GetId()))
	h.waitFor("select where not exists (select from pg_class where relnamespace = 'sf_staging'::regnamespace)")
}

// A process that is stopped in the middle of a copy holds its own candidate, and
// nothing that whoever takes over needs.
func TestAStoppedStageKeepsNobodyWaiting(t *testing.T) {
	h := open(t, shop)
	first, second := h.start(), h.start()
	req := h.request(january, h.deliver("d", manyOrders(1_000_000, 1)))
	stream, err := first.client.Stage(context.Background(), req)
	require.NoError(t, err)
	for copying := false; !copying; {
		m, err := stream.Recv()
		require.NoError(t, err)
		copying = m.GetProgress().GetTable() == "orders" && m.GetProgress().GetRowsDone() > 0
	}
	require.NoError(t, first.Process.Signal(syscall.SIGSTOP))
	h.deliver("d", goods)

	h.client = second.client
	_, err = h.stageRequest(req) // as when the connection went, and the call is sent again elsewhere
	require.True(t, problem.Transient(err), "it waits a while and says so: %v", err)
	h.client, h.fence = second.client, h.db.Fence(t, "shop")
	req.Context = h.context()
	b, err := h.stageRequest(req)
	require.NoError(t, err)
	_, err = h.publish(b.GetId())
	require.NoError(t, err)
	require.NoError(t, h.discard(b.GetId()))

	require.NotEmpty(t, h.db.Rows(t, "select from pg_stat_activity where query like 'copy %orders%' and state = 'active' and pid <> pg_backend_pid()"), "the first one still holds what it held")
}

func TestIngestKilledWhilePublishing(t *testing.T) {
	h := open(t, shop)
	first := h.start()
	h.client = first.client
	h.published(january, manyOrders(50_000, 1))
	before := h.db.Rows(t, "select count(*), sum(items) from orders")
	b := h.stage(february, manyOrders(50_000, 2))
	done := make(chan error, 1)
	go func() { _, err := h.publish(b.GetId()); done <- err }()
	h.waitFor("select from pg_stat_activity where usename = 'sf_ingest' and query like 'with diff%' and state = 'active'")

	require.NoError(t, first.Process.Kill())
	require.Error(t, <-done)
	require.Equal(t, before, h.db.Rows(t, "select count(*), sum(items) from orders"))
	h.client, h.fence = h.start().client, h.db.Fence(t, "shop")
	r, err := h.publish(b.GetId())

	require.NoError(t, err)
	requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 50_000, Updated: 50_000})
	require.Equal(t, []string{"50000|100000"}, h.db.Rows(t, "select count(*), sum(items) from orders"))
}

// A process that is stopped, not dead, wakes after another took over.
func TestAStoppedIngestCannotCommit(t *testing.T) {
	h := open(t, shop)
	stopped, other := h.start(), h.start()
	h.client = stopped.client
	h.published(january, goods)
	b := h.stage(february, second)
	blocker, err := h.db.Owner.Begin(context.Background())
	require.NoError(t, err)
	defer func() { _ = blocker.Rollback(context.Background()) }()
	_, err = blocker.Exec(context.Background(), "lock table customers in share row exclusive mode")
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { _, err := h.publish(b.GetId()); done <- err }()
	h.waitFor("select from pg_stat_activity where wait_event_type = 'Lock' and query like 'lock table%'")

	require.NoError(t, stopped.Process.Signal(syscall.SIGSTOP))
	require.NoError(t, blocker.Rollback(context.Background()))
	taken := *h
	taken.client, taken.fence = other.client, h.db.Fence(t, "shop")
	r, takenErr := publishUntilFree(&taken, b.GetId())
	require.NoError(t, stopped.Process.Signal(syscall.SIGCONT))

	require.Error(t, <-done, "the first one's transaction is gone")
	require.NoError(t, takenErr)
	requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 3, Inserted: 1, Updated: 1, Unchanged: 1, Departed: 1})
	require.Equal(t, []string{"(1,c1,10.50,2,0.5)", "(2,c2,99999.99,4,0.001)", "(3,c1,,,)", "(4,c4,5.00,1,1)"}, h.live()["orders"])
}

// publishUntilFree publishes as the orchestrator does: a fault that may pass is tried
// again.
func publishUntilFree(h *house, batch string) (*ingestv1.PublishResult, error) {
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		r, err := h.publish(batch)
		if err == nil || !problem.Transient(err) || time.Now().After(deadline) {
			return r, err
		}
	}
}

func TestPostgreSQLCrashesAfterStaging(t *testing.T) {
	h := open(t, shop)
	h.published(january, goods)
	before := h.live()
	req := h.request(february, h.deliver("d", second))
	b, err := h.stageRequest(req)
	require.NoError(t, err)

	require.NoError(t, pgtest.Server().Kill())
	_, down := h.publish(b.GetId())
	require.NoError(t, pgtest.Server().Restart(context.Background()))
	_, lost := publishUntilFree(h, b.GetId())
	unharmed := h.live()
	again, err := h.stageRequest(req)
	require.NoError(t, err)
	r, err := h.publish(again.GetId())

	requireReason(t, problem.DatabaseUnavailable, down)
	requireReason(t, problem.StagingLost, lost)
	require.Equal(t, before, unharmed)
	require.NoError(t, err)
	requireCounts(t, r.GetBatch(), "orders", &stepv1.TableCounts{Rows: 3, Inserted: 1, Updated: 1, Unchanged: 1, Departed: 1})
}

func TestPostgreSQLCrashesWhileStaging(t *testing.T) {
	h := open(t, shop)
	req := h.request(january, h.deliver("d", manyOrders(300_000, 1)))
	stream, err := h.client.Stage(context.Background(), req)
	require.NoError(t, err)
	var crashed error
	for crashed == nil {
		m, err := stream.Recv()
		if crashed = err; m.GetProgress().GetTable() == "orders" && m.GetProgress().GetRowsDone() > 0 {
			require.NoError(t, pgtest.Server().Kill())
			_, _, crashed = last(stream, func(m *ingestv1.StageResponse) *ingestv1.Batch { return m.GetResult().GetBatch() })
		}
	}
	require.NoError(t, pgtest.Server().Restart(context.Background()))

	var b *ingestv1.Batch
	require.Eventually(t, func() bool { b, err = h.stageRequest(req); return err == nil || !problem.Transient(err) }, time.Minute, 100*time.Millisecond)

	requireReason(t, problem.DatabaseUnavailable, crashed)
	require.NoError(t, err)
	require.Equal(t, []string{"300000"}, h.db.Rows(t, "select count(*) from "+candidate(t, b, "orders")))
	require.Len(t, h.staging(), 3, "nothing is left of the first attempt")
}
