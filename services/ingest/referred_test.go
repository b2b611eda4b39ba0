package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// leaving is a table whose departed rows are deleted.
var leaving = strings.Replace(crowd, "    key: [id]", "    departed_keys: delete\n    departed_limit: 1\n    key: [id]", 1) + unguarded

// noted makes a table of the users' own, with notes on some people, by a foreign key that
// does what is said with those of a person who goes.
func (h *house) noted(does string) {
	h.t.Helper()
	h.db.Exec(h.t, `
		create table public.notes (note text, person integer default 1);
		alter table public.notes add constraint "whose note" foreign key (person) references public.people (id) `+does+`;
		insert into public.notes values ('a', 1), ('b', 8), ('c', 9), ('d', 9), ('e', null);
		grant select on public.notes to sf_ingest`)
}

func (h *house) notes() string {
	h.t.Helper()
	return strings.Join(h.db.Rows(h.t, "select note || coalesce(person, 0) from public.notes order by 1"), " ")
}

// others is the warning of rows that are not the dataset's, if there is one.
func others(t *testing.T, r interface{ GetFindings() []*stepv1.Finding }) *stepv1.Finding {
	t.Helper()
	for _, f := range r.GetFindings() {
		if f.GetReason() == string(problem.OthersRefer) {
			require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
			require.Equal(t, "people", f.GetTable())
			return f
		}
	}
	return nil
}

const drop = `alter table "public"."notes" drop constraint "whose note"`

// A month lacks two people of whom there are notes, in a table of the users' own. The plan
// and the run say what comes of the notes, how many they are, and how to keep them.
func TestRowsOfOthersThatFollowThoseThatGo(t *testing.T) {
	t.Parallel()
	for does, want := range map[string]struct{ says, left string }{
		"on delete cascade":     {"are deleted with them (ON DELETE CASCADE)", "a1 e0"},
		"on delete set null":    {"lose what they refer to (ON DELETE SET NULL)", "a1 b0 c0 d0 e0"},
		"on delete set default": {"get defaults in its place (ON DELETE SET DEFAULT)", "a1 b1 c1 d1 e0"},
	} {
		for way, h := range goingTwoWays(t) {
			t.Run(does+", "+way, func(t *testing.T) {
				t.Parallel()
				h := h(t)
				h.noted(does)
				b := h.stage(february, everyone(upTo(7)...))

				planned, err := h.plan(b.GetId())
				require.NoError(t, err)
				require.Equal(t, "a1 b8 c9 d9 e0", h.notes(), "a plan changes nothing")
				done, err := h.publish(b.GetId())
				require.NoError(t, err)

				would := others(t, planned)
				require.NotNil(t, would)
				require.EqualValues(t, 3, would.GetCount())
				require.Contains(t, would.GetMessage(), "public.people: rows of public.notes, which is not of the dataset, refer by the foreign key whose note (person) to rows that go (3 rows), and "+want.says)
				require.Contains(t, would.GetAction(), drop)
				require.Equal(t, would.String(), others(t, done.GetBatch()).String(), "the run says the same")
				require.Equal(t, want.left, h.notes())
			})
		}
	}
}

// A foreign key that forbids it: the plan warns that a run is refused, the refusal has the
// SQL, and with it the same batch goes through.
func TestRowsOfOthersThatKeepThoseThatGo(t *testing.T) {
	t.Parallel()
	for _, does := range []string{"on delete no action", "on delete restrict", "deferrable initially deferred"} {
		for way, h := range goingTwoWays(t) {
			t.Run(does+", "+way, func(t *testing.T) {
				t.Parallel()
				h := h(t)
				h.noted(does)
				b := h.stage(february, everyone(upTo(7)...))

				planned, err := h.plan(b.GetId())
				require.NoError(t, err)
				_, refused := h.publish(b.GetId())

				would := others(t, planned)
				require.NotNil(t, would)
				require.Contains(t, would.GetMessage(), "rows of public.notes")
				require.Contains(t, would.GetMessage(), "keep them from going: a run is refused")
				requireReason(t, problem.LiveTableDiffers, refused)
				require.ErrorContains(t, refused, "to rows that go (3 rows), and keep them from going")
				require.ErrorContains(t, refused, drop)
				require.ErrorContains(t, refused, "nothing was written")
				require.Equal(t, "a1 b8 c9 d9 e0", h.notes())
				require.Contains(t, h.people(), "9")

				h.db.Exec(t, drop)
				done, err := h.publish(b.GetId())
				require.NoError(t, err)
				require.Nil(t, others(t, done.GetBatch()))
				require.Equal(t, "1 2 3 4 5 6 7", h.people())
			})
		}
	}
}

