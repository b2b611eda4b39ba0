package snapshot_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// peopleRead are the people, with views for tools.
func peopleRead() *datasetv1.Dataset {
	d := people()
	d.ReadSchema = "people_read"
	return d
}

// readRows are the rows of a query as a reader sees them, who has no right of the suite's
// but those of whoever may read the snapshots.
func (s *suite) readRows(t testing.TB, query string) []string {
	t.Helper()
	tx, err := s.db.Owner.Begin(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback(t.Context())) }()
	_, err = tx.Exec(t.Context(), "set local role sf_reader")
	require.NoError(t, err)
	rows, err := tx.Query(t.Context(), query, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err)
	return texts(t, rows)
}

const viewsSQL = `select format('%s.%s', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind = 'v' and n.nspname like '%\_read' order by n.nspname, c.relname`

func TestToolsReadSnapshotsByTheirNames(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, peopleRead(), january, peopleIn()).history()
	s.deliver(t, peopleRead(), february, with(peopleIn(), "outcomes", `values ('a', false), ('b', true)`)).history()

	require.Equal(t, []string{
		"people_read.homes_s", "people_read.homes_s_scd2", "people_read.outcomes", "people_read.outcomes_s", "people_read.outcomes_s_scd2",
		"people_read.persons_s", "people_read.persons_s_scd2", "people_read.usage_s", "people_read.usage_s_scd2",
	}, s.db.Rows(t, viewsSQL))
	require.Equal(t, []string{"C|t", "a|t", "b|f"},
		s.readRows(t, `select id, left_us from people_read.outcomes where period_start = date '2024-01-31' order by id collate "C"`), "January's label, after February was stamped")
	require.Equal(t, []string{"t"}, s.readRows(t, `select bool_and(r.created_timestamp = c.known_at and r.hours is not distinct from u.hours)
		from people_read.usage_s r join usage_s u using (id, as_of) join sf_snapshot.catalog c on c.snapshot = 'usage_s' and c.as_of = r.as_of`))
	require.Equal(t, []string{"C|2024-01-31|2024-02-29|t", "a|2024-01-31|2024-02-29|t", "a|2024-02-29|<null>|f", "b|2024-01-31|2024-02-29|f", "b|2024-02-29|<null>|t"},
		s.readRows(t, `select * from people_read.outcomes_s_scd2 order by id collate "C", valid_from`))
	require.Equal(t, []string{"id,period_start,as_of,created_timestamp,left_us"}, s.db.Rows(t, `select string_agg(attname, ',' order by attnum)
		from pg_attribute where attrelid = 'people_read.outcomes'::regclass`))
}

// Of random histories, months stamped in any order, some corrected, people who depart and
// come back, the spans are what the model says: together with the dates, nothing is lost.
func TestSpansAreThoseOfTheModel(t *testing.T) {
	t.Parallel()
	for i := range 3 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(i), 11))
			s := newSuite(t)
			var known []stampedMonth
			for range 7 {
				next := stampedMonth{r.IntN(modelPeriods), drawMonth(r)}
				rows := map[string]string{}
				for table := range modelColumns {
					rows[table] = next.month.values(table)
				}
				b := s.deliver(t, peopleRead(), modelDate(next.period), rows)
				if current(known, next.period) != nil {
					b.reason = "drawn anew"
				}
				b.history()
				known = append(known, next)

				require.Equal(t, modelSpans(known, "persons"), s.db.Rows(t, `select id, valid_from, valid_to, age, city, home from people_read.persons_s_scd2 order by id collate "C", valid_from`))
				require.Equal(t, modelSpans(known, "usage"), s.db.Rows(t, `select id, valid_from, valid_to, hours, active::text from people_read.usage_s_scd2 order by id collate "C", valid_from`))
			}
		})
	}
}

