package e2e

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// stay is a dataset of one table of the name, with a key, a type of its column nights, and
// what stands behind its table.
func stay(t *testing.T, name, table, key, nights, rest string) *datasetv1.Dataset {
	t.Helper()
	d, mistakes := dataset.Read("stay.yaml", fmt.Appendf(nil, `
name: %s
calendar: {period: month_end}
tables:
  - name: %s
    file: guests.csv
    key: %s
    columns: [{name: id, type: text}, {name: city, type: text}, {name: nights, type: %s}]
%s`, name, table, key, nights, rest))
	require.NoError(t, mistakes.Err())
	return d
}

// stays makes a run of such a dataset.
func (s *suite) stays(t *testing.T, name, asOf, content string) {
	t.Helper()
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: name, AsOf: asOf, Source: folder(t, map[string]string{"guests.csv": content}), RequestedBy: "e2e",
	})
	require.NoError(t, err)
	requireSucceeded(t, s.wait(t, r.GetRun().GetId()))
}

// sqlIn is the SQL at the end of each line of a refusal.
func sqlIn(description string) (all []string) {
	for _, line := range strings.Split(description, "\n") {
		for _, begin := range []string{": drop view ", ": alter table ", ": create unique index "} {
			if i := strings.Index(line, begin); i >= 0 {
				all = append(all, line[i+2:])
				break
			}
		}
	}
	return all
}

// Every way out that a refused key is told leads through: the version that keeps to it is
// applied, once its SQL is carried out, and its runs hold the rows to the new key alone.
func TestTheWaysOutOfAnotherKey(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const (
		january = "id,city,nights\na,Oslo,1\nb,Rome,2\n"
		more    = "id,city,nights\na,Oslo,1\na,Rome,1\nb,Rome,2\n" // two rows of an id
		blank   = "id,city,nights\na,Oslo,1\nb,,2\n"               // no city
		apart   = ": rows that are there were told apart by the other key: declare key: %s as it was; or declare a new table under another name, with file: guests.csv"
		inPlace = "; or re-key the table itself first, where none of its rows stand in the way"
		both    = ", and snapshots of it under other names" + inPlace +
			", and declare other names for what is taken from it (%s), whose history begins anew"
	)
	of := func(name string) string { return "snapshots: [{name: " + name + ", from: %s}]\n" }
	for i, tc := range []struct{ was, key, snapshots, then, table, says, february string }{
		{"[id]", "[id, city]", of("s0"), of("n0"), "t0", fmt.Sprintf(apart, "[id]") + fmt.Sprintf(both, "s0"), more},
		{"[id]", "[id, city]", of("s1"), of("n1"), "other1", fmt.Sprintf(apart, "[id]") + fmt.Sprintf(both, "s1"), more},
		{"[id]", "[id, city]", "", "", "t2", fmt.Sprintf(apart, "[id]") + inPlace, more},
		{"[id]", "[id, city]", "", "", "other3", fmt.Sprintf(apart, "[id]") + inPlace, more},
		{"[id, city]", "[id]", "", "", "t4", fmt.Sprintf(apart, "[id, city]") + inPlace, blank},
		{"[id, city]", "[city, id]", of("s5"), of("n5"), "t5",
			": rows lie in the order of the key, and it is the same columns in another order: declare key: [id, city]; or declare other names for what is taken from it (s5), whose history begins anew", more},
	} {
		name, table := fmt.Sprint("stay", i), fmt.Sprint("t", i)
		in := func(snapshots, table string) string { return strings.ReplaceAll(snapshots, "%s", table) }
		s.apply(t, stay(t, name, table, tc.was, "integer", in(tc.snapshots, table)))
		s.stays(t, name, "2024-01-31", january)

		p := s.refusedAtApply(t, stay(t, name, table, tc.key, "integer", in(tc.snapshots, table)))
		require.Len(t, p.Violations, 1, "%v", p.Violations)
		said, lines, _ := strings.Cut(p.Violations[0].Description, "\n")
		_, said, _ = strings.Cut(said, ")")
		_, said, _ = strings.Cut(said, ")")
		require.Equal(t, tc.says, said)
		require.NotContains(t, lines, "s"+fmt.Sprint(i), "no SQL makes history that of another key")
		if tc.table == table {
			for _, sql := range sqlIn(lines) {
				execute(t, s.person(t), sql)
			}
		}
		s.apply(t, stay(t, name, tc.table, tc.key, "integer", in(tc.then, tc.table)))
		s.stays(t, name, "2024-02-29", tc.february)
		require.Len(t, s.rows(t, "select from "+tc.table+" where id in ('a', 'b') and nights > 0"), 2+strings.Count(tc.february, "a,Rome"), name)
	}
}

// The SQL for a column that somebody altered stands behind what there is to do otherwise, and
// nothing of ours comes first as if it were in the way; it leads through, with a view of the
// user's on the column too.
func TestTheWaysOutOfAnotherType(t *testing.T) {
	t.Parallel()
	s := setup(t)
	const snapshots = "snapshots: [{name: past, from: guests}]\n"
	s.apply(t, stay(t, "stay", "guests", "[id]", "integer", snapshots))
	s.stays(t, "stay", "2024-01-31", "id,city,nights\na,Oslo,1\nb,Rome,2\n")
	execute(t, s.person(t), "create view long as select nights from guests where nights > 1; create view longer as select nights from past where nights > 1")
	asTruth := stay(t, "stay", "guests", "[id]", "boolean", snapshots)

	p := s.refusedAtApply(t, asTruth)

	require.Len(t, p.Violations, 1)
	lines := strings.Split(p.Violations[0].Description, "\n")
	require.Len(t, lines, 3)
	require.Contains(t, lines[0], "values that are there may not fit: declare a new column beside it under another name, or a new table")
	for _, line := range lines[1:] {
		_, mend, _ := strings.Cut(line, "hangs on it: ")
		require.True(t, strings.HasPrefix(mend, "keep the type that it has, and declare the new one as a column of another name"), line)
		require.Contains(t, mend, "only where somebody altered the column by hand: drop view ")
	}
	execute(t, s.person(t), "drop view long; drop view longer")
	p = s.refusedAtApply(t, asTruth)
	for _, line := range strings.Split(p.Violations[0].Description, "\n")[1:] {
		require.Regexp(t, `found integer: keep the type .* by hand: (drop view "public"."past_revisions"; )?alter table `, line)
	}
	for _, sql := range sqlIn(p.Violations[0].Description) {
		execute(t, s.person(t), sql)
	}
	s.apply(t, asTruth)
	s.stays(t, "stay", "2024-02-29", "id,city,nights\na,Oslo,true\nb,Rome,false\n")
	require.Len(t, s.rows(t, "select from past_revisions"), 4, "the run made it again")
}
