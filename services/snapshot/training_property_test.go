package snapshot_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

const modelPeriods = 6

func modelDate(period int) string {
	return time.Date(2024, time.Month(period+2), 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// Random months, in random order, some of them corrected, people who depart and come
// back: whatever the cut-off, dates, ages and horizon, a training set is what the model
// says, and stays that for ever.
func TestTrainingSetsAreThoseOfTheModel(t *testing.T) {
	t.Parallel()
	for i := range sequences(t, 12) {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(uint64(i), 7))
			s := newSuite(t)
			var known []stampedMonth
			var moments []time.Time
			type kept struct{ id, text string }
			var earlier []kept
			for round := range 8 {
				next := stampedMonth{r.IntN(modelPeriods), drawMonth(r)}
				s.stampModel(t, next, current(known, next.period) != nil)
				known = append(known, next)
				moments = append(moments, s.now(t))
				for range 2 {
					id, text := s.trainModel(t, r, known, moments)
					earlier = append(earlier, kept{id, text})
				}
				if round%3 == 0 {
					id, text := s.trainEvents(t, r, known, moments)
					earlier = append(earlier, kept{id, text})
				}
			}
			for _, k := range earlier {
				w, err := s.export(k.id)
				require.NoError(t, err)
				require.Equal(t, k.text, w.text, "what was built before is what it was")
			}
		})
	}
}

func (s *suite) now(t *testing.T) (now time.Time) {
	t.Helper()
	require.NoError(t, s.db.Owner.QueryRow(t.Context(), "select clock_timestamp()").Scan(&now))
	return now
}

func (s *suite) stampModel(t *testing.T, m stampedMonth, supersedes bool) {
	t.Helper()
	rows := map[string]string{}
	for table := range modelColumns {
		rows[table] = m.month.values(table)
	}
	b := s.deliver(t, people(), modelDate(m.period), rows)
	if supersedes {
		b.reason = "drawn anew"
	}
	b.history()
}

// trainModel builds a random set at a random cut-off, and holds it to the model.
func (s *suite) trainModel(t *testing.T, r *rand.Rand, known []stampedMonth, moments []time.Time) (id, text string) {
	t.Helper()
	cut := r.IntN(len(known))
	set := drawSet(r, known[:cut+1])
	req := defined(func(d *datasetv1.TrainingSet) { set.define(d) })
	for _, p := range set.periods {
		req.AsOf.Dates = append(req.AsOf.Dates, modelDate(p))
	}
	req.KnownAt = timestamppb.New(moments[cut])
	for _, reason := range trainingset.Guards() {
		req.Waive = append(req.Waive, string(reason))
	}
	want := set.csv(known[:cut+1], modelDate)

	built, _, err := s.train(req)
	if err != nil {
		require.True(t, want == "" || !set.hasSources(known[:cut+1]), "%v: %s", set, err)
		return s.trainModel(t, r, known, moments)
	}
	w, err := s.export(built.GetId())
	require.NoError(t, err)
	require.Equal(t, want, strings.Join(lines(w.text)[1:], "\n"), "%+v", set)
	require.EqualValues(t, len(lines(w.text))-1, built.GetRows())
	s.sameInEveryFormat(t, built.GetId())
	return built.GetId(), w.text
}

// trainEvents builds a random set of entity rows at a random cut-off, and holds it to the
// model.
func (s *suite) trainEvents(t *testing.T, r *rand.Rand, known []stampedMonth, moments []time.Time) (id, text string) {
	t.Helper()
	cut := r.IntN(len(known))
	set := drawSet(r, known[:cut+1])
	set.minAge, set.events = 0, set.drawEvents(r)
	req := defined(func(d *datasetv1.TrainingSet) { set.define(d) })
	req.AsOf, req.KnownAt, req.EntityRows = nil, timestamppb.New(moments[cut]), &snapshotv1.EntityRows{Csv: set.eventFile(r)}
	for _, reason := range trainingset.Guards() {
		req.Waive = append(req.Waive, string(reason))
	}

	built, _, err := s.train(req)
	require.NoError(t, err, "%+v", set)
	w, err := s.export(built.GetId())
	require.NoError(t, err)
	require.Equal(t, set.eventCSV(known[:cut+1], modelDate), strings.Join(lines(w.text)[1:], "\n"), "%+v", set)
	s.sameInEveryFormat(t, built.GetId())
	return built.GetId(), w.text
}

// drawEvents draws a few rows of people, some of whom nobody knows, each once at a moment:
// in periods that are stamped, or in the one after where every feature may be so old.
func (set modelSet) drawEvents(r *rand.Rand) []modelEvent {
	later := 2
	if slices.ContainsFunc(set.features, func(f modelFeature) bool { return f.ttl == 0 }) {
		later = 1
	}
	var events []modelEvent
	for _, id := range []string{"a", "B", "c", "D", "x"} {
		for half := range 2 {
			period := set.periods[r.IntN(len(set.periods))] + r.IntN(later)
			at := time.Date(2024, time.Month(period+2), 14*half+r.IntN(14), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
			events = append(events, modelEvent{id, []string{"", "0", "1", "9"}[r.IntN(4)], at})
		}
	}
	return events
}

// eventFile is the rows as a file in another order than they come out.
func (set modelSet) eventFile(r *rand.Rand) string {
	homes := slices.ContainsFunc(set.features, func(f modelFeature) bool { return f.table == "homes" })
	rows := []string{}
	for _, e := range set.events {
		row := e.id + "," + e.day.Format(time.RFC3339)
		if homes {
			row += "," + e.home
		}
		rows = append(rows, row+"\n")
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return "id,event_timestamp" + map[bool]string{true: ",home"}[homes] + "\n" + strings.Join(rows, "")
}

// drawSet draws a set whose dates are stamped.
func drawSet(r *rand.Rand, known []stampedMonth) modelSet {
	set := modelSet{horizon: r.IntN(3), minAge: r.IntN(2) * (20 + r.IntN(3))}
	for _, f := range []modelFeature{
		{table: "persons", column: "age"}, {table: "usage", column: "hours"}, {table: "usage", column: "active"}, {table: "homes", column: "rooms"},
	} {
		f.ttl = r.IntN(5) - 1
		if r.IntN(3) > 0 {
			set.features = append(set.features, f)
		}
	}
	if len(set.features) == 0 {
		set.features = []modelFeature{{"usage", "hours", -1}}
	}
	for p := range modelPeriods {
		if current(known, p) != nil && (len(set.periods) == 0 || r.IntN(2) == 0) {
			set.periods = append(set.periods, p)
		}
	}
	return set
}

// hasSources says whether something is stamped for every feature within its age: a month
// is stamped with all tables, so that its own date always is.
func (set modelSet) hasSources(known []stampedMonth) bool {
	return !slices.ContainsFunc(set.periods, func(p int) bool { return current(known, p) == nil })
}

// define writes the set as a dataset would declare it.
func (set modelSet) define(d *datasetv1.TrainingSet) {
	d.Features, d.Label.Horizon = nil, proto.Int32(int32(set.horizon))
	for _, f := range set.features {
		feature := &datasetv1.Feature{Column: f.table + "_s." + f.column}
		if f.ttl >= 0 {
			feature.Ttl = proto.Int32(int32(f.ttl))
		}
		d.Features = append(d.Features, feature)
	}
	if set.minAge > 0 {
		d.Entities.Where = []*datasetv1.Condition{{Column: "age", Is: datasetv1.Comparison_COMPARISON_AT_LEAST, Values: []string{fmt.Sprint(set.minAge)}}}
	}
}
