package ingest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// correctionModel is what publishing does to one live table, in memory.
type correctionModel struct {
	deletes   bool
	watermark string
	live      map[int]string
	// departed are the keys of the ledger; brought those that came with the watermark's as_of.
	departed, brought map[int]bool
}

// publish takes a delivery, and says what its counts must be.
func (m *correctionModel) publish(asOf string, rows map[int]string, supersedes bool) *stepv1.TableCounts {
	c := &stepv1.TableCounts{Table: "people", Rows: int64(len(rows))}
	if asOf < m.watermark {
		return c
	}
	again := asOf == m.watermark
	if !again {
		m.brought = map[int]bool{}
	}
	withdrawn := map[int]bool{}
	for id := range m.live {
		if _, there := rows[id]; !there && supersedes && again && m.brought[id] {
			withdrawn[id] = true
		}
	}
	for id, name := range rows {
		switch before, there := m.live[id]; {
		case !there:
			m.brought[id] = true
			c.Inserted++
		case before != name:
			c.Updated++
		default:
			c.Unchanged++
		}
		m.live[id] = name
	}
	m.settle(c, rows, withdrawn)
	m.watermark = asOf
	return c
}

// settle takes out what is withdrawn, and what departs where it does.
func (m *correctionModel) settle(c *stepv1.TableCounts, rows map[int]string, withdrawn map[int]bool) {
	gone := map[int]bool{}
	for id := range m.live {
		_, there := rows[id]
		switch {
		case withdrawn[id]:
			c.Withdrawn++
			delete(m.live, id)
			delete(m.brought, id)
		case there && m.departed[id]:
			c.Returned++
		case !there:
			gone[id] = true
			if !m.departed[id] {
				c.Departed++
			}
			if m.deletes {
				c.Deleted++
				delete(m.live, id)
			}
		}
	}
	if m.departed = gone; m.deletes {
		m.departed = map[int]bool{}
	}
}

// crowdOf writes people, in the order of their numbers.
func crowdOf(rows map[int]string) files {
	var b strings.Builder
	b.WriteString("id,name\n")
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		fmt.Fprintf(&b, "%d,%s\n", id, rows[id])
	}
	return files{"people.csv": b.String()}
}

// TestCorrectionsAreThoseOfASimpleModel takes random deliveries, late, repeated and
// superseding, of people who depart and return, through the service and through a map.
// SF_PROPERTY_SEQUENCES asks for more of them.
func TestCorrectionsAreThoseOfASimpleModel(t *testing.T) {
	t.Parallel()
	withdrawn := int64(0)
	for n := range sequences(t) {
		seed := uint64(n) + 1
		t.Run(fmt.Sprint(seed), func(t *testing.T) { withdrawn += correctAtRandom(t, seed) })
	}
	require.Positive(t, withdrawn, "the sequences come to what they are for")
}

// sequences is how many random sequences a test takes.
func sequences(t *testing.T) int {
	t.Helper()
	text := os.Getenv("SF_PROPERTY_SEQUENCES")
	if text == "" {
		return 10
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// correctAtRandom returns how many keys were withdrawn in all.
func correctAtRandom(t *testing.T, seed uint64) (withdrawn int64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	m := &correctionModel{deletes: r.IntN(2) == 0, live: map[int]string{}, departed: map[int]bool{}, brought: map[int]bool{}}
	yaml := crowd + unguarded
	if m.deletes {
		yaml = strings.Replace(yaml, "    key: [id]", "    departed_keys: delete\n    key: [id]", 1)
	}
	h := open(t, yaml)
	h.accepted = []*stepv1.Acceptance{{Reason: "DEPARTURES_OVER_LIMIT", By: "a test"}}
	rows := map[int]string{}
	months := []string{january, february, march}
	for step := range 8 {
		rows = maps.Clone(rows)
		for range r.IntN(5) {
			if id := r.IntN(8); r.IntN(3) == 0 {
				delete(rows, id)
			} else {
				rows[id] = []string{"a", "b"}[r.IntN(2)]
			}
		}
		asOf := months[min(r.IntN(step+2)/2, 2)]
		h.supersede = r.IntN(2) == 0
		b := h.stage(asOf, crowdOf(rows))
		require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
		planned, err := h.plan(b.GetId())
		require.NoError(t, err)
		done, err := h.publish(b.GetId())
		require.NoError(t, err)
		if b.GetSameAs() == "" { // the same files again change nothing
			h.requireModel(m, m.publish(asOf, rows, h.supersede), planned.GetCounts()[0], done.GetBatch().GetCounts()[0])
			withdrawn += done.GetBatch().GetCounts()[0].GetWithdrawn()
		}
	}
	return withdrawn
}

func (h *house) requireModel(m *correctionModel, want, planned, done *stepv1.TableCounts) {
	h.t.Helper()
	for _, got := range []*stepv1.TableCounts{planned, done} {
		got.Bytes, got.SameAsOf, got.Columns = 0, "", nil
		require.Equal(h.t, want.String(), got.String())
	}
	var live, ledger []string
	for _, id := range slices.Sorted(maps.Keys(m.live)) {
		live = append(live, fmt.Sprintf("%d|%s", id, m.live[id]))
	}
	for _, id := range slices.Sorted(maps.Keys(m.departed)) {
		ledger = append(ledger, fmt.Sprintf("{%d}", id))
	}
	require.Equal(h.t, live, h.db.Rows(h.t, "select id, name from people order by id"))
	require.Equal(h.t, ledger, h.db.Rows(h.t, "select key from sf_ingest.departed order by key[1]::integer"))
	h.requireStanding("people")
}
