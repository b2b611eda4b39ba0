package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// staff is a table that refers to itself, twice, in a folder of the source.
const staff = `
name: staff
calendar: {period: month_end}
tables:
  - name: people
    file: hr/raw/people.csv
    key: [id]
    departed_keys: delete
    departed_limit: 1
    references: [{columns: [boss], table: people}, {columns: [deputy], table: people}]
    columns:
      - {name: id, type: integer}
      - {name: boss, type: integer}
      - {name: deputy, type: integer}
`

func people(rows ...string) files {
	return files{"hr/raw/people.csv": "id,boss,deputy\n" + strings.Join(rows, "\n") + "\n"}
}

// Children stand before their parents and behind them, a row may be its own parent, and
// months come and go in one statement each.
func TestATableThatRefersToItself(t *testing.T) {
	t.Parallel()
	h := open(t, staff)
	live := func() []string { return h.db.Rows(t, "select id, boss, deputy from people order by id") }

	b := h.published(january, people("3,2,1", "2,1,", "1,1,3", "4,2,2"))

	require.Equal(t, "hr/raw/people.csv", b.GetFiles()[0].GetName())
	require.Len(t, live(), 4)
	require.Equal(t, []string{"2"}, h.db.Rows(t, "select count(*) from pg_constraint where contype = 'f' and confrelid = 'people'::regclass"))

	// 1 and 2 depart with all who referred to them; 9 and 8 come, the child first.
	h.published(february, people("9,8,", "8,8,9", "3,9,8"))

	require.Len(t, live(), 3)
	require.Equal(t, []string{"3"}, h.db.Rows(t, "select count(*) from people where id in (3, 8, 9)"))

	// A chain as long as the file, from its end to its beginning.
	var chain []string
	for i := range 5000 {
		chain = append(chain, fmt.Sprintf("%d,%d,", i, i+1))
	}
	h.published(march, people(append(chain, "5000,,")...))

	require.Equal(t, []string{"5001"}, h.db.Rows(t, "select count(*) from people"))
}

func TestARowWhoseParentIsNotInItsOwnTable(t *testing.T) {
	t.Parallel()
	h := open(t, staff)

	b := h.stage(january, people("3,2,", "2,1,7", "1,,"))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	require.Equal(t, []string{"DEPARTURES_UNGUARDED people", "ORPHANED_ROWS people"}, reasons(b))
	f := b.GetFindings()[0]
	require.Equal(t, `hr/raw/people.csv: expected a row of people for every deputy, found 1 row without one, the first "7" on line 3`, f.GetMessage())
	require.Equal(t, "hr/raw/people.csv", f.GetRows()[0].GetFile())
	require.EqualValues(t, 3, f.GetRows()[0].GetLine())
}

// A delivery of which one table lies in a folder is like any other: looked for, listed,
// summed, recognised when it comes again.
func TestFilesInFoldersOfTheSource(t *testing.T) {
	t.Parallel()
	h := open(t, strings.Replace(shop, "- name: orders\n", "- name: orders\n    file: raw/orders.csv\n", 1))
	delivery := goods.without("orders.csv").with("raw/orders.csv", goods["orders.csv"]).with("manifest.json",
		`{"files": [{"name": "customers.csv"}, {"name": "raw/orders.csv", "rows": 3}, {"name": "lines.csv"}]}`)

	first := h.published(january, delivery)
	again := h.stage(january, delivery)
	missing := h.stage(february, delivery.without("raw/orders.csv").without("manifest.json").with("orders.csv", goods["orders.csv"]))
	blocked := h.stage(february, delivery.without("raw/orders.csv").without("manifest.json").with("raw", "a file"))

	require.Equal(t, first.GetId(), again.GetSameAs())
	require.Equal(t, "raw/orders.csv", first.GetFiles()[1].GetName())
	require.Equal(t, []string{"raw/orders.csv"}, first.GetTables()[1].GetCandidate().GetFiles())
	for _, f := range missing.GetFindings() {
		if f.GetReason() == "FILE_MISSING" {
			require.Equal(t, `Was "orders.csv" meant? Then deliver it as raw/orders.csv, or declare it as the file of table orders.`, f.GetAction())
		}
	}
	require.Contains(t, reasons(missing), "FILE_MISSING orders")
	require.Contains(t, reasons(blocked), "FILE_MISSING orders")
}

// A row that is rejected is one fault, also where those below it in its own table refer
// to it, and those of another column.
func TestWhatFollowsFromARejectedRow(t *testing.T) {
	t.Parallel()
	h := open(t, staff)

	b := h.stage(january, people("1,,", "2,1,soon", "3,2,1", "4,3,2", "5,2,", "6,9,"))

	require.Equal(t, []string{"DEPARTURES_UNGUARDED people", "ORPHANED_ROWS people", "ROWS_REJECTED people"}, reasons(b))
	for _, f := range b.GetFindings() {
		if f.GetReason() != "ROWS_REJECTED" {
			require.Empty(t, f.GetFollows())
			require.True(t, f.GetReason() != "ORPHANED_ROWS" || f.GetCount() == 1, "the one whose boss is nobody")
			continue
		}
		require.Len(t, f.GetFollows(), 2)
		require.Equal(t, `hr/raw/people.csv: 2 rows refer to rejected rows of hr/raw/people.csv by boss, the first "2" on line 4`, f.GetFollows()[0].GetMessage())
		require.Equal(t, `hr/raw/people.csv: 1 row refers to rejected rows of hr/raw/people.csv by deputy, the first "2" on line 5`, f.GetFollows()[1].GetMessage())
	}
}

// In CSV "" is an empty text and nothing is NULL: who quotes every field refers to a
// parent that nobody has.
func TestAReferenceThatIsAnEmptyTextIsToldFromNone(t *testing.T) {
	t.Parallel()
	h := open(t, strings.NewReplacer("type: integer", "type: text").Replace(staff))
	const advice = `A reference that is "" is an empty text, and asks for a row whose key is one: leave the field empty, without quotes, where there is none.`

	b := h.stage(january, people(`1,"",`, `2,1,""`, "3,,"))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	orphaned := 0
	for _, f := range b.GetFindings() {
		if f.GetReason() == "ORPHANED_ROWS" {
			orphaned++
			require.Equal(t, advice, f.GetAction(), "nothing is missing that could be delivered")
		}
	}
	require.Equal(t, 2, orphaned)

	some := h.stage(february, people(`1,"",`, `2,7,`, "3,,"))
	var action string
	for _, f := range some.GetFindings() {
		if f.GetReason() == "ORPHANED_ROWS" {
			action = f.GetAction()
		}
	}
	require.Equal(t, advice+" Deliver the missing rows in hr/raw/people.csv, or leave their children out.", action)
}
