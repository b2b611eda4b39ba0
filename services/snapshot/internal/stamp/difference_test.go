package stamp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
)

func TestDifferencesInWords(t *testing.T) {
	t.Parallel()
	columns := make([]changedColumn, 10)
	for i := range columns {
		columns[i] = changedColumn{string(rune('a' + i)), 1}
	}
	for _, c := range []struct {
		d    difference
		want string
	}{
		{difference{added: 1, first: []differingRow{{key: []string{"u1"}, added: true}}}, "1 row differs (1 only delivered): \"u1\" only delivered"},
		{
			difference{gone: 1200, changed: 7, columns: columns[:1], first: []differingRow{{key: []string{"u1", "2"}, gone: true}, {key: []string{"u3", "1"}, columns: []string{"a"}}}},
			"1,207 rows differ (7 changed, 1,200 only stamped), in a (1): \"u1, 2\" only stamped, \"u3, 1\" in a and 1,205 more",
		},
		{difference{changed: 1, columns: columns, first: []differingRow{{key: []string{"u1"}, columns: []string{"a", "b"}}}},
			"1 row differs (1 changed), in a (1), b (1), c (1), d (1), e (1), f (1), g (1), h (1), 2 more: \"u1\" in a, b"},
	} {
		require.Equal(t, c.want, c.d.String())
	}
}

// Names that need their quotes, a table that is all key, and one that is not there.
func TestDifferencesOfOddTables(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	db.Exec(t, `create table "a b" ("user id" text, "order" integer, "select" numeric); create table "c d" (like "a b");
		insert into "a b" values ('Z', 1, 1), ('a', 1, 1.0), ('b', 1, null); insert into "c d" values ('a', 1, 1.00), ('b', 1, 2), ('Ä', 1, 1)`)
	in := func(name string) relation.Relation { return relation.Relation{Schema: "public", Name: name} }
	keyed := odd()
	keyed.Rest = nil

	d, err := differ(t.Context(), db.Owner, odd(), in("a b"), in("c d"))
	require.NoError(t, err)
	require.Equal(t, "3 rows differ (1 changed, 1 only delivered, 1 only stamped), in select (1): \"Z, 1\" only stamped, \"b, 1\" in select, \"Ä, 1\" only delivered", d.String())

	d, err = differ(t.Context(), db.Owner, keyed, in("a b"), in("c d"))
	require.NoError(t, err)
	require.Equal(t, "2 rows differ (1 only delivered, 1 only stamped): \"Z, 1\" only stamped, \"Ä, 1\" only delivered", d.String())

	d, err = differ(t.Context(), db.Owner, keyed, in("a b"), in("a b"))
	require.NoError(t, err)
	require.Zero(t, d.rows())

	d, err = differ(t.Context(), db.Owner, keyed, in("a b"), in("nowhere"))
	require.NoError(t, err)
	require.Nil(t, d)
}
