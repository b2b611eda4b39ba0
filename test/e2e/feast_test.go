package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/test/extract"
)

var feastQuery = regexp.MustCompile(`(?m)^ +query=("(?:[^"\\]|\\.)*"),$`)

// What Feast is told to read is there: each row of history once, with when it became known,
// also after a month was corrected.
func TestTheQueriesOfTheFeastRepositoryReadHistory(t *testing.T) {
	t.Parallel()
	s := setup(t)
	january, february := extract.Months(t)
	s.succeed(t, extract.January, january)
	s.succeed(t, extract.February, february)
	bin, dir := buildSfctl(t), t.TempDir()
	out, code := s.sfctl(t, bin, "feast", "export", dir)
	require.Zero(t, code, out)
	queries := feastQuery.FindAllStringSubmatch(contents(t, filepath.Join(dir, "repository.py")), -1)
	require.Len(t, queries, 7)
	for _, q := range queries {
		query, err := strconv.Unquote(q[1])
		require.NoError(t, err)
		require.Equal(t, []string{"14086|7043|2024-01-31|2024-02-29|0"}, s.rows(t, fmt.Sprintf(`select count(*)::text || '|' || count(distinct user_id) || '|' ||
			min(event_timestamp at time zone 'UTC')::date || '|' || max(event_timestamp at time zone 'UTC')::date || '|' || count(*) filter (where created_timestamp is null)
			from (%s) q`, query)), query)
	}
}
