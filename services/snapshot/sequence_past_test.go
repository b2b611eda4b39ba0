package snapshot_test

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// What sequences do to a history besides deliveries and rollbacks.

// retainSome lets the history keep a date or two, after a date was pinned or a training set
// forgotten.
func (q *sequence) retainSome() {
	q.pinSome()
	for _, set := range q.sets {
		if !set.forgotten && q.r.IntN(3) > 0 {
			_, err := q.client.ForgetTrainingSet(context.Background(), &snapshotv1.ForgetTrainingSetRequest{TrainingSet: set.id, RequestedBy: "a test"})
			require.NoError(q.t, err)
			set.forgotten = true
		}
	}
	on := map[string]bool{}
	for _, set := range q.sets {
		for p := range set.of {
			on[p.asOf] = on[p.asOf] || !set.forgotten
		}
	}
	keep := 1 + q.r.IntN(3)/2
	want, kept := q.model.retain(keep, on)
	require.Equal(q.t, want, q.retained(q.t, keeping(q.dataset, int32(keep))))
	if len(want) > 0 {
		q.happened.did("dropped")
	}
	for by := range kept {
		q.happened.did("kept by what is " + by)
	}
}

// pinSome pins a date, or gives it back.
func (q *sequence) pinSome() {
	dates := q.model.there()
	if len(dates) == 0 || q.r.IntN(3) > 0 {
		return
	}
	asOf := dates[q.r.IntN(len(dates))]
	var err error
	if q.model.pinned[asOf] {
		_, err = q.client.Unpin(context.Background(), &snapshotv1.UnpinRequest{Dataset: q.dataset.GetName(), AsOf: asOf, RequestedBy: "a test"})
	} else {
		_, err = q.client.Pin(context.Background(), &snapshotv1.PinRequest{Dataset: q.dataset.GetName(), AsOf: asOf, Reason: "a test", RequestedBy: "a test"})
	}
	require.NoError(q.t, err)
	q.model.pinned[asOf] = !q.model.pinned[asOf]
}

// eraseSome erases a key of a table, which need not be there.
func (q *sequence) eraseSome() {
	table := q.model.tables[q.r.IntN(len(q.model.tables))]
	id := q.r.IntN(6)
	if there := slices.Sorted(maps.Keys(q.last[table])); len(there) > 0 && q.r.IntN(4) > 0 {
		id = there[q.r.IntN(len(there))]
	}
	q.erases++
	e := q.erase(q.t, q.dataset, fmt.Sprintf("run_%s_%d", q.dataset.GetName(), q.erases), table, fmt.Sprint(id))
	gone, err := e.do(stepv1.ErasePhase_ERASE_PHASE_ERASE)
	require.NoError(q.t, err)
	require.Empty(q.t, gone.GetPassedOver())
	rows := map[stepv1.ErasedFrom]int64{}
	for _, from := range gone.GetRows() {
		rows[from.GetFrom()] += from.GetRows()
	}
	revisions, deliveries := q.model.erase(table, id)
	require.Equal(q.t, revisions, rows[stepv1.ErasedFrom_ERASED_FROM_REVISION], "%s %d", table, id)
	require.Equal(q.t, deliveries, rows[stepv1.ErasedFrom_ERASED_FROM_DELTA], "%s %d", table, id)
	switch {
	case deliveries > 0:
		q.happened.did("erased from what was delivered")
		fallthrough
	case revisions > 0:
		q.happened.did("erased")
	default:
		q.happened.did("erased nobody")
	}
}

// staleDatesThere are the dates that are there and stale.
func (q *sequence) staleDatesThere() []string {
	return slices.DeleteFunc(q.model.there(), func(asOf string) bool { return !q.model.stale("a", asOf) })
}

// restampSome makes a date again from what was delivered of it, mostly one that is stale.
func (q *sequence) restampSome() {
	asOf := q.date()
	if stale := q.staleDatesThere(); len(stale) > 0 {
		asOf = stale[q.r.IntN(len(stale))]
	}
	b, got, err := q.restamps(q.t, q.dataset, asOf)
	if !q.model.staleThere("a", asOf) {
		require.NoError(q.t, err)
		require.Empty(q.t, got.GetDeliveries())
		q.happened.did("nothing to make again")
		return
	}
	rows, over, may := q.model.remade(asOf)
	if !may {
		requireReason(q.t, err, problem.RestampRefused)
		q.happened.did("not to be made again")
		return
	}
	require.NoError(q.t, err)
	require.Len(q.t, got.GetDeliveries(), 1)
	kept := got.GetDeliveries()[0]
	require.EqualValues(q.t, len(q.model.delivered[asOf].rows), kept.GetRows())
	q.settleRestamp(b, kept, rows, over)
}

// settleRestamp stamps the first table alone, laid anew.
func (q *sequence) settleRestamp(b *delivery, kept *stepv1.KeptDelivery, rows content, over *standing) {
	b.bases, b.tables = q.bases(q.t, q.dataset, b.asOf), []string{"a"}
	changed := relation.Of(kept.GetRelation())
	again := q.stageRows(b, "a", "select id, x, y from "+changed.SQL(), int(kept.GetRows()))
	q.layOver(b, changed, &stepv1.Delta{Relation: again.GetRelation(), Rows: again.GetRows()}, len(rows))
	_, err := b.prepare()
	require.NoError(q.t, err)
	before := q.model.state(b.asOf, q.model.now)
	q.model.stamp(b.asOf, b.batch, map[string]content{"a": rows}, map[string]*standing{"a": over})
	q.model.keep(b.asOf, b.batch, q.model.delivered[b.asOf].rows)
	q.requireStamped(b, before, []string{"a"})
	if maps.Equal(before["a"].rows, rows) {
		q.happened.did("made again the same")
	} else {
		q.happened.did("made again")
	}
}
