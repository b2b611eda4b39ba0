package statement_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/relation"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
	"github.com/streamflow/streamflow/services/ingest/internal/statement"
)

// odd is a table whose names have to be quoted, with a key of two types.
var odd = &declared.Table{
	Name: "odd", Live: relation.Relation{Schema: "public", Name: `Or"der`}, Key: []string{"select", `n"`},
	Columns: []declared.Column{
		{Name: "select", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
		{Name: `n"`, Type: dataset.ColumnType{Name: dataset.Integer}, Key: true},
		{Name: "amount", Type: dataset.ColumnType{Name: dataset.Numeric}},
		{Name: "l", Type: dataset.ColumnType{Name: dataset.Text}},
	},
}

// delivered is where its candidate is.
var delivered = relation.Relation{Schema: "public", Name: `candidate of "odd"`}

// content is a table: its rows by key, each its other columns as SQL literals.
type content map[[2]string][2]string

// some makes a content of up to so many rows, over so few keys and values that two of
// them have much in common.
func some(r *rand.Rand, most int) content {
	texts := []string{"null", "''", "'a'", "'A'", "'é'", "'a '"}
	amounts := []string{"null", "0", "-0.0", "1", "1.0", "1.00", "2"}
	c := content{}
	for range r.IntN(most + 1) {
		key := [2]string{texts[1+r.IntN(len(texts)-1)], fmt.Sprint(r.IntN(3))}
		c[key] = [2]string{amounts[r.IntN(len(amounts))], texts[r.IntN(len(texts))]}
	}
	return c
}

func (c content) insert(t *testing.T, db *pgtest.Database, into relation.Relation, origin bool) {
	t.Helper()
	line := 2
	for _, key := range slices.SortedFunc(maps.Keys(c), func(a, b [2]string) int { return strings.Compare(a[0]+a[1], b[0]+b[1]) }) {
		values := append(key[:], c[key][0], c[key][1])
		if origin {
			values = append(values, "1", fmt.Sprint(line))
		}
		db.Exec(t, "insert into "+into.SQL()+" values ("+strings.Join(values, ", ")+")")
		line++
	}
}

// stand makes both tables anew, as publishing finds them.
func stand(t *testing.T, db *pgtest.Database, live, candidate content) {
	t.Helper()
	db.Exec(t, statement.Drop(odd.Live)+"; "+statement.Drop(delivered))
	db.Exec(t, statement.CreateLive(odd)+"; "+statement.AddKey(odd)+"; "+statement.CreateCandidate(odd, delivered))
	live.insert(t, db, odd.Live, false)
	candidate.insert(t, db, delivered, true)
}

func read(t *testing.T, db *pgtest.Database, from relation.Relation) []string {
	t.Helper()
	return db.Rows(t, "select "+relation.QuoteAll(odd.Names())+" from "+from.SQL()+` order by "select" collate "C", "n"""`)
}

// counts are what two contents differ by, told without SQL: amounts that are equal as
// numbers are equal.
func counts(live, candidate content) (added, changed, departed int) {
	number := map[string]string{"-0.0": "0", "1.0": "1", "1.00": "1"}
	for key, is := range candidate {
		was, known := live[key]
		for i := range is {
			if n, ok := number[is[i]]; ok {
				is[i] = n
			}
			if n, ok := number[was[i]]; ok {
				was[i] = n
			}
		}
		switch {
		case !known:
			added++
		case was != is:
			changed++
		}
	}
	for key := range live {
		if _, still := candidate[key]; !still {
			departed++
		}
	}
	return added, changed, departed
}

// Whatever stood in live, and whatever is delivered: what a plan counts is what is told
// apart from it without SQL, is what a publish writes, and afterwards there is nothing
// left to write.
func TestAPublishMakesLiveWhatWasDelivered(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 7))
		live, candidate := some(r, 14), some(r, 14)
		stand(t, db, live, candidate)
		added, changed, departed := counts(live, candidate)
		name := fmt.Sprintf("seed %d: live %v, delivered %v", seed, live, candidate)

		planned := db.Rows(t, "select a, b from ("+statement.Compare(odd, delivered, statement.Standing{})+") as p (a, b, c)")
		require.Equal(t, []string{fmt.Sprintf("%d|%d", added, changed)}, planned, name)

		applied := db.Rows(t, statement.Apply(odd, delivered))
		require.Equal(t, []string{fmt.Sprintf("%d|%d|%d", changed, added, added+changed)}, applied, name)

		require.Equal(t, []string{fmt.Sprint(departed)}, db.Rows(t, gonePlainly), name)
		db.Exec(t, statement.DeleteDeparted(odd, delivered))
		require.Equal(t, sameNumbers(read(t, db, delivered)), sameNumbers(read(t, db, odd.Live)), name)
		require.Equal(t, []string{"0|0|0"}, db.Rows(t, statement.Apply(odd, delivered)), "%s: twice is once", name)
	}
}

