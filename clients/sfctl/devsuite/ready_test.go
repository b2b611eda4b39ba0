package devsuite_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/devsuite"
	"github.com/streamflow/streamflow/dataset/builtin"
	"github.com/streamflow/streamflow/platform/privatepg"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// A script waits for /readyz, and starts its run then: at the first moment that it says
// ready the built-in dataset is registered, however long that took.
func TestReadySaysThatTheBuiltInDatasetIsThere(t *testing.T) {
	t.Parallel()
	dir, source := folder(t), month(t, 50)
	server, err := privatepg.Start(context.Background(), privatepg.Options{Dir: filepath.Join(dir, "postgres"), Fast: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	told := make(httpAddress, 1)
	cfg := config("")
	cfg.DatabaseURL, cfg.Log = server.URL("postgres"), slog.New(told)
	registering := holdRegistration(t, cfg.DatabaseURL)
	started := startLater(t, cfg)

	registering.reached(t)
	select {
	case at := <-told:
		require.Never(t, func() bool { return get(at, "/readyz") == 200 }, 500*time.Millisecond, time.Millisecond, "not registered, and not ready")
		told <- at
	case <-time.After(500 * time.Millisecond): // nothing listens there yet
	}
	registering.letGo(t)
	at := told.within(t, time.Minute)
	for deadline := time.Now().Add(time.Minute); get(at, "/readyz") != 200; {
		require.True(t, time.Now().Before(deadline), "not ready within a minute")
	}
	answer := post(t, at, "/v1/datasets/"+builtin.Name+"/runs", fmt.Sprintf(`{"as_of": "2024-01-31", "source": %q, "requested_by": "test"}`, source))

	require.Contains(t, answer, `"id":`, "it has begun, and did not look for a dataset in vain")
	s := <-started
	require.NotNil(t, s)
	c := client(t, s.GRPCAddr())
	runs, err := c.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{Dataset: builtin.Name})
	require.NoError(t, err)
	require.Len(t, runs.GetRuns(), 1)
	run := ended(t, c, runs.GetRuns()[0].GetId())
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, run.GetState(), run.GetMessage())
}

// startLater starts a suite beside the test, which gets it once the start has returned.
func startLater(t *testing.T, cfg devsuite.Config) <-chan *devsuite.Suite {
	t.Helper()
	started, stopped := make(chan *devsuite.Suite, 1), make(chan struct{})
	ctx, giveUp := context.WithCancel(context.Background())
	go func() {
		defer close(stopped)
		s, err := devsuite.Start(ctx, cfg)
		if err != nil {
			t.Error("start:", err)
			close(started)
			return
		}
		started <- s
		<-ctx.Done()
		_ = s.Stop(context.Background())
	}()
	t.Cleanup(func() { giveUp(); <-stopped })
	return started
}

// httpAddress is a log that listens for where HTTP is answered.
type httpAddress chan string

func (httpAddress) Enabled(context.Context, slog.Level) bool { return true }
func (h httpAddress) WithAttrs([]slog.Attr) slog.Handler     { return h }
func (h httpAddress) WithGroup(string) slog.Handler          { return h }

func (h httpAddress) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if r.Message == "listening" && a.Key == "http" {
			h <- a.Value.String()
		}
		return true
	})
	return nil
}

// within waits for the address.
func (h httpAddress) within(t *testing.T, limit time.Duration) string {
	t.Helper()
	select {
	case at := <-h:
		return at
	case <-time.After(limit):
		require.Fail(t, "nothing listens for HTTP")
		return ""
	}
}

const registrationLock = 8615

// held is the registration of a dataset that stands still in the middle.
type held struct{ conn *pgx.Conn }

// holdRegistration has the first registration in a database that is not yet migrated wait:
// the table is given its trigger as soon as a migration has made it.
func holdRegistration(t *testing.T, url string) held {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	_, err = conn.Exec(t.Context(), fmt.Sprintf(`
		create function public.wait() returns trigger language plpgsql as
			'begin perform pg_catalog.pg_advisory_xact_lock(%d); return new; end';
		create function public.hold() returns event_trigger language plpgsql as $$
		begin
			if pg_catalog.to_regclass('sf_orchestrator.dataset_version') is not null
				and not exists (select from pg_catalog.pg_trigger where tgname = 'hold') then
				create trigger hold before insert on sf_orchestrator.dataset_version for each row execute function public.wait();
			end if;
		end $$;
		create event trigger hold on ddl_command_end when tag in ('CREATE TABLE') execute function public.hold();
		select pg_advisory_lock(%[1]d)`, registrationLock))
	require.NoError(t, err)
	return held{conn}
}

// reached waits until a registration waits.
func (h held) reached(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		var waits bool
		err := h.conn.QueryRow(t.Context(), `select exists (select from pg_locks
			where locktype = 'advisory' and objid = $1 and not granted)`, registrationLock).Scan(&waits)
		require.NoError(t, err)
		return waits
	}, 90*time.Second, 10*time.Millisecond, "the built-in dataset is registered")
}

// letGo lets it go on, and takes the triggers away, which a run need not meet.
func (h held) letGo(t *testing.T) {
	t.Helper()
	_, err := h.conn.Exec(t.Context(), "drop event trigger hold")
	require.NoError(t, err)
	require.NoError(t, h.conn.Close(t.Context()))
}

// get is the status of an answer, 0 for none.
func get(address, path string) int {
	resp, err := http.Get("http://" + address + path)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// post posts JSON, and returns the answer to it, which has to be that it was accepted.
func post(t *testing.T, address, path, body string) string {
	t.Helper()
	resp, err := http.Post("http://"+address+path, "application/json", strings.NewReader(body))
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, resp.StatusCode, "%s", answer)
	return string(answer)
}
