package snapshot_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// chronicles is a dataset whose first table is delivered as a whole or as what changed.
const chronicles = `
name: %[1]s
schema: %[1]s
calendar: {period: month_end}
tables:
  - name: a
    key: [id]
    extract: incremental
    deleted_when: {column: y, value: gone}
    departed_keys: delete
    columns: [{name: id, type: integer}, {name: x, type: numeric}, {name: y, type: text}]
  - name: b
    key: [id]
    columns: [{name: id, type: integer}, {name: x, type: numeric}, {name: y, type: text}]
snapshots: [{name: a_snapshots, from: a}, {name: b_snapshots, from: b}]
`

// sequence is one that is under way.
type sequence struct {
	*suite
	t        *testing.T
	r        *rand.Rand
	dataset  *datasetv1.Dataset
	model    *chronicle
	happened *happened
	// knownAt is when each moment of the model was.
	knownAt []time.Time
	// narrow says that most of it is about one as_of. long says that it begins with a date
	// after the other, mostly of what changed, so that much of it stands on what is corrected,
	// erased and dropped later.
	narrow, long bool
	// last is what the tables held when they were drawn last.
	last map[string]content
	// sets are the training sets that were built, and erases counts the runs that erased.
	sets   []*trained
	erases int
}

// sequence takes some steps, in each of which service and model must agree, and holds the
// whole history to the model at the end.
func (s *suite) sequence(t *testing.T, seed int, known *digests, what *happened) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(seed), 0))
	tables := []string{"a", "b"}[:1+min(1, r.IntN(4)/3)] // one in four has a second one, that changes by itself
	name := fmt.Sprintf("d%d", seed)
	d, mistakes := dataset.Read(name+".yaml", fmt.Appendf(nil, chronicles, name))
	require.NoError(t, mistakes.Err())
	d.Tables, d.Snapshots = d.Tables[:len(tables)], d.Snapshots[:len(tables)]
	q := &sequence{
		suite: s, t: t, r: r, dataset: inSchema(t, s, d, name), model: newChronicle(tables...), happened: what,
		knownAt: make([]time.Time, 1), last: map[string]content{}, narrow: r.IntN(2) == 0, long: r.IntN(3) == 0,
	}
	defer func() {
		if t.Failed() {
			t.Logf("sequence %d", seed)
		}
	}()
	steps := 2 + r.IntN(2)
	if q.long {
		steps, q.narrow = 6+r.IntN(3), false
	}
	for i := range steps {
		switch {
		case i == 0 && !q.long:
			q.deliverSome(q.date())
		case i < len(modelDates) && q.long:
			q.deliverSome(modelDates[i])
		default:
			q.step()
		}
		if i == steps/2 || i == steps-1 && r.IntN(2) == 0 {
			q.train()
		}
	}
	for _, set := range q.sets {
		q.requireAgain(set)
	}
	q.requireHistory(known)
}

// step draws what happens next.
func (q *sequence) step() {
	switch n := q.r.IntN(20); {
	case n < 3:
		q.retainSome()
	case n < 6:
		q.eraseSome()
	case n < 13 && len(q.staleDatesThere()) > 0 || n == 6:
		q.restampSome()
	case n < 10:
		q.rollBack()
	default:
		q.deliverSome(q.date())
	}
}

// deliverSome takes a delivery through the service, and the model to where it must come out.
func (q *sequence) deliverSome(asOf string) {
	b := &delivery{
		tb: q.t, suite: q.suite, dataset: q.dataset, version: "v1", batch: ident.New(ident.Batch),
		asOf: asOf, fence: q.db.Fence(q.t, q.dataset.GetName()),
	}
	if q.r.IntN(3) > 0 {
		b.reason = "as it should be"
	}
	rows, over := map[string]content{}, map[string]*standing{}
	var changed content
	for _, table := range q.model.tables {
		if base := q.base(b, table); base != nil {
			changed = q.change()
			rows[table], over[table] = q.lay(b, base, changed), base
			continue
		}
		rows[table] = q.last[table].random(q.r)
		if q.long && len(rows[table]) == 0 {
			rows[table] = rows[table].random(q.r)
		}
		q.stageRows(b, table, rows[table].list([]string{"", ".00"}[q.r.IntN(2)]), len(rows[table]))
	}
	if q.model.dropped[b.asOf] {
		_, err := b.prepare()
		requireReason(q.t, err, problem.RetainedNoLonger)
		q.happened.did("delivered of what was dropped")
		return
	}
	if q.settle(b, rows, over) {
		q.model.keep(b.asOf, b.batch, changed)
		q.note()
		q.last = rows
	}
}

