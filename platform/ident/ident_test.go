package ident_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
)

func TestNewIsTypedUniqueAndOrdered(t *testing.T) {
	t.Parallel()
	var ids []string
	seen := map[string]bool{}
	for range 1000 {
		id := ident.New(ident.Batch)
		require.Regexp(t, `^bat_[0-9a-z]{26}$`, id)
		require.False(t, seen[id])
		seen[id] = true
		ids = append(ids, id)
	}
	require.True(t, slices.IsSorted(ids), "identifiers sort by the time they were made")
}
