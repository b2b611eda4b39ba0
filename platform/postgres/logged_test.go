package postgres_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
)

// What a server's log gets of the services' sessions is turned off by the migration; where
// somebody turned it on again, a service says how to turn it off.
func TestWhatTheServersLogGetsIsSaid(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mend, err := db.Pool(t, "sf_ingest").Logged(t.Context())
	require.NoError(t, err)
	require.Empty(t, mend)

	db.Exec(t, "alter role sf_quality in database "+db.Name+" set log_min_error_statement = error")
	db.Exec(t, "alter role sf_quality in database "+db.Name+" set log_parameter_max_length = -1")
	mend, err = db.Pool(t, "sf_quality").Logged(t.Context())
	require.NoError(t, err)
	require.Equal(t, "alter role sf_quality set log_min_error_statement = panic; alter role sf_quality set log_parameter_max_length = 0", mend)
}
