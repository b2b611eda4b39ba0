package snapshot_test

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

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// sequences is how many random sequences of batches are tried; SF_PROPERTY_SEQUENCES asks
// for others, `make properties` for many.
func sequences(t *testing.T, ordinary int) int {
	t.Helper()
	text := os.Getenv("SF_PROPERTY_SEQUENCES")
	if text == "" {
		return ordinary
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// things is a dataset of two snapshots that change independently.
func things(name string) *datasetv1.Dataset {
	return &datasetv1.Dataset{
		Name: name, Schema: name, Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{
			{Name: "a", Key: []string{"id"}, Columns: columns("id", "integer", "x", "numeric", "y", "text")},
			{Name: "b", Key: []string{"id"}, Columns: columns("id", "integer", "x", "numeric", "y", "text")},
		},
		Snapshots: []*datasetv1.Snapshot{{Name: "a_snapshots", From: "a"}, {Name: "b_snapshots", From: "b"}},
	}
}

// content is a state of a table: the values of each key, as PostgreSQL writes them.
type content map[int]string

// rows is the content as a VALUES list, in no order, with numbers in one of two spellings.
func (c content) rows(r *rand.Rand) string {
	if len(c) == 0 {
		return ""
	}
	var all []string
	for id, v := range c {
		x, y, _ := strings.Cut(v, "|")
		if r.IntN(2) == 0 && x != "null" {
			x += ".00"
		}
		all = append(all, fmt.Sprintf("(%d, %s, %s)", id, x, y))
	}
	return "values " + strings.Join(all, ", ")
}

// shown is what a query shows of it.
func (c content) shown(prefix string) []string {
	var all []string
	for _, id := range slices.Sorted(maps.Keys(c)) {
		all = append(all, fmt.Sprintf("%s%d|%s", prefix, id, strings.NewReplacer("null", "<null>", "'", "").Replace(c[id])))
	}
	return all
}

// random changes a content a little, a lot, or not at all.
func (c content) random(r *rand.Rand) content {
	c = maps.Clone(c)
	if c == nil {
		c = content{}
	}
	for range r.IntN(4) {
		id := r.IntN(6)
		switch r.IntN(3) {
		case 0:
			delete(c, id)
		default:
			c[id] = []string{"1", "2", "null"}[r.IntN(3)] + "|" + []string{"'p'", "null"}[r.IntN(2)]
		}
	}
	return c
}

// history is the model: per snapshot and as_of, the content of every revision.
type history map[string][]content

// TestHistoryIsThatOfASimpleModel takes random batches, late, repeated and superseding,
// some of them stopped between Prepare and Stamp, through the service and through a map.
func TestHistoryIsThatOfASimpleModel(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	for n := range sequences(t, 25) {
		seed := uint64(n) + 1
		t.Run(fmt.Sprint(seed), func(t *testing.T) { s.sequence(t, seed) })
		if t.Failed() {
			return
		}
	}
}

func (s *suite) sequence(t *testing.T, seed uint64) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	d := inSchema(t, s, things(fmt.Sprintf("d%d", seed)), fmt.Sprintf("d%d", seed))
	model, last := history{}, map[string]content{}
	for range 3 + r.IntN(5) {
		asOf := []string{january, february}[r.IntN(2)]
		rows := map[string]string{}
		wants := map[string]content{}
		for _, table := range []string{"a", "b"} {
			wants[table] = last[table].random(r)
			rows[table] = wants[table].rows(r)
		}
		b := s.deliver(t, d, asOf, rows)
		if r.IntN(2) == 0 {
			b.reason = "as it should be"
		}
		if s.outcome(t, r, b, model, wants) {
			last = wants
		}
		s.requireModel(t, d, model)
	}
}

// outcome takes a delivery through the service, and the model to where it must come out.
func (s *suite) outcome(t *testing.T, r *rand.Rand, b *delivery, model history, wants map[string]content) (stamped bool) {
	t.Helper()
	differs := false
	for table, want := range wants {
		revisions := model[table+b.asOf]
		differs = differs || len(revisions) > 0 && !maps.Equal(revisions[len(revisions)-1], want)
	}
	_, err := b.prepare()
	if differs && b.reason == "" {
		requireReason(t, err, problem.SnapshotDiffers)
		return false
	}
	require.NoError(t, err)
	switch r.IntN(5) {
	case 0: // nobody stamps it
		require.NoError(t, b.discard())
		return false
	case 1: // somebody else takes over in between
		b.fence = s.db.Fence(t, b.dataset.GetName())
		_, err := b.prepare()
		require.NoError(t, err)
	}
	got, err := b.stamp()
	require.NoError(t, err)
	for i, table := range []string{"a", "b"} {
		revisions := model[table+b.asOf]
		same := len(revisions) > 0 && maps.Equal(revisions[len(revisions)-1], wants[table])
		require.Equal(t, same, got[i].GetUnchanged())
		if !same {
			model[table+b.asOf] = append(revisions, wants[table])
		}
		require.Equal(t, len(model[table+b.asOf]), int(got[i].GetSnapshot().GetRevision()))
		require.Equal(t, !same && len(revisions) > 0, got[i].GetRestated() != nil)
	}
	return true
}

// requireModel compares what is current, every revision, and that nothing else is there.
func (s *suite) requireModel(t *testing.T, d *datasetv1.Dataset, model history) {
	t.Helper()
	for _, table := range []string{"a", "b"} {
		var current, all []string
		for _, asOf := range []string{january, february} {
			for i, revision := range model[table+asOf] {
				all = append(all, revision.shown(fmt.Sprintf("%s|%d|", asOf, i+1))...)
			}
			if revisions := model[table+asOf]; len(revisions) > 0 {
				current = append(current, revisions[len(revisions)-1].shown(asOf+"|")...)
			}
		}
		if len(model[table+january])+len(model[table+february]) == 0 {
			continue
		}
		name := d.GetSchema() + "." + table + "_snapshots"
		require.Equal(t, current, s.db.Rows(t, "select as_of, id, trim_scale(x), y from "+name+" order by 1, 2"))
		require.Equal(t, all, s.db.Rows(t, "select as_of, revision, id, trim_scale(x), y from "+name+"_revisions order by 1, 2, 3"))
	}
	require.Empty(t, s.db.Rows(t, `select 1 from sf_snapshot.catalog c left join sf_snapshot.catalog n
		on (n.dataset, n.snapshot, n.as_of, n.revision) = (c.dataset, c.snapshot, c.as_of, c.revision + 1)
		where c.dataset = $1 and (c.superseded_at is distinct from n.known_at or c.current <> (n.revision is null))`, d.GetName()))
	require.Equal(t, []string{"t"}, s.db.Rows(t, `select bool_and(known_at > before) is not false from (
		select known_at, lag(known_at) over (order by known_at) as before from (select distinct known_at, run, batch from sf_snapshot.catalog where dataset = $1) k) o`, d.GetName()))
	s.requireNoOrphans(t)
}
