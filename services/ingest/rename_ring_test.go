package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// pairs is a dataset of one table whose columns are given.
func pairs(columns string) string {
	return "name: pairs\ncalendar: {period: month_end}\ntables:\n  - name: pairs\n    key: [k]\n    columns: [{name: k, type: integer}, " + columns + "]\n"
}

const (
	ab     = "{name: a, type: text}, {name: b, type: text}"
	ring   = "{name: a, type: text, renamed_from: b}, {name: b, type: text, renamed_from: a}"
	allOf  = "select k, a, b from pairs order by k"
	forAll = "k,a,b\n1,x,y\n2,x,y\n"
)

var exchange = []string{`alter table "public"."pairs" rename column "b" to "sf_renamed"; alter table "public"."pairs" rename column "a" to "b"; alter table "public"."pairs" rename column "sf_renamed" to "a"`}

// The same names stand before and after: what is carried out once is not again, and files
// mean by them what they meant at their as_of.
func TestColumnsExchangeTheirNames(t *testing.T) {
	t.Parallel()
	h := open(t, pairs(ab))
	h.published(january, files{"pairs.csv": forAll})
	h.grow(pairs(ring))
	planned := h.stage(january, files{"pairs.csv": forAll})
	plan, err := h.plan(planned.GetId())
	require.NoError(t, err)

	did, err := h.expand(false, false)
	require.NoError(t, err)
	swapped := h.db.Rows(t, allOf)
	again, err := h.expand(false, false)
	require.NoError(t, err)
	old := h.published(january, files{"pairs.csv": forAll})
	afterOld := h.db.Rows(t, allOf)
	next := h.published(february, files{"pairs.csv": "k,a,b\n1,y,x\n2,y,x2\n"})
	h.grow(pairs(ring + ", {name: c, type: text, optional: true}"))
	third, err := h.expand(false, false)
	require.NoError(t, err)

	requireCounts(t, plan, "pairs", &stepv1.TableCounts{Rows: 2, Unchanged: 2})
	require.Equal(t, exchange, mends(did))
	require.Equal(t, "expected columns that exchange their names, b to a, a to b; views follow, SQL elsewhere does not", did[0].GetFound())
	require.Equal(t, []string{"1|y|x", "2|y|x"}, swapped)
	require.Empty(t, again)
	requireCounts(t, old, "pairs", &stepv1.TableCounts{Rows: 2, Unchanged: 2})
	require.Equal(t, swapped, afterOld, "January is read by the names of its time")
	require.Equal(t, []string{"COLUMNS_RENAMED pairs"}, reasons(old))
	requireCounts(t, next, "pairs", &stepv1.TableCounts{Rows: 2, Updated: 1, Unchanged: 1})
	require.Equal(t, []string{"1|y|x", "2|y|x2"}, h.db.Rows(t, allOf))
	require.Equal(t, []string{`alter table "public"."pairs" add column "c" text`}, mends(third), "what stays declared is done")
}

// What a check says of names, before the run that renames, after it, and of a version that
// declares it no more: so somebody who sees history too can tell whether the two part.
func TestACheckSaysWhatWasRenamed(t *testing.T) {
	t.Parallel()
	h := open(t, pairs(ab))
	h.published(january, files{"pairs.csv": forAll})
	said := func(yaml string) string {
		c := h.check(parse(t, yaml))["pairs"]
		text := strings.Join(c.GetColumns(), " ") + "; renamed"
		for _, r := range c.GetRenamed() {
			text += " " + r.GetFrom() + ">" + r.GetTo()
		}
		text += "; renames"
		for _, r := range c.GetRenames() {
			text += " " + r.GetFrom() + ">" + r.GetTo()
		}
		return text
	}
	path := pairs("{name: b, type: text}, {name: c, type: text, renamed_from: a}")

	require.Equal(t, "k a b; renamed; renames", said(pairs(ab)))
	require.Equal(t, "k a b; renamed; renames b>a a>b", said(pairs(ring)))
	require.Equal(t, "k a b; renamed; renames a>c", said(path))
	h.grow(pairs(ring))
	_, err := h.expand(false, false)
	require.NoError(t, err)
	require.Equal(t, "k b a; renamed b>a a>b; renames", said(pairs(ring)))
	require.Equal(t, "k b a; renamed b>a a>b; renames", said(pairs(ab)), "until a run of it")
	h.grow(pairs(ab))
	_, err = h.expand(false, false)
	require.NoError(t, err)
	require.Equal(t, "k b a; renamed; renames", said(pairs(ab)))
	h.db.Exec(t, "alter table pairs rename column a to c")
	require.Equal(t, "k b c; renamed a>c; renames", said(path), "by hand")
	require.Equal(t, "; renamed; renames", said(strings.ReplaceAll(pairs(ring), "pairs", "others")), "a table that is not there")
}

