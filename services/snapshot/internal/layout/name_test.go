package layout_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

var january = time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC)

func named(schema, name string) layout.Layout {
	return layout.Layout{Snapshot: name, Table: relation.Relation{Schema: schema, Name: name}}
}

func TestNamesOfPartitions(t *testing.T) {
	t.Parallel()
	l := named("public", "users_snapshots")

	require.Equal(t, "sf_history.users_snapshots__2024_01_31__r1", l.Partition(january, 1).String())
	require.Equal(t, "sf_history.users_snapshots__2024_01_31__r2__f17", l.Prepared(january, 2, 17).String())
	require.Equal(t, "users_snapshots__2024_01_31__r1_pkey", layout.PrimaryKeyName(l.Partition(january, 1)))
}

func TestNamesFitAndTellApart(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, schema := range []string{"public", "sales", "sales_2"} {
		for _, name := range []string{
			"users_snapshots", strings.Repeat("a", 47), strings.Repeat("a", 48), strings.Repeat("a", 47) + "b", strings.Repeat("é", 24), "ü" + strings.Repeat("é", 23),
		} {
			l := named(schema, name)
			for _, asOf := range []time.Time{january, january.AddDate(0, 0, 29)} {
				for _, r := range []relation.Relation{
					l.Partition(asOf, 1), l.Partition(asOf, 1000), l.Prepared(asOf, 1, 1), l.Prepared(asOf, 1, 1<<62),
				} {
					for _, n := range []string{r.Name, layout.PrimaryKeyName(r)} {
						who := schema + "." + name + " " + r.Name
						require.LessOrEqual(t, len(n), relation.MaxName, who)
						require.True(t, utf8.ValidString(n), who)
						require.NotContains(t, seen, n, who)
						seen[n] = who
					}
				}
			}
		}
	}
}

func TestNamesAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	l := named("public", strings.Repeat("long_name_", 4)+"12345678")

	require.Equal(t, "long_name_long_name_long_name_long_nam_496082d9__2024_01_31__r1", l.Partition(january, 1).Name,
		"names of tables that are there must not change with a release")
}
