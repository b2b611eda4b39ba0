package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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

// model is what the live table should hold: a map, and the date that it describes.
type model struct {
	deletes   bool
	rows      map[int]string
	watermark string
}

// publish takes a month into the model, and returns what should be counted.
func (m *model) publish(asOf string, month map[int]string) *stepv1.TableCounts {
	c := &stepv1.TableCounts{Rows: int64(len(month))}
	if asOf < m.watermark {
		return c
	}
	m.watermark = asOf
	for id := range m.rows {
		if _, ok := month[id]; !ok {
			c.Departed++
			if m.deletes {
				c.Deleted++
				delete(m.rows, id)
			}
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

// TestLiveFollowsASimpleModel publishes random months in random order, some of them
// again, and compares live and counts with a map after each.
func TestLiveFollowsASimpleModel(t *testing.T) {
	t.Parallel()
	for _, departed := range []string{"departed_keys: ignore", "{departed_keys: delete}"} {
		t.Run(departed, func(t *testing.T) {
			t.Parallel()
			m := &model{deletes: strings.Contains(departed, "delete"), rows: map[int]string{}}
			policy := "departed_keys: ignore"
			if m.deletes {
				policy = "departed_keys: delete\n    departed_limit: 1"
			}
			h := open(t, fmt.Sprintf(itemsOnly, policy))
			random := rand.New(rand.NewPCG(7, 11))
			dates := []string{january, february, march, "2024-04-30", "2024-05-31"}
			for step := range 25 {
				asOf := dates[min(random.IntN(2+step/4), len(dates)-1)]
				month := randomMonth(random)

				b := h.published(asOf, files{"items.csv": csvOf(random, month)})

				want := m.publish(asOf, month)
				if b.GetSameAs() != "" {
					want.Unchanged = want.GetRows() // nothing was staged at all
				}
				requireCounts(t, b, "items", want)
				require.Equal(t, m.live(), h.db.Rows(t, `select * from items order by (id::text || '|' || coalesce(a::text, '<null>')) collate "C"`), "after step %d, %s", step, asOf)
			}
		})
	}
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