// A table of which a person has to mend one column is not altered in the others: what hangs
// on the type of one keeps the names of all.
func TestATableIsNotHalfRenamed(t *testing.T) {
	t.Parallel()
	h := open(t, pairs(`{name: a, type: text}, {name: b, type: "varchar(5)"}`))
	h.published(january, files{"pairs.csv": forAll})
	h.db.Exec(t, "create view seen as select b from pairs")
	h.grow(pairs("{name: c, type: text, renamed_from: a}, {name: b, type: text}, {name: d, type: text, optional: true}"))

	did, err := h.expand(false, false)
	require.NoError(t, err)
	check := h.check(h.dataset)["pairs"]
	h.db.Exec(t, check.GetDifferences()[0].GetMend())
	then, err := h.expand(false, false)
	require.NoError(t, err)

	require.Empty(t, did)
	require.Len(t, check.GetDifferences(), 1)
	require.Len(t, check.GetExpansions(), 2, "what waits for a person stands with what it is by itself")
	require.Equal(t, []string{`alter table "public"."pairs" rename column "a" to "c"`, `alter table "public"."pairs" add column "d" text`}, mends(then))
}

// A ring that was declared no more, and is declared again, is another one.
func TestAnExchangeIsTakenBack(t *testing.T) {
	t.Parallel()
	h := open(t, pairs(ab))
	h.published(january, files{"pairs.csv": forAll})
	for range 2 {
		h.grow(pairs(ring))
		did, err := h.expand(false, false)
		require.NoError(t, err)
		require.Equal(t, exchange, mends(did))
		h.grow(pairs(ab))
		did, err = h.expand(false, false)
		require.NoError(t, err)
		require.Empty(t, did)
	}

	require.Equal(t, []string{"1|x|y", "2|x|y"}, h.db.Rows(t, allOf))
	b := h.published(january, files{"pairs.csv": forAll})
	requireCounts(t, b, "pairs", &stepv1.TableCounts{Rows: 2, Unchanged: 2})
	require.Empty(t, b.GetFindings(), "there and back are the same names")
}

// Where there never was another name, nothing is renamed: not by the run that makes the
// table, and not by the next.
func TestRenamesOfATableThatIsNew(t *testing.T) {
	t.Parallel()
	h := open(t, pairs(ring+", {name: c, type: text, optional: true, renamed_from: d}"))
	did, err := h.expand(false, false)
	require.NoError(t, err)
	require.Empty(t, did)
	first := h.published(january, files{"pairs.csv": forAll})

	did, err = h.expand(false, false)
	require.NoError(t, err)
	require.Empty(t, did)
	again := h.published(january, files{"pairs.csv": forAll})

	require.Empty(t, first.GetFindings())
	require.Empty(t, again.GetFindings())
	require.Equal(t, []string{"1|x|y", "2|x|y"}, h.db.Rows(t, allOf))
}

// a → b → c: in one version, and in one after the other. January's file has the first
// name all the time.
func TestAColumnIsRenamedTwice(t *testing.T) {
	t.Parallel()
	const first = "k,a\n1,x\n"
	h := open(t, pairs("{name: a, type: text}"))
	h.published(january, files{"pairs.csv": first})
	for i, step := range []struct{ columns, asOf, file string }{
		{"{name: b, type: text, renamed_from: a}", february, "k,b\n1,y\n"},
		{"{name: c, type: text, renamed_from: b}", march, "k,c\n1,z\n"},
	} {
		h.grow(pairs(step.columns))
		did, err := h.expand(false, false)
		require.NoError(t, err)
		require.Len(t, did, 1)
		b := h.stage(january, files{"pairs.csv": first})
		require.Equal(t, []string{"COLUMNS_RENAMED pairs"}, reasons(b), i)
		h.published(step.asOf, files{"pairs.csv": step.file})
	}
	require.Equal(t, []string{"1|z"}, h.db.Rows(t, "select k, c from pairs"))
	require.Equal(t, []string{"COLUMNS_RENAMED pairs"}, reasons(h.stage(february, files{"pairs.csv": "k,b\n1,y\n"})))

	h = open(t, pairs(ab))
	h.published(january, files{"pairs.csv": forAll})
	h.grow(pairs("{name: b, type: text, renamed_from: a}, {name: c, type: text, renamed_from: b}"))
	did, err := h.expand(false, false)
	require.NoError(t, err)
	require.Equal(t, []string{`alter table "public"."pairs" rename column "b" to "c"`, `alter table "public"."pairs" rename column "a" to "b"`}, mends(did))
	again, err := h.expand(false, false)
	require.NoError(t, err)
	require.Empty(t, again)
	requireCounts(t, h.published(january, files{"pairs.csv": forAll}), "pairs", &stepv1.TableCounts{Rows: 2, Unchanged: 2})
	require.Equal(t, []string{"1|x|y", "2|x|y"}, h.db.Rows(t, "select k, b, c from pairs order by k"))
}