// goingTwoWays are houses from which 8 and 9 go with a month of seven people: deleted as they
// depart, or withdrawn, since only the delivery that is corrected brought them.
func goingTwoWays(t *testing.T) map[string]func(t *testing.T) *house {
	t.Helper()
	return map[string]func(t *testing.T) *house{
		"deleted": func(t *testing.T) *house {
			h := open(t, leaving)
			h.published(january, everyone(upTo(9)...))
			return h
		},
		"withdrawn": func(t *testing.T) *house {
			h := open(t, strings.Replace(crowd, "    key: [id]", "    departed_limit: 0.9\n    key: [id]", 1)+unguarded)
			h.published(january, everyone(upTo(7)...))
			h.published(february, everyone(upTo(9)...))
			h.supersede = true
			return h
		},
	}
}

// Rows that ingest may not see, all or some, are not taken for none.
func TestRowsOfOthersThatCannotBeCounted(t *testing.T) {
	t.Parallel()
	for name, hide := range map[string]string{
		"no privilege":       "revoke select on public.notes from sf_ingest",
		"row-level security": "alter table public.notes enable row level security",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := goingTwoWays(t)["deleted"](t)
			h.noted("on delete cascade")
			h.db.Exec(t, hide)
			b := h.stage(february, everyone(upTo(7)...))

			planned, err := h.plan(b.GetId())
			require.NoError(t, err)
			done, err := h.publish(b.GetId())
			require.NoError(t, err)

			for _, f := range []*stepv1.Finding{others(t, planned), others(t, done.GetBatch())} {
				require.NotNil(t, f)
				require.Zero(t, f.GetCount())
				require.Contains(t, f.GetMessage(), "rows of public.notes, which could not be counted, may refer by the foreign key whose note (person) to rows that go; those that do are deleted with them")
			}
			require.Equal(t, "a1 e0", h.notes())
		})
	}
}

// Nobody is told of foreign keys whose rows refer to nothing that goes, nor of those of the
// dataset's own tables.
func TestForeignKeysOfWhichNothingIsSaid(t *testing.T) {
	t.Parallel()
	h := goingTwoWays(t)["deleted"](t)
	h.noted("on delete cascade")
	h.db.Exec(t, "delete from public.notes where person > 7")
	none := h.stage(february, everyone(upTo(7)...))
	planned, err := h.plan(none.GetId())
	require.NoError(t, err)
	require.Nil(t, others(t, planned))
	done, err := h.publish(none.GetId())
	require.NoError(t, err)
	require.Nil(t, others(t, done.GetBatch()))

	own := open(t, deleting+unguarded)
	own.published(january, goods)
	b := own.published(february, goods.with("customers.csv", "id,since,active,note\nc1,,,\nc2,,,\n"))
	require.EqualValues(t, 1, counts(b, "customers").GetDeleted())
	require.Nil(t, others(t, b))
}

// The two sides of a foreign key may be of other types and collations, it may be of several
// columns, in another order, of a partitioned table, and refer to what is no key, under a
// name that is to be changed yet.
func TestForeignKeysOfEveryKind(t *testing.T) {
	t.Parallel()
	const places = `
name: places
calendar: {period: month_end}
stale: note
tables:
  - name: people
    departed_keys: delete
    departed_limit: 1
    key: [town, "No"]
    columns: [{name: town, type: text}, {name: "No", type: integer}, {name: code, type: text}]
`
	delivery := func(header string, rows ...string) files {
		return files{"people.csv": header + "\n" + strings.Join(rows, "\n") + "\n"}
	}
	h := open(t, places)
	h.published(january, delivery("town,No,code", "x,1,a", "x,2,b", "y,1,c"))
	h.db.Exec(t, `
		alter table public.people add unique (code);
		create table public.several ("no" bigint, town text collate "C") partition by list ("no");
		create table public.several_all partition of public.several default;
		alter table public.several add foreign key ("no", town) references public.people ("No", town) on delete cascade;
		insert into public.several values (2, 'x'), (2, 'x'), (1, 'y'), (null, 'x');
		create table public.coded (code varchar(9) collate "C" references public.people (code) on delete set null);
		create table public.heir () inherits (public.coded);
		insert into public.coded values ('b'), ('a');
		insert into public.heir values ('b');
		grant select on public.several, public.coded to sf_ingest`)
	h.grow(strings.NewReplacer("name: town, type: text", "name: city, type: text, renamed_from: town", "key: [town", "key: [city",
		"name: code, type: text", "name: sign, type: text, renamed_from: code").Replace(places))
	b := h.stage(february, delivery("city,No,sign", "x,1,a", "y,1,c"))

	planned, err := h.plan(b.GetId())
	require.NoError(t, err)
	_, err = h.expand(false, false)
	require.NoError(t, err)
	done, err := h.publish(b.GetId())
	require.NoError(t, err)

	var said []string
	for _, r := range []interface{ GetFindings() []*stepv1.Finding }{planned, done.GetBatch()} {
		for _, f := range r.GetFindings() {
			if f.GetReason() == string(problem.OthersRefer) {
				said = append(said, f.GetFound())
			}
		}
	}
	coded := "rows of public.coded, which is not of the dataset, refer by the foreign key coded_code_fkey (code) to rows that go (1 row)"
	several := "rows of public.several, which is not of the dataset, refer by the foreign key several_no_town_fkey (no, town) to rows that go (2 rows)"
	require.Equal(t, []string{coded, several, coded, several}, said)
	require.Equal(t, []string{"1|y", "NULL|x"}, h.db.Rows(t, `select coalesce("no"::text, 'NULL'), town from public.several order by 1`))
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, done.GetBatch().GetState())
}

