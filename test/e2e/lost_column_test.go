package e2e

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// journal is a dataset of two tables, of which the first has the columns beside its key, and is
// stamped into a snapshot of the name.
func journal(t *testing.T, snapshot, columns string) *datasetv1.Dataset {
	t.Helper()
	d, mistakes := dataset.Read("journal.yaml", fmt.Appendf(nil, `
name: journal
calendar: {period: month_end}
tables:
  - {name: entries, key: [id], columns: [{name: id, type: text}, %s{name: v, type: integer}]}
  - {name: books, key: [id], columns: [{name: id, type: text}, {name: n, type: integer}]}
snapshots: [{name: %s, from: entries}, {name: books_hist, from: books}]
`, columns, snapshot))
	require.NoError(t, mistakes.Err())
	return d
}

const (
	noted     = "{name: note, type: text}, "
	optNoted  = "{name: note, type: text, optional: true}, "
	withNote  = "id,note,v\na,x,1\nb,y,2\n"
	noNote    = "id,v\na,1\nb,2\n"
	onlyBooks = "id,n\nk,1\n"
)

// book makes a run of the journal.
func (s *suite) book(t *testing.T, asOf, entries, books string, also ...func(*orchestratorv1.StartRunRequest)) *orchestratorv1.Run {
	t.Helper()
	req := &orchestratorv1.StartRunRequest{
		Dataset: "journal", AsOf: asOf, Source: folder(t, map[string]string{"entries.csv": entries, "books.csv": books}), RequestedBy: "e2e",
	}
	for _, change := range also {
		change(req)
	}
	r, err := s.orchestrator.StartRun(t.Context(), req)
	require.NoError(t, err)
	return s.wait(t, r.GetRun().GetId())
}

func superseding(req *orchestratorv1.StartRunRequest) { req.Supersede, req.Reason = true, why }
func restaging(req *orchestratorv1.StartRunRequest)   { req.Restage = true }

// wrongOf says what a verification finds of the journal.
func (s *suite) wrongOf(t *testing.T) (mends []string) {
	t.Helper()
	stream, err := s.snapshot.Verify(t.Context(), &snapshotv1.VerifyRequest{Dataset: "journal"})
	require.NoError(t, err)
	for {
		m, err := stream.Recv()
		if err != nil {
			require.ErrorContains(t, err, "EOF")
			return mends
		}
		if r := m.GetRevision(); r.GetMend() != "" {
			mends = append(mends, r.GetMend())
		}
	}
}

// Whoever does not declare a stamped column any more is offered no SQL that drops it from
// history; what is offered leads through.
func TestTheWaysOutOfAColumnThatIsNotDeclaredAnyMore(t *testing.T) {
	t.Parallel()
	for name, lead := range map[string]func(*testing.T, *suite, string){
		"optional": func(t *testing.T, s *suite, _ string) { s.apply(t, journal(t, "entries_hist", optNoted)) },
		"another snapshot": func(t *testing.T, s *suite, said string) {
			for _, sql := range sqlIn(said) {
				execute(t, s.person(t), sql)
			}
			s.apply(t, journal(t, "lean_hist", ""))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			s.apply(t, journal(t, "entries_hist", noted))
			requireSucceeded(t, s.book(t, "2024-01-31", withNote, onlyBooks))

			p := s.refusedAtApply(t, journal(t, "entries_hist", ""))

			require.Len(t, p.Violations, 1)
			said := p.Violations[0].Description
			require.NotContains(t, said, `"entries_hist" drop column`)
			require.Contains(t, said, "do not drop it: dates were stamped with it")
			require.Equal(t, []string{`alter table "public"."entries" drop column "note"`}, sqlIn(said))
			lead(t, s, said)
			requireSucceeded(t, s.book(t, "2024-02-29", noNote, onlyBooks))
			require.Empty(t, s.wrongOf(t))
		})
	}
}

// Somebody dropped the column from history all the same: nothing passes for unchanged, nothing
// is an error of ours, and what is told brings the values back.
func TestAColumnThatSomebodyDroppedFromHistory(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, journal(t, "entries_hist", noted))
	requireSucceeded(t, s.book(t, "2024-01-31", withNote, onlyBooks))
	before := s.rows(t, "select id, note, v from entries_hist order by 1")
	execute(t, s.person(t), "alter table entries drop column note; drop view entries_hist_revisions; alter table entries_hist drop column note")
	s.apply(t, journal(t, "entries_hist", ""))

	require.Len(t, s.wrongOf(t), 1)
	require.Contains(t, s.wrongOf(t)[0], "declare note in the dataset, where it does not any more")
	r := s.book(t, "2024-01-31", noNote, "id,n\nk,2\n", superseding)
	require.Equal(t, "SNAPSHOT_DIFFERS", r.GetReason(), r.GetMessage())
	require.Contains(t, r.GetMessage(), "declare note again, with optional: true where files come without it, and run the date again")

	s.apply(t, journal(t, "entries_hist", optNoted))
	r = s.book(t, "2024-01-31", noNote, onlyBooks)
	require.Equal(t, "SNAPSHOT_DIFFERS", r.GetReason(), r.GetMessage())
	require.Contains(t, r.GetMessage(), "history has no column note any more: somebody dropped it")
	requireSucceeded(t, s.book(t, "2024-02-29", "id,v\na,3\nb,4\n", "id,n\nk,5\n")) // adds it again, empty
	r = s.book(t, "2024-01-31", noNote, onlyBooks)
	require.Equal(t, "SNAPSHOT_DIFFERS", r.GetReason(), r.GetMessage())
	require.Len(t, s.wrongOf(t), 1)

	requireSucceeded(t, s.book(t, "2024-01-31", withNote, onlyBooks))

	require.Equal(t, before, s.rows(t, "select id, note, v from entries_hist where as_of = '2024-01-31' order by 1"))
	require.Empty(t, s.wrongOf(t))
	requireSucceeded(t, s.book(t, "2024-01-31", withNote, "id,n\nk,2\n", superseding))
}

// The advice of a verification, taken to the word.
func TestADroppedColumnIsBroughtBackByRestage(t *testing.T) {
	t.Parallel()
	s := setup(t)
	s.apply(t, journal(t, "entries_hist", noted))
	requireSucceeded(t, s.book(t, "2024-01-31", withNote, onlyBooks))
	before := s.rows(t, "select id, note, v from entries_hist order by 1")
	execute(t, s.person(t), "drop view entries_hist_revisions; alter table entries_hist drop column note")
	require.Len(t, s.wrongOf(t), 1)

	requireSucceeded(t, s.book(t, "2024-01-31", withNote, onlyBooks, restaging))

	require.Equal(t, before, s.rows(t, "select id, note, v from entries_hist order by 1"))
	require.Empty(t, s.wrongOf(t))
}
