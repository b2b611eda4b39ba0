package e2e

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/test/extract"
)

func problemOf(err error) *problem.Error { return problem.FromError(err) }

// watcher polls the live tables and notes every state of the month that it sees.
type watcher struct {
	mu    sync.Mutex
	seen  map[string]bool
	polls int
	err   error
}

// fingerprint is the state of the six live tables as one statement sees it.
const fingerprint = `select concat_ws(' ',
	(select count(*) from users), (select count(*) from subscriptions),
	(select md5(string_agg(u::text, '' order by user_id)) from usage_agg_30d u),
	(select md5(string_agg(p::text, '' order by user_id)) from payments_agg_90d p),
	(select md5(string_agg(s::text, '' order by user_id)) from support_agg_90d s),
	(select md5(string_agg(l::text, '' order by user_id)) from labels l),
	(select count(*) from usage_agg_30d where watch_hours_30d < 0))`

// poll reads until ctx ends; apart says whether the six tables are read in six
// statements of one REPEATABLE READ transaction, or in one statement.
func (w *watcher) poll(ctx context.Context, url string, apart bool) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		w.fail(err)
		return
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for ctx.Err() == nil {
		state, err := look(ctx, conn, apart)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			w.fail(err)
			return
		}
		w.mu.Lock()
		w.seen[state] = true
		w.polls++
		w.mu.Unlock()
	}
}

func (w *watcher) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.err = err
}

func look(ctx context.Context, conn *pgx.Conn, apart bool) (state string, err error) {
	if !apart {
		err = conn.QueryRow(ctx, fingerprint).Scan(&state)
		return state, err
	}
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return "", err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	var parts []string
	for _, table := range liveTables {
		var part string
		q := fmt.Sprintf("select count(*) || coalesce(md5(string_agg(r::text, '' order by user_id)), '') from %s r", table)
		if err := tx.QueryRow(ctx, q).Scan(&part); err != nil {
			return "", err
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, " "), nil
}

// TestReadersNeverSeeHalfAMonth polls through a month that is published, one that
// fails, and one that comes again.
func TestReadersNeverSeeHalfAMonth(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	bad := extract.Copy(t, february)
	extract.SetField(t, bad, "usage_agg_30d.csv", 7044, "watch_hours_30d", "-1.5")
	s.succeed(t, extract.January, january)

	for _, apart := range []bool{false, true} {
		w := &watcher{seen: map[string]bool{}}
		ctx, stop := context.WithCancel(t.Context())
		var readers sync.WaitGroup
		for range 2 {
			readers.Go(func() { w.poll(ctx, s.OwnerURL(), apart) })
		}
		if !apart {
			require.NotEmpty(t, s.run(t, extract.February, bad).GetReason())
			s.succeed(t, extract.February, february)
		} else {
			march := extract.Copy(t, january)
			extract.SetField(t, march, "labels.csv", 2, "churn_label", "True")
			s.succeed(t, "2024-03-31", march)
		}
		stop()
		readers.Wait()
		require.NoError(t, w.err)
		require.Positive(t, w.polls)
		require.LessOrEqual(t, len(w.seen), 2, "the month before, and the month after; nothing between (%d polls)", w.polls)
		for state := range w.seen {
			if !apart {
				require.True(t, strings.HasSuffix(state, " 0"), "no bad value was ever live: %s", state)
			}
		}
	}
}