// date draws an as_of: in half of the sequences mostly the same, so that it gets revisions.
func (q *sequence) date() string {
	if q.narrow && q.r.IntN(5) > 0 {
		return february
	}
	return modelDates[q.r.IntN(len(modelDates))]
}

// base is what the first table is laid over in some of the deliveries: what both sides say
// that it is. One that was dropped can be laid under nothing, and says so.
func (q *sequence) base(b *delivery, table string) *standing {
	if table != "a" || q.r.IntN(4) > 0 && !q.long || q.r.IntN(4) == 0 {
		return nil
	}
	want := q.model.before(table, b.asOf)
	b.bases = q.bases(q.t, q.dataset, b.asOf)
	if want == nil {
		require.Empty(q.t, b.bases)
		q.happened.did("without a base")
		return nil
	}
	require.Len(q.t, b.bases, 1)
	require.Equal(q.t, want.asOf, b.bases[0].GetAsOf())
	require.EqualValues(q.t, len(want.rows), b.bases[0].GetRows())
	require.Equal(q.t, q.model.dropped[want.asOf], b.bases[0].GetDroppedAt() != nil)
	if q.model.dropped[want.asOf] {
		b.bases = nil
		q.happened.did("over what was dropped")
		return nil
	}
	q.happened.did("incremental")
	return want
}

// change draws what an incremental extract brings.
func (q *sequence) change() content {
	changed := content{}
	for range q.r.IntN(4) {
		id := q.r.IntN(6)
		if changed[id] = randomRow(q.r); q.r.IntN(3) == 0 {
			changed[id] = "null|'gone'"
		}
	}
	return changed
}

func isGone(row string) bool { return strings.HasSuffix(row, "'gone'") }

// lay stages what changed of a table, and that over the rows that the service has.
func (q *sequence) lay(b *delivery, base *standing, changed content) content {
	rows := base.rows.with(changed)
	delta := q.stageRows(b, "a", changed.list(""), len(changed))
	q.layOver(b, relation.Of(delta.GetRelation()), &stepv1.Delta{Relation: delta.GetRelation(), Rows: delta.GetRows()}, len(rows))
	return rows
}

// layOver stages a whole table out of its base and what changed, as ingest does.
func (q *sequence) layOver(b *delivery, changed relation.Relation, delta *stepv1.Delta, rows int) {
	b.candidates = nil
	from := b.bases[0]
	laid := fmt.Sprintf("select id, x, y from %s where as_of = '%s' and id not in (select id from %[3]s) union all select id, x, y from %[3]s where y is distinct from 'gone'",
		relation.Of(from.GetRelation()).SQL(), from.GetAsOf(), changed.SQL())
	q.stageRows(b, "a", laid, rows).Delta = delta
}

// stageRows makes a candidate, as ingest does, in one round trip.
func (q *sequence) stageRows(b *delivery, table, rows string, n int) *stepv1.Candidate {
	q.staged++
	r := relation.Relation{Schema: "sf_staging", Name: fmt.Sprintf("%s_%d_%s", b.batch, q.staged, table)}
	q.db.Exec(q.t, fmt.Sprintf("create unlogged table %[1]s (id integer, x numeric, y text, sf_file smallint default 0, sf_line bigint); insert into %[1]s (id, x, y) %[2]s; "+
		"grant select on %[1]s to sf_quality, sf_snapshot", r.SQL(), rows))
	c := &stepv1.Candidate{Table: table, Relation: r.Proto(), Rows: int64(n)}
	b.candidates = append(b.candidates, c)
	return c
}

// settle prepares and stamps, unless somebody gives up or takes over in between.
func (q *sequence) settle(b *delivery, rows map[string]content, over map[string]*standing) (stamped bool) {
	_, err := b.prepare()
	if q.model.differs(b.asOf, rows) && b.reason == "" {
		requireReason(q.t, err, problem.SnapshotDiffers)
		q.happened.did("refused")
		return false
	}
	require.NoError(q.t, err)
	switch q.r.IntN(10) {
	case 0:
		require.NoError(q.t, b.discard())
		q.happened.did("given up")
		return false
	case 1:
		b.fence = q.db.Fence(q.t, q.dataset.GetName())
		_, err := b.prepare()
		require.NoError(q.t, err)
		q.happened.did("taken over")
	}
	before := q.model.state(b.asOf, q.model.now)
	q.did(b.asOf, rows, before)
	q.model.stamp(b.asOf, b.batch, rows, over)
	q.requireStamped(b, before, q.model.tables)
	return true
}

