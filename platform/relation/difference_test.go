package relation_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
)

func TestADifferenceIsOneLine(t *testing.T) {
	t.Parallel()
	d := relation.Difference{Found: "expected a table, found a view", Mend: `alter view "public"."v" rename to "v_before"`}

	require.Equal(t, `expected a table, found a view: alter view "public"."v" rename to "v_before"`, d.String())
	require.Equal(t, d.Found, d.Proto().GetFound())
	require.Equal(t, d.Mend, d.Proto().GetMend())
}

func TestASpareNameIsAnotherAndFits(t *testing.T) {
	t.Parallel()
	require.Equal(t, "users_before", relation.Spare("users"))
	long := strings.Repeat("n", relation.MaxName)
	require.Len(t, relation.Spare(long), relation.MaxName)
	require.NotEqual(t, long, relation.Spare(long))
	require.Equal(t, strings.Repeat("é", 28)+"_before", relation.Spare(strings.Repeat("é", 31)), "no character is cut in two")
}
