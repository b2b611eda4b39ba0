package stamp

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/snapshot/internal/digest"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// planning is a partition of a thousand rows with its copy, and a candidate in which a row in
// every so many has another value, in one transaction.
type planning struct {
	*testing.T
	tx                                    pgx.Tx
	l                                     layout.Layout
	partition, kept, candidate, different relation.Relation
}

func newPlanning(t *testing.T, every string) *planning {
	t.Helper()
	db := pgtest.New(t)
	conn, err := pgx.Connect(t.Context(), db.OwnerURL())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	tx, err := conn.Begin(t.Context())
	require.NoError(t, err)
	l := odd()
	p := &planning{
		T: t, tx: tx, l: l, partition: l.Partition(january, 1), kept: l.KeptPrepared(january, 1, 7),
		candidate: relation.Relation{Schema: "public", Name: "candidate"}, different: l.Prepared(january, 2, 7),
	}
	columns := append(layout.Names(l.Columns()), layout.AsOf)
	p.exec(`create schema if not exists sf_history`,
		`create table candidate as select i::text as "user id", i as "order", i / 100.0 as "select" from generate_series(1, 1000) i`,
		createPartition(l, p.partition, january), fillPartition(l, p.partition, p.candidate, january), addPrimaryKey(l, p.partition),
		createKept(p.kept, p.partition), fillKept(p.kept, columns, p.partition, columns), closeKept(l, p.kept, january, 1),
		createDifferences(l, p.different), `update candidate set "select" = -1 where "order" % `+every+` = 0`)
	return p
}

func (p *planning) exec(statements ...string) {
	p.Helper()
	for _, s := range statements {
		_, err := p.tx.Exec(p.Context(), s)
		require.NoError(p, err, s)
	}
}

// plan is how PostgreSQL carries a statement out after another one.
func (p *planning) plan(how, statement string) string {
	p.Helper()
	p.exec(how)
	rows, err := p.tx.Query(p.Context(), "explain (costs off) "+statement)
	require.NoError(p, err)
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(p, err)
	p.exec(asPlanned)
	return strings.Join(lines, "\n")
}

func (p *planning) setting(name string) (value string) {
	p.Helper()
	require.NoError(p, p.tx.QueryRow(p.Context(), "select current_setting($1)", name).Scan(&value))
	return value
}

// What differs is found in the order of the key, looked up where it is little, and read again
// by where it lies.
func TestHowWhatDiffersIsJoined(t *testing.T) {
	t.Parallel()
	for every, few := range map[string]bool{"20": true, "1": false} {
		t.Run("one in "+every, func(t *testing.T) {
			t.Parallel()
			p := newPlanning(t, every)
			fill := fillDifferences(p.l, p.different, p.kept.SQL(), p.candidate)

			all, err := joinedAll(t.Context(), p.tx.Conn(), p.l)
			require.NoError(t, err)
			require.Contains(t, p.plan(all, fill), "Merge Full Join")
			p.exec(fill, analyzeDifferences(p.l, p.different))

			var differ int64
			require.NoError(t, p.tx.QueryRow(t.Context(), "select count(*) from "+p.different.SQL()).Scan(&differ))
			some, err := joinedSome(t.Context(), p.tx.Conn(), p.l, differ, 1000)
			require.NoError(t, err)
			update := applyDifferences(p.l, p.partition, p.different, january, store.Restated{Changed: differ})
			require.Len(t, update, 1)
			plan := p.plan(some, update[0])
			require.NotContains(t, plan, "Hash")
			require.Equal(t, few, strings.Contains(plan, "Nested Loop"), plan)

			went := wentRows(p.different, rowsWith(p.l, p.kept, layout.Names(p.l.Columns())))
			require.Contains(t, p.plan(oneByOne, "select * from "+went), "Tid Scan")
			require.Equal(t, "on", p.setting("enable_hashjoin"))
			require.Equal(t, "on", p.setting("enable_mergejoin"))
		})
	}
}

// A column that the copy has not got is NULL in the rows that went, which are found by where
// they lie all the same.
func TestRowsThatWentOfACopyWithoutAColumn(t *testing.T) {
	t.Parallel()
	p := newPlanning(t, "500")
	p.exec("alter table " + p.kept.SQL() + ` drop column "select"`)
	stamped := rowsWith(p.l, p.kept, []string{"user id", "order"})
	p.exec(fillDifferences(p.l, p.different, stamped, p.candidate), "delete from "+p.different.SQL()+` where "user id" not in ('500', '1000')`)

	rows, err := p.tx.Query(t.Context(), `select "user id" || coalesce("select"::text, ' has none') from `+wentRows(p.different, stamped)+" order by 1")

	require.NoError(t, err)
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(t, err)
	require.Equal(t, []string{"1000 has none", "500 has none"}, got)
}

// Texts that are compared by the rules of a language are not sorted; other keys are, whatever
// the database does with texts.
func TestADatabaseThatComparesByALanguage(t *testing.T) {
	t.Parallel()
	p := newPlanning(t, "20")
	numbered := p.l
	numbered.Key = []layout.Column{{Name: "number", Type: dataset.ColumnType{Name: dataset.BigInt}}}
	for locale, want := range map[string]string{"C": inOrder, "POSIX": inOrder, "de_DE.UTF-8": asPlanned} {
		p.exec("update pg_database set datcollate = '" + locale + "' where datname = current_database()") // and rolled back

		how, err := joinedAll(t.Context(), p.tx.Conn(), p.l)
		require.NoError(t, err)
		require.Equal(t, want, how, locale)
		how, err = joinedAll(t.Context(), p.tx.Conn(), numbered)
		require.NoError(t, err)
		require.Equal(t, inOrder, how, locale)
		how, err = joinedSome(t.Context(), p.tx.Conn(), p.l, 100, 1000)
		require.NoError(t, err)
		require.Equal(t, oneByOne, how, locale)
		how, err = joinedSome(t.Context(), p.tx.Conn(), p.l, 101, 1000)
		require.NoError(t, err)
		require.Equal(t, want, how, locale)
	}
}

// A kind of difference of which there is none costs no statement.
func TestWhatIsWrittenOfDifferences(t *testing.T) {
	t.Parallel()
	l := odd()
	for verbs, told := range map[string]store.Restated{
		"":                     {},
		"delete":               {Removed: 1},
		"update":               {Changed: 2},
		"insert":               {Added: 3},
		"delete update insert": {Removed: 1, Changed: 1, Added: 1},
	} {
		var got []string
		for _, s := range applyDifferences(l, l.Partition(january, 1), l.Prepared(january, 2, 7), january, told) {
			verb, _, _ := strings.Cut(s, " ")
			got = append(got, verb)
		}
		require.Equal(t, verbs, strings.Join(got, " "))
	}
}

// The rows that meet a condition are counted and hashed beside all, as they are by themselves.
func TestHashingSomeRowsBesideAll(t *testing.T) {
	t.Parallel()
	p := newPlanning(t, "20")
	p.exec(digest.Settings)
	for where, from := range map[string]string{`"select" = -1`: `(select * from candidate where "select" = -1) c`, "false": "(select * from candidate limit 0) c"} {
		want, err := digest.OfRows(t.Context(), p.tx.Conn(), from, p.l.Columns())
		require.NoError(t, err)

		all, some, err := digest.OfSome(t.Context(), p.tx.Conn(), "candidate", where, p.l.Columns())

		require.NoError(t, err)
		require.EqualValues(t, 1000, all)
		require.Equal(t, want, some)
	}
}