// modelSpans are the spans of a table: for each key the stamped months in their order, those
// of equal rows together.
func modelSpans(known []stampedMonth, table string) []string {
	var stamped []int
	keys := map[string]bool{}
	for p := range modelPeriods {
		if m := current(known, p); m != nil {
			stamped = append(stamped, p)
			for key := range m[table] {
				keys[key] = true
			}
		}
	}
	var all []string
	for _, key := range sortedKeys(keys) {
		begun, so := -1, row(nil)
		end := func(until string) {
			if begun < 0 {
				return
			}
			values := []string{key, modelDate(begun), until}
			for _, v := range so {
				values = append(values, cmp.Or(v, "<null>"))
			}
			all, begun = append(all, strings.Join(values, "|")), -1
		}
		for _, p := range stamped {
			now, there := current(known, p)[table][key]
			if begun >= 0 && there && slices.Equal(now, so) {
				continue
			}
			end(modelDate(p))
			if there {
				begun, so = p, now
			}
		}
		end("<null>")
	}
	return all
}

// A date that was dropped ends each span: what was so as of it nobody knows any more.
func TestADroppedDateEndsEachSpan(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	for _, asOf := range months[:4] {
		s.deliver(t, peopleRead(), asOf, peopleIn()).history()
	}
	const ofA = "select valid_from, valid_to from people_read.usage_s_scd2 where id = 'a' order by valid_from"
	require.Equal(t, []string{"2024-01-31|<null>"}, s.db.Rows(t, ofA))
	_, err := s.client.Pin(t.Context(), &snapshotv1.PinRequest{Dataset: "people", AsOf: january, Reason: "the audit", RequestedBy: "ann"})
	require.NoError(t, err)

	require.Equal(t, []string{february}, s.retained(t, keeping(peopleRead(), 2)))

	require.Equal(t, []string{"2024-01-31|2024-02-29", "2024-03-31|<null>"}, s.db.Rows(t, ofA))
	require.Equal(t, []string{"2024-01-31", "2024-03-31", "2024-04-30"}, s.db.Rows(t, "select as_of from people_read.usage_s where id = 'a' order by as_of"))
	require.Empty(t, s.gaps(t, peopleRead(), &snapshotv1.ListGapsRequest{To: "2024-04-30"}), "what was let go is no gap")
}

func TestCorrectionsAndRollbacksShowInTheViews(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, peopleRead(), january, peopleIn()).history()
	s.db.Exec(t, "create view mine as select * from people_read.usage_s")
	oid := s.db.Rows(t, "select 'people_read.usage_s'::regclass::oid")
	first := s.db.Rows(t, "select created_timestamp from people_read.usage_s where id = 'a'")
	s.correct(t, peopleRead(), january, with(peopleIn(), "usage", `values ('a', 99, true)`)).history()

	require.Equal(t, []string{"a|99"}, s.db.Rows(t, "select id, hours from mine"))
	require.NotEqual(t, first, s.db.Rows(t, "select created_timestamp from people_read.usage_s"), "it became known later")
	require.Equal(t, []string{"a|2024-01-31|<null>|99|t"}, s.db.Rows(t, "select * from people_read.usage_s_scd2"))
	s.rolledBack(t, peopleRead(), january, 1, "")
	require.Equal(t, []string{"C|<null>", "a|1.50", "b|2.250"}, s.db.Rows(t, `select id, hours from mine order by id collate "C"`))
	require.Equal(t, oid, s.db.Rows(t, "select 'people_read.usage_s'::regclass::oid"), "the view is the same one throughout")
}

// grownPeople have another name for a column, a wider one, one more, and one that is called
// as the views call theirs.
func grownPeople() *datasetv1.Dataset {
	d := peopleRead()
	usage := d.GetTables()[1]
	usage.Columns[1].Name, usage.Columns[1].RenamedFrom = "watched", "hours"
	for _, name := range []string{"channel", "created_timestamp"} {
		c := columns(name, "text")[0]
		c.Optional = true
		usage.Columns = append(usage.Columns, c)
	}
	d.GetTables()[0].Columns[1].Type = "bigint"
	d.TrainingSets = nil
	return d
}

