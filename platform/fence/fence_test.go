package fence_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/fence"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/problem"
)

func write(v int) func(context.Context, *pgx.Conn) error {
	return func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "insert into public.written values ($1)", v)
		return err
	}
}

func setup(t *testing.T) *pgtest.Database {
	t.Helper()
	db := pgtest.New(t)
	db.Exec(t, "create table public.written (v integer); grant insert on public.written to sf_ingest")
	return db
}

func TestRaiseCountsPerDataset(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	tokens := map[fence.Token]bool{{}: true}
	for _, want := range []fence.Fence{{Dataset: "a", Number: 1}, {Dataset: "a", Number: 2}, {Dataset: "b", Number: 1}} {
		f := db.Fence(t, want.Dataset)
		require.Equal(t, want.Number, f.Number)
		require.False(t, tokens[f.Token], "each has a token of its own")
		tokens[f.Token] = true
	}
}

func TestTxCommitsUnderALiveFence(t *testing.T) {
	t.Parallel()
	db := setup(t)
	f := db.Fence(t, "a")

	require.NoError(t, f.Check(t.Context(), db.Pool(t, "sf_ingest")))
	require.NoError(t, f.Tx(t.Context(), db.Pool(t, "sf_ingest"), write(1)))

	require.Equal(t, []string{"1"}, db.Rows(t, "select v from public.written"))
}

// A function of the users' own may change by what texts mean, for the rest of the
// transaction or of the session: what was written then is not committed, and nobody who
// comes after it in the session reads by it.
func TestATransactionThatChangesWhatTextsMeanIsNotCommitted(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ change, says string }{
		"dates, for the session":        {"perform set_config('DateStyle', 'SQL, DMY', false)", `expected datestyle to stay "ISO, YMD", found "SQL, DMY"`},
		"dates, for the transaction":    {"perform set_config('DateStyle', 'SQL, DMY', true)", `expected datestyle to stay "ISO, YMD", found "SQL, DMY"`},
		"the time zone":                 {"set time zone 'Europe/Berlin'", `expected timezone to stay "UTC", found "Europe/Berlin"`},
		"digits":                        {"perform set_config('extra_float_digits', '-3', false)", `expected extra_float_digits to stay "1", found "-3"`},
		"where names are looked for":    {"perform set_config('search_path', 'public', false)", `expected search_path to stay "pg_catalog, pg_temp", found "public"`},
		"nothing, for whoever is after": {"perform 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := setup(t)
			pool := db.Pool(t, "sf_ingest")
			db.Exec(t, "create function public.hand() returns trigger language plpgsql as $$begin "+tc.change+"; return null; end$$;"+
				"create trigger hand after insert on public.written for each row execute function public.hand()")

			err := db.Fence(t, "a").Tx(t.Context(), pool, write(1))

			if tc.says == "" {
				require.NoError(t, err)
				require.Equal(t, []string{"1"}, db.Rows(t, "select v from public.written"))
				return
			}
			require.ErrorContains(t, err, tc.says)
			require.True(t, problem.Is(err, problem.LiveTableDiffers))
			require.Empty(t, db.Rows(t, "select v from public.written"))
			for range 20 { // whichever session it is
				var day string
				require.NoError(t, pool.QueryRow(t.Context(), "select date '2024-01-31'::text || ' ' || current_setting('TimeZone')").Scan(&day))
				require.Equal(t, "2024-01-31 UTC", day)
			}
		})
	}
}

func TestALostFenceCannotCommit(t *testing.T) {
	t.Parallel()
	db := setup(t)
	pool := db.Pool(t, "sf_ingest")
	old := db.Fence(t, "a")

	err := old.Tx(t.Context(), pool, func(ctx context.Context, conn *pgx.Conn) error {
		if err := write(1)(ctx, conn); err != nil {
			return err
		}
		db.Fence(t, "a") // another worker takes over in the middle
		return nil
	})

	require.True(t, problem.Is(err, problem.FenceLost), "%v", err)
	require.True(t, problem.Is(old.Check(t.Context(), pool), problem.FenceLost))
	require.Empty(t, db.Rows(t, "select v from public.written"))
	require.True(t, problem.Is(fence.Fence{Dataset: "never raised", Number: 1}.Check(t.Context(), pool), problem.FenceLost))
}

func TestTheFenceCannotBeRaisedBetweenAssertionAndCommit(t *testing.T) {
	t.Parallel()
	db := setup(t)
	pool := db.Pool(t, "sf_ingest")
	f := db.Fence(t, "a")
	raised := make(chan time.Time, 1)

	var released time.Time
	err := f.Tx(t.Context(), pool, func(ctx context.Context, conn *pgx.Conn) error {
		if err := f.Check(ctx, conn); err != nil {
			return err
		}
		go func() {
			_, _ = fence.Raise(context.Background(), db.Owner, "a")
			raised <- time.Now()
		}()
		time.Sleep(100 * time.Millisecond)
		released = time.Now()
		return write(1)(ctx, conn)
	})

	require.NoError(t, err)
	require.True(t, (<-raised).After(released), "raising waits for the transaction that asserted")
}

