package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

// TestTheGuideOfSnapshotsCanBeFollowed runs the SQL that the guide shows, as a role that
// has what the guide grants and nothing else.
func TestTheGuideOfSnapshotsCanBeFollowed(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Sample(t, 500)
	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, february)
	owner := s.person(t)
	_, err := owner.Exec(t.Context(), "create role guide_reader login password 'guide'")
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = owner.Exec(t.Context(), "drop owned by guide_reader; drop role guide_reader") })

	reads, grants := 0, 0
	for _, statement := range guideSQL(t) {
		_, err := owner.Exec(t.Context(), "reset role")
		require.NoError(t, err)
		if strings.HasPrefix(statement, "grant") {
			grants++
			_, err = owner.Exec(t.Context(), strings.Replace(statement, " to reader", " to guide_reader", 1))
			require.NoError(t, err, statement)
			continue
		}
		tag, err := owner.Exec(t.Context(), statement)
		require.NoError(t, err, statement)
		if strings.HasPrefix(statement, "select") {
			reads++
			require.Positive(t, tag.RowsAffected(), statement)
		}
	}
	require.Equal(t, 6, reads)
	require.Equal(t, 4, grants)

	t.Run("pandas", func(t *testing.T) { pandas(t, owner.Config()) })
	_, err = owner.Exec(t.Context(), "set role guide_reader")
	require.NoError(t, err)
	var dates int
	require.NoError(t, owner.QueryRow(t.Context(), "select count(distinct as_of) from sf_snapshot.catalog").Scan(&dates))
	require.Equal(t, 2, dates)
	require.NoError(t, owner.QueryRow(t.Context(), "select count(*) from public.labels_snapshots where as_of = '2024-01-31'").Scan(&dates))
	_, err = owner.Exec(t.Context(), "delete from public.labels_snapshots")
	require.ErrorContains(t, err, "permission denied")
}

// pandas runs the Python of the guide as it stands there, but for the address, and looks at
// what it then says of numbers.
func pandas(t *testing.T, at *pgx.ConnConfig) {
	t.Helper()
	python := pythonWith(t, "pandas", "sqlalchemy", "psycopg2")
	_, program, is := strings.Cut(contents(t, filepath.Join(extract.Root(), "docs", "guides", "read-snapshots.md")), "\n## pandas\n\n")
	require.True(t, is)
	program, _, _ = strings.Cut(program, "\n\n")
	require.Contains(t, program, "january = ")
	const address = "reader:…@host/streamflow"
	require.Equal(t, 1, strings.Count(program, address))
	program = strings.ReplaceAll("\n"+program, "\n    ", "\n")
	program = strings.Replace(program, address, fmt.Sprintf("guide_reader:guide@%s:%d/%s", at.Host, at.Port, at.Database), 1)
	run := exec.CommandContext(t.Context(), python, "-c", program+`
print(len(january), january["as_of"].astype(str).unique(), january["watch_hours_30d"].dtype)
exact = pd.read_sql(sa.text("select watch_hours_30d from usage_agg_30d_snapshots where as_of = :d"), db, params={"d": "2024-01-31"}, coerce_float=False)
print(type(exact["watch_hours_30d"][0]).__name__)
`)
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s\n%s", program, out)
	require.Equal(t, "500 ['2024-01-31'] float64\nDecimal\n", string(out))
}

// guideSQL returns the statements of the guide's code, in order.
func guideSQL(t *testing.T) []string {
	t.Helper()
	var all []string
	open := false // whether a statement goes on
	for _, line := range extract.Lines(t, extract.Root(), "docs/guides/read-snapshots.md") {
		text, code := strings.CutPrefix(line, "    ")
		word, _, _ := strings.Cut(strings.TrimSuffix(text, ";"), " ")
		switch {
		case !code:
			open = false
		case open:
			all[len(all)-1] += "\n" + text
		case slices.Contains([]string{"select", "grant", "begin", "commit"}, word):
			all, open = append(all, text), true
		}
		if open && strings.HasSuffix(text, ";") {
			all[len(all)-1], open = strings.TrimSuffix(all[len(all)-1], ";"), false
		}
	}
	return all
}