// requireStamped stamps, and holds what is said of it to the model.
func (q *sequence) requireStamped(b *delivery, before state, tables []string) {
	got, err := b.stamp()
	require.NoError(q.t, err)
	moments := len(q.knownAt)
	for i, table := range tables {
		now, stamped := q.model.known(table, b.asOf, q.model.now), got[i].GetSnapshot()
		require.Equal(q.t, now == before[table], got[i].GetUnchanged())
		require.Equal(q.t, now != before[table] && before[table] != nil, got[i].GetRestated() != nil)
		require.EqualValues(q.t, len(q.model.revisions[place{table, b.asOf}]), stamped.GetRevision())
		require.EqualValues(q.t, now.restores, stamped.GetRestores())
		if len(q.knownAt) == moments && now.at == moments {
			q.knownAt = append(q.knownAt, stamped.GetKnownAt().AsTime())
		}
	}
	require.Len(q.t, q.knownAt, q.model.now+1)
}

// did counts what a delivery is.
func (q *sequence) did(asOf string, rows map[string]content, before state) {
	switch {
	case before["a"] == nil:
		q.happened.did("first")
		if slices.ContainsFunc(modelDates, func(at string) bool { return at > asOf && q.model.known("a", at, q.model.now) != nil }) {
			q.happened.did("late")
		}
	case q.model.differs(asOf, rows):
		q.happened.did("superseded")
	default:
		q.happened.did("same")
	}
}

// note counts keys that departed and came back, over the dates in their order.
func (q *sequence) note() {
	departed := map[int]bool{}
	var before content
	for _, at := range modelDates {
		r := q.model.known("a", at, q.model.now)
		if r == nil {
			continue
		}
		for id := range before {
			if _, there := r.rows[id]; !there {
				departed[id] = true
			}
		}
		for id := range r.rows {
			if departed[id] {
				q.happened.did("came back")
			}
		}
		before = r.rows
	}
	if len(departed) > 0 {
		q.happened.did("departed")
	}
}

// rollBack goes back to the state before, or to a revision that is named, mostly where
// there is one.
func (q *sequence) rollBack() {
	asOf, to := q.date(), 0
	for _, at := range modelDates {
		if len(q.model.moments[at]) > 1 && q.r.IntN(3) > 0 {
			asOf = at
		}
	}
	if n := len(q.model.revisions[place{"a", asOf}]); n > 0 && q.r.IntN(2) == 0 {
		to = 1 + q.r.IntN(n)
	}
	of := ""
	if to > 0 {
		of = "a_snapshots"
	}
	at, numbers := q.model.target(asOf, to)
	if q.model.dropped[asOf] {
		numbers = nil
	}
	b, told, err := q.rollsBack(q.t, q.dataset, asOf, int32(to), of)
	if numbers == nil {
		want := problem.RollbackRefused
		switch {
		case q.model.dropped[asOf]:
			want = problem.RetainedNoLonger
		case len(q.model.moments[asOf]) == 0:
			want = problem.SnapshotNotFound
		}
		requireReason(q.t, err, want)
		q.happened.did("nothing to roll back to")
		return
	}
	require.NoError(q.t, err)
	got := map[string]int{}
	for _, r := range told.GetTarget().GetRevisions() {
		got[strings.TrimSuffix(r.GetSnapshot(), "_snapshots")] = int(r.GetRevision())
	}
	require.Equal(q.t, numbers, got, "as of %s to %d", asOf, to)
	require.Equal(q.t, q.knownAt[at], told.GetTarget().GetKnownAt().AsTime())
	_, err = b.prepare()
	require.NoError(q.t, err)
	before := q.model.state(asOf, q.model.now)
	q.model.rollback(asOf, b.batch, at, numbers)
	q.requireStamped(b, before, q.model.tables)
	switch after := q.model.state(asOf, q.model.now); {
	case maps.Equal(before, after):
		q.happened.did("rolled back to what is")
	case to > 0:
		q.happened.did("rolled back to a revision")
	default:
		q.happened.did("rolled back")
	}
}
