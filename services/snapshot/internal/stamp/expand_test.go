package stamp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	renames "github.com/streamflow/streamflow/dataset/rename"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// grown is a layout of which every column was called otherwise, and what is found has these
// columns: names and types, as inspect.sql writes them.
func grown(columns ...string) (layout.Layout, *found) {
	l := layout.Layout{
		Snapshot: "s", From: "t", Table: relation.Relation{Schema: "public", Name: "s"},
		Key:     []layout.Column{{Name: "k", Type: dataset.ColumnType{Name: dataset.Integer}}},
		Rest:    []layout.Column{{Name: "b", Type: dataset.ColumnType{Name: dataset.Text}}, {Name: "c", Type: dataset.ColumnType{Name: dataset.BigInt}}},
		Renames: renames.Pairs{{From: "id", To: "k"}, {From: "a", To: "b"}},
	}
	f := &found{kind: "p", owner: "sf_snapshot", ours: true, partitioning: "LIST (as_of)"}
	for i := 0; i < len(columns); i += 2 {
		f.columns, f.types = append(f.columns, columns[i]), append(f.types, columns[i+1])
	}
	f.primaryKey = []string{columns[0], "as_of"}
	f.open, f.both = l.Renames.Among(f.columns)
	f.columns, f.primaryKey = f.open.AllNow(f.columns), f.open.AllNow(f.primaryKey)
	return l, f
}

func TestDifferencesOfATableThatGrows(t *testing.T) {
	t.Parallel()
	const id, day = "integer not null", "date not null"
	alter := func(what string) string { return `alter table "public"."s" ` + what }
	rename := alter(`rename column "a" to "b"`)
	for name, tc := range map[string]struct {
		columns []string
		mends   []string
		remedy  []relation.Remedy
	}{
		"nothing":               {[]string{"k", id, "as_of", day, "b", "text", "c", "bigint"}, nil, nil},
		"a column":              {[]string{"k", id, "as_of", day, "a", "text", "c", "bigint"}, []string{rename}, []relation.Remedy{relation.ByRun}},
		"the key":               {[]string{"id", id, "as_of", day, "b", "text", "c", "bigint"}, []string{alter(`rename column "id" to "k"`)}, []relation.Remedy{relation.ByRun}},
		"renamed and widened":   {[]string{"k", id, "as_of", day, "a", "character varying(5)", "c", "bigint"}, []string{rename, alter(`alter column "b" type text`)}, []relation.Remedy{relation.ByRun, relation.ByRun}},
		"renamed and rewritten": {[]string{"k", id, "as_of", day, "a", "text", "c", "integer"}, []string{rename, alter(`alter column "c" type bigint using "c"::bigint`)}, []relation.Remedy{relation.ByRun, relation.ByMigration}},
		"renamed, and one more": {[]string{"k", id, "as_of", day, "a", "text"}, []string{rename, alter(`add column "c" bigint`)}, []relation.Remedy{relation.ByRun, relation.ByRun}},
		"both": {[]string{"k", id, "as_of", day, "a", "text", "b", "text", "c", "bigint"},
			[]string{"drop the one whose values are not wanted: " + alter(`drop column "b", and the run renames the other; or `) + alter(`drop column "a"`)}, []relation.Remedy{relation.ByPerson}},
		"renamed, and a stranger": {[]string{"k", id, "as_of", day, "a", "text", "c", "bigint", "x", "text"},
			[]string{rename, "keep it in the snapshot, or drop it with its values: " + alter(`drop column "x"`)}, []relation.Remedy{relation.ByPerson, relation.ByPerson}},
	} {
		l, f := grown(tc.columns...)

		all := differences(l, f)

		var mends []string
		var remedies []relation.Remedy
		for _, d := range all {
			mends, remedies = append(mends, d.Mend), append(remedies, d.Remedy)
		}
		require.Equal(t, tc.mends, mends, name)
		require.Equal(t, tc.remedy, remedies, name)
	}
}

// A column that is to be renamed yet is compared and retyped by the name that it has.
func TestSQLOfColumnsThatAreRenamed(t *testing.T) {
	t.Parallel()
	l, f := grown("id", "integer not null", "as_of", "date not null", "a", "character varying(5)", "c", "bigint")
	then, gone := l.Stamped([]string{"id", "a", "c"})
	require.Empty(t, gone)

	require.Equal(t, `alter column "a" type text`, retypeOf(l, f, "b", "a"))
	require.Empty(t, retypeOf(l, f, "x", "x"))
	sql := differingRows(then, relation.Relation{Schema: "h", Name: "p"}, relation.Relation{Schema: "s", Name: "c"})
	require.Contains(t, sql, `from "h"."p" s full join "s"."c" c on s."id" = c."k"`)
	require.Contains(t, sql, `s."a" is distinct from c."b"`)
	require.Contains(t, sql, `c."k" is null as gone, s."id" is null as added`)
	require.Equal(t, `insert into "h"."kept" ("k", "b") select "id", "b" from "h"."p"`,
		fillKept(relation.Relation{Schema: "h", Name: "kept"}, []string{"k", "b"}, relation.Relation{Schema: "h", Name: "p"}, []string{"id", "b"}))
}