func TestTheViewsFollowTheirTable(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	old := peopleRead()
	old.TrainingSets = nil
	s.deliver(t, old, january, peopleIn()).history()
	s.db.Exec(t, "grant select on usage_s to public; grant select on persons_s to sf_quality")
	rows := with(peopleIn(), "usage", `values ('a', 7, true, 'web', 'x')`)
	b := s.deliver(t, grownPeople(), february, rows)
	require.Empty(t, differences(s.check(t, grownPeople())[1]))

	for _, rewrite := range []bool{true, false} {
		_, err := b.expand(rewrite, false)
		require.NoError(t, err)
	}
	b.history()

	require.Equal(t, []string{"id,as_of,sf_created_timestamp,watched,active,channel,created_timestamp"}, s.db.Rows(t, `select string_agg(attname, ',' order by attnum)
		from pg_attribute where attrelid = 'people_read.usage_s'::regclass`))
	require.Equal(t, []string{"7|web|x"}, s.db.Rows(t, "select watched, channel, created_timestamp from people_read.usage_s where as_of = '2024-02-29'"))
	require.Equal(t, []string{"a|2024-02-29|<null>|7|t|web|x"}, s.db.Rows(t, "select * from people_read.usage_s_scd2 where valid_from = '2024-02-29'"))
	require.Equal(t, []string{"bigint", "bigint"}, s.db.Rows(t, `select format_type(atttypid, atttypmod) from pg_attribute where attname = 'age'
		and attrelid in ('people_read.persons_s'::regclass, 'people_read.persons_s_scd2'::regclass)`))
	require.Equal(t, []string{"t|t|f|t"}, s.db.Rows(t, `select has_table_privilege('sf_orchestrator', 'people_read.usage_s', 'select'),
		has_table_privilege('sf_quality', 'people_read.persons_s_scd2', 'select'), has_table_privilege('sf_orchestrator', 'people_read.persons_s', 'select'),
		has_schema_privilege('sf_quality', 'people_read', 'usage')`), "who may read a snapshot may read its views")
	require.NotContains(t, s.db.Rows(t, viewsSQL), "people_read.outcomes", "no set takes its label from it")
}

// A view of the users' on one of these is in the way of a change of type as one on the table
// is: a person is told how to go around both.
func TestWhatHangsOnAViewForToolsIsNamed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.deliver(t, peopleRead(), january, peopleIn()).history()
	s.db.Exec(t, "create view mine as select id, age from people_read.persons_s")
	d := peopleRead()
	d.GetTables()[0].Columns[1].Type = "bigint"

	c := s.check(t, d)[0]
	require.Len(t, c.GetDifferences(), 1)
	require.Contains(t, c.GetDifferences()[0].GetFound(), "view public.mine, view people_read.persons_s hang on it")
	s.db.Exec(t, c.GetDifferences()[0].GetMend())

	require.Equal(t, []string{"bigint"}, s.db.Rows(t, "select pg_typeof(age) from mine limit 1"))
	b := s.deliver(t, d, february, peopleIn())
	_, err := b.expand(false, false)
	require.NoError(t, err)
	b.history()
	require.Len(t, s.db.Rows(t, viewsSQL), 9, "the next run makes the others again")
}