// gonePlainly counts the keys that live has and the candidate lacks, in other words than
// the package's.
const gonePlainly = `select count(*) from (select "select", "n""" from public."Or""der" except select "select", "n""" from public."candidate of ""odd""") gone`

// sameNumbers writes amounts as one would where they are equal: a value that is equal
// stays as it stands in live.
func sameNumbers(rows []string) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		parts := strings.Split(row, "|")
		switch parts[2] {
		case "1.0", "1.00":
			parts[2] = "1"
		case "0.0":
			parts[2] = "0"
		}
		out[i] = strings.Join(parts, "|")
	}
	return out
}

// The first publish and every later one come to the same.
func TestAFirstPublishIsAsALaterOne(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	for seed := range uint64(10) {
		candidate := some(rand.New(rand.NewPCG(seed, 8)), 14)
		stand(t, db, nil, candidate)
		db.Exec(t, statement.Apply(odd, delivered))
		later := read(t, db, odd.Live)

		stand(t, db, nil, candidate)
		db.Exec(t, statement.FillLive(odd, delivered))

		require.Equal(t, later, read(t, db, odd.Live))
	}
}

// Of each column that is no key, a plan says in how many of the changed rows it differs.
func TestAPlanCountsByColumn(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	a, b, c := [2]string{"'a'", "1"}, [2]string{"'b'", "1"}, [2]string{"'c'", "1"}
	stand(t, db,
		content{a: {"1", "'x'"}, b: {"1", "'x'"}, c: {"null", "null"}},
		content{a: {"2", "'x'"}, b: {"2", "null"}, c: {"null", "null"}, [2]string{"'d'", "1"}: {"5", "'new'"}})

	require.Equal(t, []string{"1|2|{2,1}"}, db.Rows(t, statement.Compare(odd, delivered, statement.Standing{})), "new rows differ in no column; NULL is as NULL")
}

// A plan counts a column that live has yet to get as one that is NULL in all of its rows.
func TestAPlanKnowsColumnsThatLiveLacks(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	a, b := [2]string{"'a'", "1"}, [2]string{"'b'", "1"}
	stand(t, db, content{a: {"1", "null"}, b: {"1", "null"}}, content{a: {"1", "'x'"}, b: {"1", "null"}})
	db.Exec(t, "alter table "+odd.Live.SQL()+" drop column l")

	require.Equal(t, []string{"0|1|{0,1}"}, db.Rows(t, statement.Compare(odd, delivered, statement.Standing{Lacks: odd.Columns[3:4]})))
}

// A key repeats where it stands on several rows, in whatever order they are.
func TestRepeatedKeys(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	stand(t, db, nil, nil)
	require.Equal(t, []string{"f"}, db.Rows(t, statement.KeysRepeat(odd, delivered)), "no row repeats no key")
	for line, key := range []string{"'a', 1", "'b', 1", "'a', 2", "'a', 1", "'A', 1", "'a', 1"} {
		db.Exec(t, fmt.Sprintf("insert into %s values (%s, null, null, 1, %d)", delivered.SQL(), key, line+2))
	}

	require.Equal(t, []string{"t"}, db.Rows(t, statement.KeysRepeat(odd, delivered)))
	require.Equal(t, []string{"1|3"}, db.Rows(t, statement.CountDuplicates(odd, delivered)), "one key, three rows")
	require.Equal(t, []string{"{a,1}|2|{2,5}|3", "{a,1}|5|{2,5}|3"}, db.Rows(t, statement.ListDuplicates(odd, delivered), 2, 2),
		"as many rows and lines as are asked for, and how many there are")
}