func TestTxRollsBackOnError(t *testing.T) {
	t.Parallel()
	db := setup(t)
	pool := db.Pool(t, "sf_ingest")
	f := db.Fence(t, "a")
	boom := errors.New("boom")

	err := f.Tx(t.Context(), pool, func(ctx context.Context, conn *pgx.Conn) error {
		require.NoError(t, write(1)(ctx, conn))
		return boom
	})

	require.ErrorIs(t, err, boom)
	require.Empty(t, db.Rows(t, "select v from public.written"))
	require.NoError(t, f.Tx(t.Context(), pool, write(2)), "the connection is fit for the next one")
}

func TestTxStopsTheStatementWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	db := setup(t)
	f := db.Fence(t, "a")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()

	err := f.Tx(ctx, db.Pool(t, "sf_ingest"), func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "select pg_sleep(60)")
		return err
	})

	require.Error(t, err)
	require.Eventually(t, func() bool {
		return len(db.Rows(t, "select pid from pg_stat_activity where query like '%pg_sleep(60)%' and state = 'active' and pid <> pg_backend_pid()")) == 0
	}, 5*time.Second, 20*time.Millisecond, "the server no longer works on it")
}

func TestOnlyTheOrchestratorRaises(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	_, err := fence.Raise(t.Context(), db.Pool(t, "sf_ingest"), "a")
	require.ErrorContains(t, err, "permission denied")
	_, err = fence.Raise(t.Context(), db.Pool(t, "sf_orchestrator"), "a")
	require.NoError(t, err)
}

func TestServiceRolesGiveUpLocksWhenTheyAreStopped(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for _, role := range []string{"sf_ingest", "sf_quality", "sf_snapshot", "sf_orchestrator"} {
		var v string
		require.NoError(t, db.Pool(t, role).QueryRow(t.Context(), "show idle_in_transaction_session_timeout").Scan(&v))
		require.Equal(t, "5s", v, role)
	}
}

// A number that is guessed, or read somewhere, is no fence: the token is asked for, and the
// answer tells nothing of what is live.
func TestWhoGuessesANumberCommitsNothing(t *testing.T) {
	t.Parallel()
	db := setup(t)
	pool := db.Pool(t, "sf_ingest")
	live := db.Fence(t, "a")
	db.Fence(t, "b")
	for name, guess := range map[string]fence.Fence{
		"no token":            {Dataset: "a", Number: live.Number},
		"another token":       {Dataset: "a", Number: live.Number, Token: fence.NewToken()},
		"another number":      {Dataset: "a", Number: live.Number + 1, Token: live.Token},
		"another dataset's":   {Dataset: "b", Number: 1, Token: live.Token},
		"a dataset not there": {Dataset: "c", Number: 1, Token: live.Token},
	} {
		err := guess.Tx(t.Context(), pool, write(1))

		require.True(t, problem.Is(err, problem.FenceLost), "%s: %v", name, err)
		require.Empty(t, db.Rows(t, "select v from public.written"), name)
	}
	require.NoError(t, fence.Of(live.Proto()).Tx(t.Context(), pool, write(2)), "it travels whole")
}

func TestALoweredFenceIsNotLive(t *testing.T) {
	t.Parallel()
	db := setup(t)
	pool, owner := db.Pool(t, "sf_ingest"), db.Pool(t, "sf_orchestrator")
	old := db.Fence(t, "a")
	f := db.Fence(t, "a")

	require.NoError(t, old.Lower(t.Context(), owner), "it is not the last: nothing happens")
	require.NoError(t, f.Check(t.Context(), pool))
	require.NoError(t, f.Lower(t.Context(), owner))

	require.True(t, problem.Is(f.Check(t.Context(), pool), problem.FenceLost))
	require.Error(t, f.Lower(t.Context(), pool), "only the orchestrator ends fences")
	require.NoError(t, db.Fence(t, "a").Check(t.Context(), pool))
}

// While replicas are replaced, an orchestrator of the version before raises fences without a
// token, and services of it assert the number alone.
func TestReplicasOfTheVersionBeforeGoOn(t *testing.T) {
	t.Parallel()
	db := setup(t)
	pool := db.Pool(t, "sf_ingest")
	db.Fence(t, "a")
	var number int64
	require.NoError(t, db.Owner.QueryRow(t.Context(), "select sf_platform.raise_fence('a')").Scan(&number))
	require.NoError(t, fence.Fence{Dataset: "a", Number: number}.Check(t.Context(), pool))

	f := db.Fence(t, "a")
	_, err := pool.Exec(t.Context(), "select sf_platform.assert_fence('a', $1)", f.Number)
	require.NoError(t, err)
	require.NoError(t, f.Lower(t.Context(), db.Pool(t, "sf_orchestrator")))
	_, err = pool.Exec(t.Context(), "select sf_platform.assert_fence('a', $1)", f.Number)
	require.Error(t, err)
}
