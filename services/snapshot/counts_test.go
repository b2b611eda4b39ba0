package snapshot_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A count below zero ends the transaction that would write it, whatever counted so.
func TestNoCountOfHistoryIsBelowZero(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, shop("shop"), january, shopRows()).history()
	_, err := s.deliver(t, shop("shop"), february, shopRows()).prepare()
	require.NoError(t, err)

	for _, sql := range []string{
		"update sf_snapshot.prepared set rows = -1",
		"update sf_snapshot.prepared set delta_rows = -1",
		"insert into sf_snapshot.catalog select dataset, snapshot, as_of + 60, revision, current, known_at, -1, content_hash, batch, dataset_version, run, " +
			"table_schema, table_name, partition_schema, partition_name, columns, requested_by from sf_snapshot.catalog",
	} {
		_, err := s.db.Owner.Exec(t.Context(), sql)
		require.ErrorContains(t, err, "rows_are_counted", sql)
	}
}