// Views come with the table, or with the next run where it is there; they go with the
// declaration, but for one that somebody uses.
func TestTheNextRunMakesAndTakesTheViews(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	next := func(d *datasetv1.Dataset, asOf string) {
		b := s.deliver(t, d, asOf, peopleIn())
		_, err := b.expand(false, false)
		require.NoError(t, err)
		b.history()
	}
	next(people(), january)
	require.Empty(t, s.db.Rows(t, viewsSQL))
	next(peopleRead(), february)
	require.Len(t, s.db.Rows(t, viewsSQL), 9)
	s.db.Exec(t, "drop view people_read.usage_s; create view mine as select * from people_read.persons_s")
	next(peopleRead(), march)
	require.Len(t, s.db.Rows(t, viewsSQL), 9, "one that was dropped comes again")
	moved := peopleRead()
	moved.ReadSchema = "other_read"
	next(moved, "2024-04-30")
	views := s.db.Rows(t, viewsSQL)
	require.Len(t, views, 10)
	require.Equal(t, "people_read.persons_s", views[9], "somebody uses it")
	s.db.Exec(t, "drop view mine")
	next(people(), "2024-05-31")
	require.Empty(t, s.db.Rows(t, viewsSQL))
}

// A schema that somebody else has is refused when the dataset is applied, and never written
// into; so is a view's name that something else has.
func TestASchemaOfSomebodyElseIsRefused(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.db.Exec(t, "create schema people_read; comment on schema people_read is 'mine'; create table people_read.diary (day date)")
	for range 2 {
		got := differences(s.check(t, peopleRead())[0])
		require.Len(t, got, 1)
		require.Contains(t, got[0], "read_schema: expected a schema that is the dataset's alone, or none yet, found people_read: one of role ")
		require.Contains(t, got[0], "(its comment: mine) → declare another read_schema")
		s.deliver(t, peopleRead(), january, peopleIn()).history()
	}
	require.Empty(t, s.db.Rows(t, viewsSQL), "history is stamped, and nothing is made there")

	s.db.Exec(t, "drop schema people_read cascade")
	b := s.deliver(t, peopleRead(), february, peopleIn())
	_, err := b.expand(false, false)
	require.NoError(t, err)
	require.Len(t, s.db.Rows(t, viewsSQL), 9)
	other := shop("shop")
	other.ReadSchema = "people_read"
	require.Contains(t, differences(s.check(t, other)[0])[0], "its comment: StreamFlow: views to read of dataset people")
	s.deliver(t, other, january, shopRows()).history()
	require.Len(t, s.db.Rows(t, viewsSQL), 9)

	s.db.Exec(t, "drop view people_read.usage_s; create table people_read.usage_s (mine text)")
	require.Equal(t, []string{"expected view people_read.usage_s to be StreamFlow's, or not there yet, found something else under this name → rename or drop what is called people_read.usage_s"},
		differences(s.check(t, peopleRead())[1]))
	_, err = b.expand(false, false)
	require.NoError(t, err)
	require.Equal(t, []string{"r"}, s.db.Rows(t, "select relkind from pg_class where oid = 'people_read.usage_s'::regclass"))
}

// Who may not make schemas any more makes none, and that is said when the dataset is applied.
func TestASchemaThatCannotBeMadeIsSaid(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.db.Exec(t, `create role read_schema_maker; grant usage on schema sf_snapshot to read_schema_maker;
		alter function sf_snapshot.make_read_schema(text, text) owner to read_schema_maker`)
	t.Cleanup(func() {
		s.db.Exec(t, "reassign owned by read_schema_maker to current_user; drop owned by read_schema_maker; drop role read_schema_maker")
	})

	got := s.check(t, peopleRead())[0].GetDifferences()

	require.Len(t, got, 1)
	require.Equal(t, "read_schema: expected schema people_read, or that role read_schema_maker may make it, found neither", got[0].GetFound())
	s.deliver(t, peopleRead(), january, peopleIn()).history()
	require.Empty(t, s.db.Rows(t, viewsSQL), "history is stamped without them")
	s.db.Exec(t, got[0].GetMend())
	require.Empty(t, differences(s.check(t, peopleRead())[0]))
	_, err := s.deliver(t, peopleRead(), february, peopleIn()).expand(false, false)
	require.NoError(t, err)
	require.Len(t, s.db.Rows(t, viewsSQL), 9)
}
