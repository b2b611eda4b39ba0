package e2e

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// ledger is a dataset of one table whose deliveries bring what changed. Its name, and those
// of its tables, are its own.
const ledger = `
name: %[1]s
calendar: {period: month_end}
stale: note
tables:
  - name: %[1]s
    key: [id]
    extract: incremental
    deleted_when: {column: v, value: gone}
    departed_keys: delete
    columns: [{name: id, type: integer}, {name: v, type: text}]
snapshots: [{name: %[1]s_snapshots, from: %[1]s}]
`

// model is what a ledger must come to: of each as_of the rows, and those of live.
type model struct {
	history   map[string]map[int]string
	revisions map[string][]revised
	live      map[int]string
	watermark string
}

// revised is a revision: its rows, and the number of the one whose state it made current,
// which is an earlier one of a rollback.
type revised struct {
	rows   map[int]string
	stands int
}

// change is a delivery: what it says of each key, as a whole table or as what changed.
type change struct {
	asOf      string
	rows      map[int]string
	whole     bool
	supersede bool
	// rollback goes back instead: to a revision, or, with 0, to the state before.
	rollback bool
	to       int
}

// before is the newest date before one that is stamped; empty where none is.
func (m *model) before(asOf string) string {
	found := ""
	for at := range m.history {
		if at < asOf {
			found = max(found, at)
		}
	}
	return found
}

// take takes a delivery, and says by which reason it is refused.
func (m *model) take(c change) problem.Reason {
	if c.rollback {
		return m.goBack(c)
	}
	rows := maps.Clone(c.rows)
	if !c.whole {
		base, ok := m.history[m.before(c.asOf)]
		if !ok {
			return problem.BaseMissing
		}
		rows = maps.Clone(base)
		for id, v := range c.rows {
			if rows[id] = v; v == "gone" {
				delete(rows, id)
			}
		}
	}
	if was, ok := m.history[c.asOf]; ok && !c.supersede && !maps.Equal(was, rows) {
		return problem.SnapshotDiffers
	}
	if was, ok := m.history[c.asOf]; !ok || !maps.Equal(was, rows) {
		m.revisions[c.asOf] = append(m.revisions[c.asOf], revised{rows, len(m.revisions[c.asOf]) + 1})
	}
	m.set(c.asOf, rows)
	return ""
}

// set makes rows those of an as_of, and of live where it holds no later one.
func (m *model) set(asOf string, rows map[int]string) {
	m.history[asOf] = rows
	if asOf >= m.watermark {
		m.live, m.watermark = rows, asOf
	}
}

// goBack makes the content of an earlier revision current again.
func (m *model) goBack(c change) problem.Reason {
	all := m.revisions[c.asOf]
	if len(all) == 0 {
		return problem.SnapshotNotFound
	}
	to := c.to
	for n := all[len(all)-1].stands - 1; to == 0 && n > 0; n-- {
		if !maps.Equal(all[n-1].rows, m.history[c.asOf]) {
			to = n
		}
	}
	if to == 0 || to > len(all) {
		return problem.RollbackRefused
	}
	if target := all[to-1]; !maps.Equal(target.rows, m.history[c.asOf]) {
		m.revisions[c.asOf] = append(all, revised{target.rows, target.stands})
	}
	m.set(c.asOf, all[to-1].rows)
	return ""
}

func (m *model) dates() []string { return slices.Sorted(maps.Keys(m.history)) }

// draw draws a delivery of one of four months.
func draw(r *rand.Rand) change {
	c := change{
		asOf: []string{"2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"}[r.IntN(4)],
		rows: map[int]string{}, whole: r.IntN(4) == 0, supersede: r.IntN(2) == 0, rollback: r.IntN(4) == 0,
	}
	if c.rollback {
		c.to = r.IntN(3)
		return c
	}
	for range r.IntN(6) {
		c.rows[r.IntN(8)] = []string{"a", "b", "c", "gone"}[r.IntN(4)]
	}
	if c.whole { // in which nothing is gone
		maps.DeleteFunc(c.rows, func(_ int, v string) bool { return v == "gone" })
	}
	return c
}

