package command

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// What a shell has for another server does not reach the private one.
func TestTheShellsServerIsNotTheSuites(t *testing.T) { //nolint:paralleltest // it sets the environment
	const private = "postgres://postgres:secret@127.0.0.1:5432/streamflow?sslmode=disable"
	for name, value := range map[string]string{
		"PGSERVICE": "nobody", "PGCONNECT_TIMEOUT": "abc", "PGSSLROOTCERT": "/nowhere", "PGTARGETSESSIONATTRS": "standby", "PGOPTIONS": "-c statement_timeout=1",
	} {
		t.Setenv(name, value)
	}
	t.Setenv("SF_OF_PG", "stays")
	_, err := pgx.ParseConfig(private)
	require.Error(t, err, "the library reads it")

	require.NoError(t, leaveOtherServers())

	cfg, err := pgx.ParseConfig(private)
	require.NoError(t, err)
	require.NotContains(t, cfg.RuntimeParams, "options")
	require.Equal(t, "stays", os.Getenv("SF_OF_PG"))
}
