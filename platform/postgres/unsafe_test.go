package postgres_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
)

// A session in which foreign keys and triggers are switched off, or damaged pages are
// read as empty, is not worked in. What was said takes the setting away.
func TestASessionThatIsNotSafeIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ setting, value, set, mend string }{
		"of the role in the database": {"session_replication_role", "replica",
			`alter role sf_ingest in database "%" set session_replication_role = replica`,
			`alter role "sf_ingest" in database "%" reset session_replication_role`},
		"of the database": {"session_replication_role", "replica",
			`alter database "%" set session_replication_role = 'replica'`, `alter database "%" reset session_replication_role`},
		"damaged pages": {"zero_damaged_pages", "on",
			`alter role sf_ingest in database "%" set zero_damaged_pages = on`, `alter role "sf_ingest" in database "%" reset zero_damaged_pages`},
		"checksums": {"ignore_checksum_failure", "on",
			`alter database "%" set ignore_checksum_failure = on`, `alter database "%" reset ignore_checksum_failure`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			db.Exec(t, named(tc.set, db.Name))
			pool := db.Pool(t, "sf_ingest")

			_, err := pool.Exec(t.Context(), "select 1")

			require.ErrorContains(t, err, "expected "+tc.setting+" not to be "+tc.value+", found that it is")
			require.ErrorContains(t, err, named(tc.mend, db.Name))
			require.True(t, postgres.Transient(err), "it goes on once the setting is gone")
			require.Error(t, pool.Knock(t.Context()), "and is not ready until then")
			db.Exec(t, named(tc.mend, db.Name))
			_, err = pool.Exec(t.Context(), "select 1")
			require.NoError(t, err, "what was said mends it")
		})
	}
}

func named(sql, database string) string { return strings.ReplaceAll(sql, "%", database) }

// Through the address, as an application may do that loads data.
func TestAnAddressThatSwitchesTriggersOffIsRefused(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	url := db.OwnerURL()
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	pool, err := postgres.Open(postgres.PoolConfig{URL: url + separator + "options=-csession_replication_role%3Dreplica"})
	require.NoError(t, err)
	defer pool.Close()

	_, err = pool.Exec(t.Context(), "select 1")

	require.ErrorContains(t, err, "take it out of the options of the database's address")
}

// "local" is told apart: triggers and foreign keys are as they always are under it.
func TestASessionOfAnotherRoleOfReplicationIsWorkedIn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `alter database "`+db.Name+`" set session_replication_role = 'local'`)

	_, err := db.Pool(t, "sf_ingest").Exec(t.Context(), "select 1")

	require.NoError(t, err)
}

// What is committed stands on the disk of the server at least; who waits for standbys as
// well does so still.
func TestCommitsAreNotLeftToChance(t *testing.T) {
	t.Parallel()
	for theirs, want := range map[string]string{"off": "local", "local": "local", "on": "on", "remote_write": "remote_write", "remote_apply": "remote_apply"} {
		db := pgtest.New(t)
		db.Exec(t, "alter role sf_ingest in database "+db.Name+" set synchronous_commit = "+theirs)
		pool := db.Pool(t, "sf_ingest")
		tx, err := pool.Begin(t.Context())
		require.NoError(t, err)
		for _, q := range []postgres.Querier{pool, tx} {
			var got string
			require.NoError(t, q.QueryRow(t.Context(), "show synchronous_commit").Scan(&got))
			require.Equal(t, want, got)
		}
		require.NoError(t, tx.Rollback(t.Context()))
	}
}
