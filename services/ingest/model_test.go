package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const itemsOnly = `
name: items
calendar: {period: month_end}
tables:
  - name: items
    key: [id]
    %s
    columns: [{name: id, type: integer}, {name: a, type: integer}, {name: b, type: text}]
`

// model is what the live table should hold: a map, and the date that it describes; and
// what is known of the last delivery.
type model struct {
	deletes   bool
	limit     float64
	rows      map[int]string
	departed  map[int]bool
	delivered int
	watermark string
}

// departing counts the keys that depart with a month, and those that return.
func (m *model) departing(month map[int]string) (departed, returned int64) {
	for id := range m.rows {
		if _, ok := month[id]; !ok && !m.departed[id] {
			departed++
		}
	}
	for id := range m.departed {
		if _, ok := month[id]; ok {
			returned++
		}
	}
	return departed, returned
}

// refuses says whether the month lacks too many of the keys that were delivered last.
func (m *model) refuses(asOf string, month map[int]string) bool {
	departed, _ := m.departing(month)
	return asOf >= m.watermark && m.limit < 1 && departed > 0 && float64(departed)/float64(m.delivered) > m.limit
}

// publish takes a month into the model, and returns what should be counted.
func (m *model) publish(asOf string, month map[int]string) *stepv1.TableCounts {
	c := &stepv1.TableCounts{Rows: int64(len(month))}
	if asOf < m.watermark {
		return c
	}
	m.watermark, m.delivered = asOf, len(month)
	c.Departed, c.Returned = m.departing(month)
	for id := range m.rows {
		_, ok := month[id]
		delete(m.departed, id)
		switch {
		case !ok && m.deletes:
			c.Deleted++
			delete(m.rows, id)
		case !ok:
			m.departed[id] = true
		}
	}
	for id, row := range month {
		switch old, ok := m.rows[id]; {
		case !ok:
			c.Inserted++
		case old != row:
			c.Updated++
		default:
			c.Unchanged++
		}
		m.rows[id] = row
	}
	return c
}

func (m *model) live() []string {
	var out []string
	for id, row := range m.rows {
		out = append(out, fmt.Sprintf("%d|%s", id, row))
	}
	slices.Sort(out)
	return out
}

func (m *model) ledger() []string {
	out := []string{}
	for id := range m.departed {
		out = append(out, strconv.Itoa(id))
	}
	slices.Sort(out)
	return out
}

// TestLiveFollowsASimpleModel publishes random months in random order, some of them
// again, and compares live, the ledger of departures and counts with a map after each.
func TestLiveFollowsASimpleModel(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]*model{
		"ignore":           {limit: 0.6},
		"delete":           {limit: 0.6, deletes: true},
		"delete, no limit": {limit: 1, deletes: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m.rows, m.departed = map[int]string{}, map[int]bool{}
			policy := fmt.Sprintf("departed_limit: %g\n    departed_keys: ignore", m.limit)
			if m.deletes {
				policy = strings.Replace(policy, "ignore", "delete", 1)
			}
			h := open(t, fmt.Sprintf(itemsOnly, policy))
			random := rand.New(rand.NewPCG(7, 11))
			dates := []string{january, february, march, "2024-04-30", "2024-05-31"}
			refused := 0
			for step := range 25 {
				asOf := dates[min(random.IntN(2+step/4), len(dates)-1)]
				refused += m.step(t, h, asOf, randomMonth(random), random)
				require.Equal(t, m.live(), h.db.Rows(t, `select * from items order by (id::text || '|' || coalesce(a::text, '<null>')) collate "C"`), "after step %d, %s", step, asOf)
				require.Equal(t, m.ledger(), append([]string{}, h.db.Rows(t, `select key[1] from sf_ingest.departed order by key[1] collate "C"`)...), "after step %d, %s", step, asOf)
			}
			require.Equal(t, m.limit < 1, refused > 0)
		})
	}
}

// step stages a month, and publishes it unless too many keys depart with it; it returns
// 1 where they do.
func (m *model) step(t *testing.T, h *house, asOf string, month map[int]string, random *rand.Rand) int {
	t.Helper()
	refuse := m.refuses(asOf, month)
	b := h.stage(asOf, files{"items.csv": csvOf(random, month)})
	require.Equal(t, refuse, b.GetState() == ingestv1.BatchState_BATCH_STATE_REJECTED, "%v", b.GetFindings())
	if refuse {
		return 1
	}
	r, err := h.publish(b.GetId())
	require.NoError(t, err)
	want := m.publish(asOf, month)
	if b.GetSameAs() != "" {
		want.Unchanged = want.GetRows() // nothing was staged at all
	}
	requireCounts(t, r.GetBatch(), "items", want)
	return 0
}

// randomMonth makes up to twelve rows, as the database shows them, of few enough
// values that rows often stay as they were.
func randomMonth(random *rand.Rand) map[int]string {
	month := map[int]string{}
	for range 1 + random.IntN(12) {
		a := []string{"1", "2", "<null>"}[random.IntN(3)]
		b := []string{"x", "<null>"}[random.IntN(2)]
		month[random.IntN(15)] = a + "|" + b
	}
	return month
}

// csvOf writes a month as a file, rows in any order.
func csvOf(random *rand.Rand, month map[int]string) string {
	var rows []string
	for id, row := range month {
		rows = append(rows, fmt.Sprintf("%d,%s", id, strings.NewReplacer("|", ",", "<null>", "").Replace(row)))
	}
	slices.Sort(rows)
	random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return "id,a,b\n" + strings.Join(rows, "\n") + "\n"
}