// deliverChange takes a delivery through the suite, and says by which reason it is refused.
func (s *suite) deliverChange(t *testing.T, dataset string, c change) problem.Reason {
	t.Helper()
	if c.rollback {
		return s.goBack(t, dataset, c)
	}
	dir := t.TempDir()
	var file strings.Builder
	file.WriteString("id,v\n")
	for _, id := range slices.Sorted(maps.Keys(c.rows)) {
		fmt.Fprintf(&file, "%d,%s\n", id, c.rows[id])
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, dataset+".csv"), []byte(file.String()), 0o600))
	req := &orchestratorv1.StartRunRequest{
		Dataset: dataset, AsOf: c.asOf, Source: dir, RequestedBy: "e2e", FullExtract: c.whole, Supersede: c.supersede,
		Accept: []*orchestratorv1.AcceptedFinding{{Reason: string(problem.DeparturesOverLimit)}},
	}
	if c.supersede {
		req.Reason = why
	}
	r, err := s.orchestrator.StartRun(t.Context(), req)
	require.NoError(t, err)
	return problem.Reason(s.wait(t, r.GetRun().GetId()).GetReason())
}

// goBack rolls an as_of back, and says by which reason that is refused.
func (s *suite) goBack(t *testing.T, dataset string, c change) problem.Reason {
	t.Helper()
	r, err := s.orchestrator.StartRun(t.Context(), &orchestratorv1.StartRunRequest{
		Dataset: dataset, AsOf: c.asOf, Mode: orchestratorv1.RunMode_RUN_MODE_ROLLBACK, ToRevision: int32(c.to), RequestedBy: "e2e", Reason: back,
	})
	require.NoError(t, err)
	return problem.Reason(s.wait(t, r.GetRun().GetId()).GetReason())
}

func (s *suite) asMap(t *testing.T, sql string, args ...any) map[int]string {
	t.Helper()
	rows, err := s.db.Query(t.Context(), sql, args...)
	require.NoError(t, err)
	defer rows.Close()
	all := map[int]string{}
	for rows.Next() {
		var id int
		var v string
		require.NoError(t, rows.Scan(&id, &v))
		all[id] = v
	}
	require.NoError(t, rows.Err())
	return all
}

// Whatever is delivered in whatever order, whole or as what changed, late, again or as a
// correction, and rolled back: history, its revisions and live are what a model of a few
// lines says. SF_PROPERTY_SEQUENCES asks for more of them.
func TestRandomChangesGiveTheHistoryOfTheModel(t *testing.T) {
	t.Parallel()
	s := setup(t)
	sequences, length := 24, 8
	if testing.Short() {
		sequences = 4
	}
	if text := os.Getenv("SF_PROPERTY_SEQUENCES"); text != "" {
		n, err := strconv.Atoi(text)
		require.NoError(t, err)
		sequences = n
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	refused := map[problem.Reason]int{}
	for i := range sequences {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		name, m := fmt.Sprintf("ledger%d", i), &model{history: map[string]map[int]string{}, revisions: map[string][]revised{}}
		s.applyYAML(t, fmt.Sprintf(ledger, name))
		for j := range length {
			c := draw(r)
			where := fmt.Sprintf("seed %d, sequence %d, delivery %d: %+v", seed, i, j, c)

			want := m.take(c)
			got := s.deliverChange(t, name, c)

			require.Equal(t, want, got, where)
			refused[want]++
			dates := s.rows(t, "select distinct as_of::text from sf_snapshot.catalog where dataset = $1 order by 1", name)
			require.Equal(t, m.dates(), append([]string(nil), dates...), where)
			for _, at := range dates {
				require.Equal(t, m.history[at], s.asMap(t, "select id, v from "+name+"_snapshots where as_of = $1::text::date", at), "%s, as of %s", where, at)
			}
			for at, all := range m.revisions {
				for n, r := range all {
					got := s.asMap(t, "select id, v from "+name+"_snapshots_revisions where as_of = $1::text::date and revision = $2", at, n+1)
					require.Equal(t, r.rows, got, "%s, as of %s, revision %d", where, at, n+1)
				}
			}
			if m.live != nil {
				require.Equal(t, m.live, s.asMap(t, "select id, v from "+name), "%s, live", where)
			}
		}
	}
	for _, reason := range []problem.Reason{"", problem.BaseMissing, problem.SnapshotDiffers, problem.RollbackRefused, problem.SnapshotNotFound} {
		require.Positive(t, refused[reason], "never %q", reason)
	}
}
