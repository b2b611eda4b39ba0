package patience_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/patience"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
)

// short is a patience whose tries a test can wait for.
func short(tries int) patience.Patience {
	return patience.Patience{LockTimeout: 50 * time.Millisecond, Tries: tries}
}

// setup makes a table that sf_ingest owns, so that it may alter it.
func setup(t *testing.T) (*pgtest.Database, *postgres.Pool) {
	t.Helper()
	db := pgtest.New(t)
	db.Exec(t, "create table public.wanted (v integer); alter table public.wanted owner to sf_ingest; insert into public.wanted values (1)")
	return db, db.Pool(t, "sf_ingest")
}

// hold lets a person's session read the table in a transaction that stays open.
func hold(t *testing.T, db *pgtest.Database) (release func()) {
	t.Helper()
	tx, err := db.Owner.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "select * from public.wanted")
	require.NoError(t, err)
	release = func() { _ = tx.Rollback(context.Background()) }
	t.Cleanup(release)
	return release
}

// widen counts its tries, and needs the whole table for itself.
func widen(tries *int) func(context.Context, *pgx.Conn) error {
	return func(ctx context.Context, conn *pgx.Conn) error {
		*tries++
		_, err := conn.Exec(ctx, "insert into public.wanted values (2); alter table public.wanted alter v type bigint")
		return err
	}
}

func TestALockThatIsFreeTakesOneTry(t *testing.T) {
	t.Parallel()
	db, pool := setup(t)
	tries := 0

	require.NoError(t, short(1).Tx(t.Context(), db.Fence(t, "shop"), pool, "public.wanted", widen(&tries)))

	require.Equal(t, 1, tries)
	require.Equal(t, []string{"bigint"}, db.Rows(t, "select distinct pg_typeof(v)::text from public.wanted"))
}

func TestALockThatStaysIsGivenUp(t *testing.T) {
	t.Parallel()
	db, pool := setup(t)
	hold(t, db)
	tries := 0

	err := short(3).Tx(t.Context(), db.Fence(t, "shop"), pool, "public.wanted", widen(&tries))

	require.True(t, problem.Is(err, problem.DatabaseUnavailable), "%v", err)
	require.Equal(t, 3, tries)
	require.ErrorContains(t, err, "another session holds a lock on public.wanted, 3 tries of 50ms each could not have it")
	require.True(t, postgres.IsLockTimeout(err), "the cause is kept")
	require.Equal(t, []string{"1"}, db.Rows(t, "select v from public.wanted"), "no try leaves half of its work")
}

func TestALockThatIsLetGoIsHadAtTheNextTry(t *testing.T) {
	t.Parallel()
	db, pool := setup(t)
	release := hold(t, db)
	tries := 0

	err := short(100).Tx(t.Context(), db.Fence(t, "shop"), pool, "public.wanted", func(ctx context.Context, conn *pgx.Conn) error {
		if tries == 1 {
			release()
		}
		return widen(&tries)(ctx, conn)
	})

	require.NoError(t, err)
	require.Equal(t, 2, tries)
	require.Equal(t, []string{"1", "2"}, db.Rows(t, "select v from public.wanted order by v"), "the try that failed was rolled back")
}

// Whoever waits for ALTER TABLE makes every reader wait that comes after: between two
// tries they get through.
func TestReadersComeThroughBetweenTries(t *testing.T) {
	t.Parallel()
	db, pool := setup(t)
	release := hold(t, db)
	done := make(chan error, 1)
	f := db.Fence(t, "shop")
	go func() {
		tries := 0
		done <- patience.Patience{LockTimeout: 50 * time.Millisecond, Tries: 1000}.Tx(t.Context(), f, pool, "public.wanted", widen(&tries))
	}()

	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		var n int
		require.NoError(t, db.Owner.QueryRow(ctx, "select count(*) from public.wanted").Scan(&n), "while the other session holds its lock")
		cancel()
		require.Equal(t, 1, n)
	}
	release()
	require.NoError(t, <-done)
}

func TestOtherErrorsAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	db, pool := setup(t)
	own := errors.New("not for patience")
	for name, c := range map[string]struct {
		fn   func(context.Context, *pgx.Conn) error
		held func(error) bool
	}{
		"an error of the work's own": {
			func(context.Context, *pgx.Conn) error { return own },
			func(err error) bool { return errors.Is(err, own) },
		},
		"an error of PostgreSQL": {
			func(ctx context.Context, conn *pgx.Conn) error {
				_, err := conn.Exec(ctx, "select * from public.not_there")
				return err
			},
			postgres.IsUndefinedTable,
		},
	} {
		tries := 0
		err := short(5).Tx(t.Context(), db.Fence(t, "shop"), pool, "public.wanted", func(ctx context.Context, conn *pgx.Conn) error {
			tries++
			return c.fn(ctx, conn)
		})
		require.True(t, c.held(err), "%s: %v", name, err)
		require.Equal(t, 1, tries, name)
	}
}

func TestAFenceThatIsLostEndsPatience(t *testing.T) {
	t.Parallel()
	db, pool := setup(t)
	old := db.Fence(t, "shop")
	db.Fence(t, "shop")
	tries := 0

	err := short(5).Tx(t.Context(), old, pool, "public.wanted", widen(&tries))

	require.True(t, problem.Is(err, problem.FenceLost), "%v", err)
	require.LessOrEqual(t, tries, 1)
	require.Equal(t, []string{"integer"}, db.Rows(t, "select distinct pg_typeof(v)::text from public.wanted"))
}

func TestPatienceEndsWithItsContext(t *testing.T) {
	t.Parallel()
	db, pool := setup(t)
	hold(t, db)
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0

	err := short(1000).Tx(ctx, db.Fence(t, "shop"), pool, "public.wanted", func(ctx context.Context, conn *pgx.Conn) error {
		err := widen(&tries)(ctx, conn)
		cancel() // it is asked to stop while it waits
		return err
	})

	require.Error(t, err)
	require.Equal(t, 1, tries)
}
