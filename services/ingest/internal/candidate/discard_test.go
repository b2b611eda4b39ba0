package candidate_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/candidate"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

// staged is a batch with one candidate for each of the tables, of three rows.
func staged(t *testing.T, pool *postgres.Pool, id string, tables ...string) *ingestv1.Batch {
	t.Helper()
	b := &ingestv1.Batch{Id: id, Dataset: "shop", DatasetVersion: "v1", AsOf: "2024-01-31", State: ingestv1.BatchState_BATCH_STATE_STAGED}
	require.NoError(t, store.Begin(t.Context(), pool, b))
	for _, table := range tables {
		to := candidate.Name(id, 1, table)
		_, err := pool.Exec(t.Context(), "create unlogged table "+to.SQL()+" as select pg_catalog.generate_series(1, 3) as id")
		require.NoError(t, err)
		require.NoError(t, store.AddRelation(t.Context(), pool, id, to.Name))
		b.Tables = append(b.Tables, &stepv1.DeliveredTable{Table: table, Candidate: &stepv1.Candidate{Table: table, Relation: to.Proto(), Rows: 3}})
	}
	require.NoError(t, store.Staged(t.Context(), pool, b))
	return b
}

func tables(t *testing.T, db *pgtest.Database) []string {
	t.Helper()
	return db.Rows(t, "select relname from pg_class where relnamespace = 'sf_staging'::regnamespace and relkind = 'r' order by 1")
}

func TestCandidatesAreVerified(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool := db.Pool(t, "sf_ingest")
	b := staged(t, pool, "bat_1", "users", `o"dd`)
	b.Tables = append(b.Tables, &stepv1.DeliveredTable{Table: "unreadable"}) // a file without a candidate
	verify := func() error { return candidate.Verify(t.Context(), pool, b.GetId(), b.GetTables()) }
	require.NoError(t, verify())
	require.NoError(t, candidate.Verify(t.Context(), pool, "bat_2", nil), "of none")
	for _, spoil := range []struct{ sql, says string }{
		{`delete from sf_staging."bat_1_f1_o""dd" where id = 1`, "sf_staging.bat_1_f1_o\"dd holds 2 rows, and 3 were staged"},
		{`insert into sf_staging."bat_1_f1_o""dd" values (7), (8)`, "holds 4 rows, and 3 were staged"},
		{"truncate sf_staging.bat_1_f1_users", "sf_staging.bat_1_f1_users holds 0 rows"},
		{"drop table sf_staging.bat_1_f1_users", "a relation of it is not there"},
	} {
		db.Exec(t, spoil.sql)

		err := verify()

		require.Equal(t, problem.StagingLost, problem.FromError(err).Reason, spoil.sql)
		require.ErrorContains(t, err, spoil.says)
		require.NotContains(t, err.Error(), "stage the batch again", "the run does so by itself, as its reason says")
	}
}

func TestDiscardTakesAllOrNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool := db.Pool(t, "sf_ingest")
	f := db.Fence(t, "shop")
	staged(t, pool, "bat_1", "users", "orders")
	staged(t, pool, "bat_2", "users")
	holder, err := db.Owner.Begin(context.Background())
	require.NoError(t, err)
	defer func() { _ = holder.Rollback(context.Background()) }()
	_, err = holder.Exec(t.Context(), "lock table sf_staging.bat_1_f1_users in access share mode")
	require.NoError(t, err)

	held := candidate.Discard(t.Context(), pool, f, "bat_1")
	all := tables(t, db)
	require.NoError(t, holder.Rollback(context.Background()))

	require.Equal(t, problem.DatabaseUnavailable, problem.FromError(held).Reason, "who reads it is waited for, and not for long")
	require.Len(t, all, 3, "nothing is dropped by halves")
	require.NoError(t, candidate.Discard(t.Context(), pool, f, "bat_1"))
	require.Equal(t, []string{"bat_2_f1_users"}, tables(t, db))
	require.Equal(t, []string{"DISCARDED", "STAGED"}, db.Rows(t, "select state from sf_ingest.batch order by 1"))
	require.NoError(t, candidate.Discard(t.Context(), pool, f, "bat_1"), "again")
	require.NoError(t, candidate.Discard(t.Context(), pool, f, "bat_unknown"))
	require.Equal(t, problem.InvalidRequest, problem.FromError(candidate.Discard(t.Context(), pool, db.Fence(t, "other"), "bat_2")).Reason)
	db.Fence(t, "shop")
	require.Equal(t, problem.FenceLost, problem.FromError(candidate.Discard(t.Context(), pool, f, "bat_2")).Reason)
	require.Equal(t, []string{"bat_2_f1_users"}, tables(t, db))
}

// What attempts left over is dropped one by one: who holds one keeps that one alone.
func TestLeftoversAreDroppedOneByOne(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool := db.Pool(t, "sf_ingest")
	staged(t, pool, "bat_1", "a", "b", "c")
	holder, err := db.Owner.Begin(context.Background())
	require.NoError(t, err)
	defer func() { _ = holder.Rollback(context.Background()) }()
	_, err = holder.Exec(t.Context(), "lock table sf_staging.bat_1_f1_b in access share mode")
	require.NoError(t, err)

	err = candidate.DropAll(t.Context(), pool, db.Fence(t, "shop"), "bat_1")

	require.ErrorContains(t, err, "drop sf_staging.bat_1_f1_b")
	require.Equal(t, []string{"bat_1_f1_b"}, tables(t, db))
	left, err := store.Relations(t.Context(), pool, "bat_1")
	require.NoError(t, err)
	require.Equal(t, []string{"bat_1_f1_b"}, left)
	require.NoError(t, holder.Rollback(context.Background()))
	require.NoError(t, candidate.DropAll(t.Context(), pool, db.Fence(t, "shop"), "bat_1"))
	require.Empty(t, tables(t, db))
}
