package faults

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/test/extract"
)

// TestAPostmasterThatIsKilledAgainAndAgain keeps the promise of who keeps a PostgreSQL
// of their own, as `sfctl dev` does. The postmaster is killed in one step after another
// while the step's own session computes on, hears nothing of it, and holds the memory
// that the next server needs. Each time it is started again, on the same port, and the
// run ends as if nothing had been.
func TestAPostmasterThatIsKilledAgainAndAgain(t *testing.T) {
	want := undisturbed()(t)
	s := setup(t)
	s.succeed(t, extract.January, "month_000")
	keep(t)
	steps := []string{"stage", "validate", "publish"}
	computeIn(t, s.url, steps)
	url := ground.Server.URL("")

	run := s.start(t, extract.February, "month_001")
	for i := range steps {
		computes(t, s.url, i)
		exec1(t, s.url, fmt.Sprintf("delete from public.computing where step = %d", i))
		killPostmaster(t)
	}

	r := s.wait(t, run)
	require.Equal(t, orchestratorv1.RunState_RUN_STATE_SUCCEEDED, r.GetState(), "%s\n%s", r.GetMessage(), s.logs(t))
	require.Equal(t, want, s.state(t), "the same as without the kills")
	require.Equal(t, url, ground.Server.URL(""))
}

// keep starts the server again whenever it ends, until the test does.
func keep(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- ground.Server.Keep(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-result)
	})
}

const computeLock = 8614

// computeIn makes each step's session compute in its middle for as long as the step
// stands in public.computing: the table says so to a server that was killed as well.
func computeIn(t *testing.T, url string, steps []string) {
	t.Helper()
	exec1(t, url, fmt.Sprintf(`
		create table public.computing (step integer);
		insert into public.computing select generate_series(0, %d);
		create function public.compute() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
		begin
			if exists (select from public.computing where step = tg_argv[0]::integer) then
				perform pg_advisory_xact_lock_shared(%d, tg_argv[0]::integer);
				perform count(*) from generate_series(1, 1000000000000) n;
			end if;
			return new;
		end $$`, len(steps)-1, computeLock))
	for i, step := range steps {
		m := middles[step]
		exec1(t, url, fmt.Sprintf("create trigger compute%d before %s on %s for each row %s execute function public.compute(%d)",
			i, m.when, m.table, m.condition, i))
	}
}

// computes waits until a session computes in the middle of a step.
func computes(t *testing.T, url string, step int) {
	t.Helper()
	require.Eventually(t, func() bool {
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			return false
		}
		defer func() { _ = conn.Close(context.Background()) }()
		var there bool
		err = conn.QueryRow(t.Context(), `select exists (select from pg_locks
			where locktype = 'advisory' and classid = $1 and objid = $2 and granted)`, computeLock, step).Scan(&there)
		return err == nil && there
	}, time.Minute, 20*time.Millisecond, "the session of step %d computes", step)
}

// killPostmaster kills the postmaster alone, and waits for the next one.
func killPostmaster(t *testing.T) {
	t.Helper()
	pid := ground.Server.Pid()
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.Eventually(t, func() bool { return ground.Server.Pid() != pid }, time.Minute, 10*time.Millisecond, "it is started again")
}
