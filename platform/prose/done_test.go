package prose_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/prose"
)

func TestWhatWasDoneBeforeIsTakenApartAgain(t *testing.T) {
	t.Parallel()
	for _, statements := range [][]string{nil, {"alter table a"}, {"alter table a", "alter table b add column c text"}} {
		short, got := prose.Done(prose.WithDone("inserted 3; left 2", statements))
		require.Equal(t, "inserted 3; left 2", short)
		require.Equal(t, statements, got)
	}
	short, got := prose.Done("")
	require.Empty(t, short)
	require.Nil(t, got)
}
