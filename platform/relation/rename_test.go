package relation_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/relation"
)

func TestRenaming(t *testing.T) {
	t.Parallel()
	users := relation.Relation{Schema: "public", Name: "users"}

	require.Equal(t, `alter table "public"."users" rename column "a" to "b""c"`, relation.Renaming(users, []relation.Rename{{From: "a", To: `b"c`}}))
	require.Equal(t, "alter table \"public\".\"users\" rename column \"b\" to \"c\"; alter table \"public\".\"users\" rename column \"a\" to \"b\"",
		relation.Renaming(users, []relation.Rename{{From: "b", To: "c"}, {From: "a", To: "b"}}))
	require.Empty(t, relation.Renaming(users, nil))
}

func TestColumnsThatStandByOtherNames(t *testing.T) {
	t.Parallel()
	r := relation.Renamed{
		Table: relation.Relation{Schema: "public", Name: "t"}, Remedy: relation.ByRun,
		Rings:     []relation.Rename{{From: "a", To: "b"}, {From: "b", To: "a"}},
		RingSteps: []relation.Rename{{From: "a", To: "x"}, {From: "b", To: "a"}, {From: "x", To: "b"}},
		Paths:     []relation.Rename{{From: "c", To: "d"}}, Both: []relation.Rename{{From: "e", To: "f"}},
	}

	all := r.Differences()

	require.Len(t, all, 3)
	require.Equal(t, "expected columns that exchange their names, a to b, b to a; views follow, SQL elsewhere does not", all[0].Found)
	require.Equal(t, r.Rings, all[0].Renames)
	require.Equal(t, relation.Renaming(r.Table, r.RingSteps), all[0].Mend)
	require.Equal(t, "expected a column d, found it as c, from which it is renamed; views follow, SQL elsewhere that says c does not", all[1].Found)
	require.Equal(t, `alter table "public"."t" rename column "c" to "d"`, all[1].Mend)
	require.Equal(t, "d", all[1].Column)
	require.Equal(t, "expected a column f, or e, from which it is renamed, found both", all[2].Found)
	require.Equal(t, relation.ByPerson, all[2].Remedy)
	require.Equal(t, `drop the one whose values are not wanted: alter table "public"."t" drop column "f", and the run renames the other; or alter table "public"."t" drop column "e"`, all[2].Mend)
	for _, tc := range []struct {
		needed []string
		mend   string
	}{
		{[]string{"e", "x"}, `drop the newer one, and the run renames the other, with which dates were stamped: alter table "public"."t" drop column "f"`},
		{[]string{"f"}, `drop the older one, with which no date was stamped: alter table "public"."t" drop column "e"`},
		{[]string{"e", "f"}, "leave renamed_from: e out, and declare both: dates were stamped with each, so that neither may be dropped"},
	} {
		r.Needed = tc.needed
		require.Equal(t, tc.mend, r.Differences()[2].Mend)
	}
	r.Remedy = relation.ByPerson
	require.Contains(t, r.Differences()[0].Mend, "; then leave renamed_from out of the dataset")
	require.Empty(t, relation.Renamed{}.Differences())
}
