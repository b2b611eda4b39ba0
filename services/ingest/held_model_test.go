package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// clan is a table of people, each of which has a patron among them, and one of their pets.
const clan = `
name: clan
calendar: {period: month_end}
tables:
  - name: folk
    departed_limit: 1
    key: [id]
    references: [{columns: [patron], table: folk}]
    columns: [{name: id, type: integer}, {name: patron, type: integer}]
  - name: pets
    departed_limit: 1
    key: [id]
    references: [{columns: [owner], table: folk}]
    columns: [{name: id, type: integer}, {name: owner, type: integer}]
`

// clanModel is what live is, in memory: of each key to whom it refers, 0 for nobody, and
// which keys the as_of brought.
type clanModel struct {
	live    [2]map[int]int
	brought [2]map[int]bool
}

const folk, pets = 0, 1

// correct takes a correction, and returns who is withdrawn of either table. Whoever stays
// keeps the one to whom he refers, until nobody more is found.
func (m *clanModel) correct(delivered [2]map[int]int) (withdrawn [2]int) {
	goes := [2]map[int]bool{{}, {}}
	for table, rows := range m.live {
		for id := range rows {
			_, there := delivered[table][id]
			goes[table][id] = !there && m.brought[table][id]
		}
	}
	for found := true; found; {
		found = false
		for table, rows := range m.live {
			for id, to := range rows {
				if _, there := delivered[table][id]; !there && !goes[table][id] && goes[folk][to] {
					goes[folk][to], found = false, true
				}
			}
		}
	}
	for table := range m.live {
		for id, gone := range goes[table] {
			if gone {
				withdrawn[table]++
				delete(m.live[table], id)
				delete(m.brought[table], id)
			}
		}
	}
	m.publish(delivered)
	return withdrawn
}

func (m *clanModel) publish(delivered [2]map[int]int) {
	for table, rows := range delivered {
		for id, to := range rows {
			if _, there := m.live[table][id]; !there {
				m.brought[table][id] = true
			}
			m.live[table][id] = to
		}
	}
}

// clanAtRandom has people whose patrons are among them, and pets with owners.
func clanAtRandom(r *rand.Rand) (rows [2]map[int]int) {
	rows = [2]map[int]int{{}, {}}
	var all []int
	for id := 1; id <= 9; id++ {
		if r.IntN(2) == 0 {
			all = append(all, id)
		}
	}
	for _, id := range all {
		rows[folk][id] = append(all, 0)[r.IntN(len(all)+1)]
	}
	for id := 1; id <= 4 && len(all) > 0; id++ {
		if r.IntN(2) == 0 {
			rows[pets][id] = all[r.IntN(len(all))]
		}
	}
	return rows
}

func clanFiles(rows [2]map[int]int) files {
	write := func(header string, rows map[int]int) string {
		lines := []string{header}
		for id, to := range rows {
			lines = append(lines, strings.TrimSuffix(fmt.Sprintf("%d,%d", id, to), "0"))
		}
		slices.Sort(lines[1:])
		return strings.Join(lines, "\n") + "\n"
	}
	return files{"folk.csv": write("id,patron", rows[folk]), "pets.csv": write("id,owner", rows[pets])}
}

// TestWhoIsHeldIsThatOfASimpleModel takes random corrections of people who refer to each
// other through the service and through two maps.
func TestWhoIsHeldIsThatOfASimpleModel(t *testing.T) {
	t.Parallel()
	held := 0
	for n := range sequences(t) {
		r := rand.New(rand.NewPCG(uint64(n), 7))
		h := open(t, clan+unguarded)
		h.accepted = []*stepv1.Acceptance{{Reason: string(problem.StaleExtract), By: "a test"}}
		m := &clanModel{live: [2]map[int]int{{}, {}}, brought: [2]map[int]bool{{}, {}}}
		for step := range 6 {
			rows := clanAtRandom(r)
			if step < 2 {
				h.published([]string{january, february}[step], clanFiles(rows))
				m.brought = [2]map[int]bool{{}, {}}
				m.publish(rows)
				continue
			}
			withdrawn := m.correct(rows)
			b := h.corrected(february, clanFiles(rows))
			if b.GetSameAs() == "" {
				h.requireClan(m, withdrawn, b)
				held += len(heldKeys(b))
			}
		}
	}
	require.Positive(t, held, "the sequences come to what they are for")
}

func (h *house) requireClan(m *clanModel, withdrawn [2]int, b *ingestv1.Batch) {
	h.t.Helper()
	for table, name := range []string{"folk", "pets"} {
		var want []string
		for id, to := range m.live[table] {
			want = append(want, fmt.Sprintf("%d|%d", id, to))
		}
		slices.Sort(want)
		refers := []string{"patron", "owner"}[table]
		require.Equal(h.t, strings.Join(want, " "), strings.Join(h.db.Rows(h.t, "select id, coalesce("+refers+", 0) from "+name+" order by id"), " "))
		require.EqualValues(h.t, withdrawn[table], counts(b, name).GetWithdrawn(), name)
		h.requireStanding(name)
	}
}