// What refers to rows that are deleted with those that go is named too, however many steps
// away, also where the foreign keys go round in a ring.
func TestWhatStandsBehindRowsThatFollow(t *testing.T) {
	t.Parallel()
	for way, h := range goingTwoWays(t) {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			h := h(t)
			h.noted("on delete cascade")
			h.db.Exec(t, `
				alter table public.notes add primary key (note);
				create table public.replies (id text primary key, note text constraint "whose reply" references public.notes on delete cascade);
				create table public.likes (reply text constraint "whose like" references public.replies on delete set null);
				alter table public.notes add answer text constraint "whose answer" references public.replies on delete cascade;
				insert into public.replies values ('r', 'b');
				insert into public.likes values ('r')`)
			b := h.stage(february, everyone(upTo(7)...))

			planned, err := h.plan(b.GetId())
			require.NoError(t, err)
			done, err := h.publish(b.GetId())
			require.NoError(t, err)

			would := others(t, planned)
			require.Contains(t, would.GetMessage(), "to rows that go (3 rows), and are deleted with them (ON DELETE CASCADE); "+
				"behind these stand rows that refer to them in turn, and are not counted: "+
				"those of public.likes, by the foreign key whose like, lose what they refer to (ON DELETE SET NULL); "+
				"those of public.notes, by the foreign key whose answer, are deleted with them (ON DELETE CASCADE); "+
				"those of public.replies, by the foreign key whose reply, are deleted with them (ON DELETE CASCADE)")
			require.Equal(t, would.String(), others(t, done.GetBatch()).String(), "the run says the same")
			require.Equal(t, []string{"0|1"}, h.db.Rows(t, "select (select count(*) from replies), (select count(*) from likes where reply is null)"))
		})
	}
}

// A foreign key two steps away that forbids it: the plan says that a run is refused, the
// refusal has the SQL, and with it the same batch goes through.
func TestWhatKeepsRowsTwoStepsAway(t *testing.T) {
	t.Parallel()
	for way, h := range goingTwoWays(t) {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			h := h(t)
			h.noted("on delete cascade")
			h.db.Exec(t, `
				alter table public.notes add primary key (note);
				create table public.replies (note text constraint "whose reply" references public.notes);
				insert into public.replies values ('b')`)
			b := h.stage(february, everyone(upTo(7)...))

			planned, err := h.plan(b.GetId())
			require.NoError(t, err)
			_, refused := h.publish(b.GetId())

			require.Contains(t, others(t, planned).GetMessage(), "those of public.replies, by the foreign key whose reply, keep them from going where there are any: a run is refused then")
			requireReason(t, problem.LiveTableDiffers, refused)
			require.ErrorContains(t, refused, "rows of public.replies refer by the foreign key whose reply to rows of public.notes that would be deleted with rows that go, and keep them")
			require.Equal(t, "a1 b8 c9 d9 e0", h.notes())
			const way = `alter table "public"."replies" drop constraint "whose reply"`
			require.ErrorContains(t, refused, way)
			h.db.Exec(t, way)
			_, err = h.publish(b.GetId())
			require.NoError(t, err)
			require.Equal(t, "a1 e0", h.notes())
		})
	}
}
