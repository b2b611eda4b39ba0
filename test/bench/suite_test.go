package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
)

// What is measured with the doors shut is a dataset that can be applied, and has something
// to hide in every table.
func TestTheVeiledDatasetCanBeApplied(t *testing.T) {
	t.Parallel()
	d := veiled(builtin.Streamflow())
	require.Empty(t, dataset.Lint(d))
	for _, table := range d.GetTables() {
		personal := 0
		for _, c := range table.GetColumns() {
			if c.GetPii() {
				personal++
			}
		}
		require.Len(t, table.GetKey(), personal, table.GetName())
	}
	for _, table := range builtin.Streamflow().GetTables() {
		for _, c := range table.GetColumns() {
			require.False(t, c.GetPii(), "the one that is measured beside it hides nothing")
		}
	}
}