// What the tables have is not what anybody declared: nothing is guessed.
func TestRenamesThatAPersonHasToSettle(t *testing.T) {
	t.Parallel()
	renamed := pairs("{name: b, type: text, renamed_from: a}")
	for name, tc := range map[string]struct{ before, sql, after, found, mend string }{
		"both columns stand": {pairs("{name: a, type: text}"), "alter table pairs add column b text", renamed,
			"expected a column b, or a, from which it is renamed, found both",
			`drop the one whose values are not wanted: alter table "public"."pairs" drop column "b", and the run renames the other; or alter table "public"."pairs" drop column "a"`},
		"the version between had no run": {pairs("{name: a, type: text}"), "", pairs("{name: c, type: text, renamed_from: b}"),
			"expected a column c text, or b, from which it is renamed, found neither", `alter table "public"."pairs" add column "c" text`},
		"an older version, after the rename": {renamed, "", pairs("{name: a, type: text}"),
			"expected a column a text, found none", `alter table "public"."pairs" add column "a" text`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, tc.before)
			h.published(january, files{"pairs.csv": "k," + h.dataset.GetTables()[0].GetColumns()[1].GetName() + "\n1,x\n"})
			h.db.Exec(t, tc.sql)
			h.grow(tc.after)

			did, err := h.expand(false, false)
			require.NoError(t, err)
			check := h.check(h.dataset)["pairs"]

			require.Empty(t, did)
			differences := check.GetDifferences()
			require.Len(t, differences, 1)
			if waits := check.GetExpansions(); len(waits) > 0 {
				require.Contains(t, differences[0].GetMend(), "with it as renamed_from if the two are one")
				differences = waits
			}
			require.Equal(t, tc.found, differences[0].GetFound())
			require.Equal(t, tc.mend, differences[0].GetMend())
		})
	}
}

// A table of the users' own is theirs to alter; what they renamed is known from then on.
func TestATableOfTheUsersOwnIsRenamedByThem(t *testing.T) {
	t.Parallel()
	h := open(t, adopting(pairs("{name: a, type: text}")))
	h.db.Exec(t, "create table pairs (k integer primary key, a text); grant select, insert, update, delete on pairs to sf_ingest")
	h.published(january, files{"pairs.csv": "k,a\n1,x\n"})
	h.grow(adopting(pairs("{name: b, type: text, renamed_from: a}")))
	did, err := h.expand(false, false)
	require.NoError(t, err)
	require.Empty(t, did)
	difference := h.check(h.dataset)["pairs"].GetDifferences()[0]
	require.Equal(t, "expected a column b, found it as a, from which it is renamed; views follow, SQL elsewhere that says a does not", difference.GetFound())

	h.db.Exec(t, difference.GetMend())
	_, err = h.expand(false, false)
	require.NoError(t, err)
	h.published(february, files{"pairs.csv": "k,b\n1,y\n"})

	require.Equal(t, []string{"a|b|2024-01-31"}, h.db.Rows(t, "select renamed_from, column_name, up_to from sf_ingest.renamed"))
	h.grow(adopting(pairs(ring)))
	h.db.Exec(t, "alter table pairs add column a text")
	require.Contains(t, h.check(h.dataset)["pairs"].GetDifferences()[0].GetMend(), "then leave renamed_from out of the dataset")
}

// A migration carries the names out with the rewrite: its SQL has the new ones.
func TestAMigrationRenamesWhatItRewrites(t *testing.T) {
	t.Parallel()
	h := open(t, pairs("{name: a, type: integer}"))
	h.published(january, files{"pairs.csv": "k,a\n1,5\n"})
	h.grow(pairs("{name: b, type: bigint, renamed_from: a}"))

	did, err := h.expand(true, false)

	require.NoError(t, err)
	require.Equal(t, []string{`alter table "public"."pairs" rename column "a" to "b"`, `alter table "public"."pairs" alter column "b" type bigint using "b"::bigint`}, mends(did))
	requireCounts(t, h.published(february, files{"pairs.csv": "k,b\n1,5\n"}), "pairs", &stepv1.TableCounts{Rows: 1, Unchanged: 1})
}

// What hangs on a column that a migration would rewrite is not left out in silence, although
// the caller saw nothing of it.
func TestAMigrationRefusesWhatHangsOnAColumn(t *testing.T) {
	t.Parallel()
	h := open(t, pairs("{name: a, type: integer}"))
	h.published(january, files{"pairs.csv": "k,a\n1,5\n"})
	h.grow(pairs("{name: b, type: bigint, renamed_from: a}"))
	h.db.Exec(t, "create view report as select a from pairs")

	did, err := h.expand(true, false)

	requireReason(t, problem.LiveTableDiffers, err)
	require.ErrorContains(t, err, "view public.report hangs on it")
	require.Empty(t, did)
	require.Equal(t, []string{"k", "a"}, h.columns("pairs"))
}
