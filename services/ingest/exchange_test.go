package ingest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// seats is a table of guests, on whose seats the users keep an index of their own.
const seats = `
name: seats
calendar: {period: month_end}
tables:
  - name: guests
    departed_limit: 1
    key: [id]
    columns: [{name: id, type: integer}, {name: seat, type: integer, optional: true}, {name: "Row", type: text, optional: true}]
`

func seated(rows ...string) files {
	return files{"guests.csv": "id,seat,Row\n" + strings.Join(rows, "\n") + "\n"}
}

// A month in which two guests exchange their seats is refused by an index that is checked
// row by row. The plan warns of it, the refusal names the way out, and the way out is one.
func TestValuesThatAreExchangedUnderAUniqueIndex(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ make, mend string }{
		"an index": {`create unique index "one each" on guests (seat)`,
			`drop index "one each"; alter table public.guests add constraint "one each" unique (seat) deferrable initially deferred`},
		"a constraint": {`alter table guests add constraint "one each" unique (seat, "Row")`,
			`alter table public.guests drop constraint "one each", add constraint "one each" UNIQUE (seat, "Row") deferrable initially deferred`},
		"one that takes NULL for a value": {`create unique index "one each" on guests (seat, "Row") nulls not distinct`,
			`drop index "one each"; alter table public.guests add constraint "one each" unique nulls not distinct (seat, "Row") deferrable initially deferred`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, seats+unguarded)
			h.published(january, seated("1,10,a", "2,20,a", "3,30,a", "4,,b"))
			h.db.Exec(t, "set search_path = public; "+tc.make)
			b := h.stage(february, seated("1,20,a", "2,10,a", "3,31,a", "4,,b", "5,50,a"))

			planned, err := h.plan(b.GetId())
			require.NoError(t, err)
			_, refused := h.publish(b.GetId())

			require.Len(t, planned.GetFindings(), 1)
			f := planned.GetFindings()[0]
			require.Equal(t, string(problem.LiveTableDiffers), f.GetReason())
			require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, f.GetSeverity())
			require.EqualValues(t, 2, f.GetCount())
			require.Contains(t, f.GetAction(), strings.ReplaceAll(tc.mend, `drop index "`, `drop index public."`))
			requireReason(t, problem.LiveTableDiffers, refused)
			require.ErrorContains(t, refused, f.GetAction())
			require.ErrorContains(t, refused, "nothing was written")
			require.Equal(t, []string{"1|10", "2|20", "3|30"}, h.db.Rows(t, "select id, seat from guests where seat is not null order by id"))

			h.db.Exec(t, f.GetAction())
			planned, err = h.plan(b.GetId())
			require.NoError(t, err)
			require.Empty(t, planned.GetFindings())
			h.published(february, seated("1,20,a", "2,10,a", "3,31,a", "4,,b", "5,50,a"))
			require.Equal(t, []string{"1|20", "2|10", "3|31", "5|50"}, h.db.Rows(t, "select id, seat from guests where seat is not null order by id"))
		})
	}
}

// Two rows that are to have the same value are the delivery's own fault, or that of a row
// which departs and stays: no way of checking helps.
func TestValuesThatAreTwice(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string][]string{
		"in the delivery":      {"1,10,a", "2,20,a", "3,20,a"},
		"of a row that stays":  {"1,20,a", "3,30,a"},
		"of nobody who gives ": {"1,10,a", "2,20,a", "3,30,a", "4,10,a"},
	} {
		h := open(t, seats+unguarded)
		h.published(january, seated("1,10,a", "2,20,a", "3,30,a"))
		h.db.Exec(t, "create unique index seat on public.guests (seat)")
		b := h.stage(february, seated(rows...))

		planned, err := h.plan(b.GetId())
		require.NoError(t, err)
		_, refused := h.publish(b.GetId())

		require.Empty(t, planned.GetFindings(), name)
		requireReason(t, problem.LiveTableDiffers, refused)
		require.NotContains(t, refused.Error(), "deferrable", name)
	}
}

// A plan looks through a rename that no run has carried out, and neither at the key's own
// index nor at one of a few rows.
func TestWhichUniqueIndexesAPlanLooksAt(t *testing.T) {
	t.Parallel()
	h := open(t, seats+unguarded)
	h.published(january, seated("1,10,a", "2,20,a"))
	h.db.Exec(t, `
		create unique index whole on public.guests (id);
		create unique index a_few on public.guests (seat) where seat > 100;
		create unique index called on public.guests (seat)`)
	h.grow(strings.Replace(seats, "{name: seat, type: integer", "{name: place, type: integer, renamed_from: seat", 1) + unguarded)
	b := h.stage(february, files{"guests.csv": "id,place,Row\n1,20,a\n2,10,a\n"})

	planned, err := h.plan(b.GetId())

	require.NoError(t, err)
	require.Len(t, planned.GetFindings(), 1)
	require.Contains(t, planned.GetFindings()[0].GetMessage(), "unique index called (seat)")
}

// What a row gives up by leaving is another's: of a table that deletes what departs.
func TestValuesOfARowThatGoes(t *testing.T) {
	t.Parallel()
	h := open(t, strings.Replace(seats, "    key: [id]", "    departed_keys: delete\n    key: [id]", 1)+unguarded)
	h.published(january, seated("1,10,a", "2,20,a"))
	h.db.Exec(t, "create unique index seat on public.guests (seat)")
	b := h.stage(february, seated("2,20,a", "3,10,a"))

	planned, err := h.plan(b.GetId())
	require.NoError(t, err)
	_, refused := h.publish(b.GetId())

	require.Len(t, planned.GetFindings(), 1)
	require.ErrorContains(t, refused, planned.GetFindings()[0].GetAction())
	h.db.Exec(t, planned.GetFindings()[0].GetAction())
	_, err = h.publish(b.GetId())
	require.NoError(t, err)
	require.Equal(t, []string{"2|20", "3|10"}, h.db.Rows(t, "select id, seat from guests order by id"))
}
