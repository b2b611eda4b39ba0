package snapshot_test

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/trainingset"
)

// trained is a training set that was built, what its file must be for ever, and of which
// revisions it is.
type trained struct {
	id, csv   string
	of        used
	forgotten bool
}

// train builds a random set of what was known at a random moment.
func (q *sequence) train() {
	at := q.model.now
	if at == 0 {
		return
	}
	if q.r.IntN(2) == 0 {
		at = 1 + q.r.IntN(at)
	}
	set := q.drawTraining(at)
	of := used{}
	want := set.header(q.model) + set.csv(q.model, at, of)
	built, _, err := q.suite.train(q.trainingRequest(set, q.knownAt[at]))
	if q.needsDropped(set, at) {
		requireReason(q.t, err, problem.RetainedNoLonger)
		q.happened.did("trained on what was dropped")
		return
	}
	if want == set.header(q.model) {
		requireReason(q.t, err, problem.TrainingSetInvalid)
		q.happened.did("nobody to train on")
		return
	}
	require.NoError(q.t, err, "%+v", set)
	if q.happened.did("trained"); at < q.model.now {
		q.happened.did("trained on the past")
	}
	q.sets = append(q.sets, &trained{id: built.GetId(), csv: want, of: maps.Clone(of)})
}

// needsDropped says whether a date of a set, or that of its labels, was dropped.
func (q *sequence) needsDropped(set modelTraining, at int) bool {
	for _, asOf := range set.dates {
		label := set.labelDate(asOf)
		if q.model.dropped[asOf] || q.model.dropped[label] && q.model.known("a", label, at) != nil {
			return true
		}
	}
	return false
}

// drawTraining draws a set over some of the dates that were stamped by a moment.
func (q *sequence) drawTraining(at int) modelTraining {
	set := modelTraining{ttl: map[string]int{}, horizon: q.r.IntN(3)}
	for _, asOf := range modelDates {
		if q.model.known("a", asOf, at) != nil && (len(set.dates) == 0 || q.r.IntN(2) == 0) {
			set.dates = append(set.dates, asOf)
		}
	}
	for _, table := range q.model.tables {
		set.ttl[table] = q.r.IntN(4) - 1
	}
	return set
}

func (q *sequence) trainingRequest(set modelTraining, knownAt time.Time) *snapshotv1.BuildTrainingSetRequest {
	def := &datasetv1.TrainingSet{
		Name: "drawn", Entities: &datasetv1.Entities{Snapshot: "a_snapshots"},
		Label: &datasetv1.Label{Column: "a_snapshots.y", Horizon: proto.Int32(int32(set.horizon))}, MinCoverage: proto.Float64(0),
	}
	for _, table := range q.model.tables {
		f := &datasetv1.Feature{Column: table + "_snapshots.x", As: table + "_x"}
		if set.ttl[table] >= 0 {
			f.Ttl = proto.Int32(int32(set.ttl[table]))
		}
		def.Features = append(def.Features, f)
	}
	req := &snapshotv1.BuildTrainingSetRequest{
		Dataset: q.dataset.GetName(), Declaration: q.dataset, DatasetVersion: dataset.Hash(q.dataset), RequestedBy: "a test",
		Definition: def, AsOf: &datasetv1.AsOfDates{Dates: set.dates}, KnownAt: timestamppb.New(knownAt),
	}
	for _, reason := range trainingset.Guards() {
		req.Waive = append(req.Waive, string(reason))
	}
	return req
}

// requireAgain writes a set, whatever happened since it was built: byte for byte and digest
// for digest that of the model, unless retention dropped a date of it or an erase took rows
// out of it, which it says.
func (q *sequence) requireAgain(set *trained) {
	w, err := q.export(set.id)
	if reason := q.lost(set); reason != "" {
		requireReason(q.t, err, reason)
		q.happened.did("a set says " + string(reason))
		return
	}
	require.NoError(q.t, err)
	require.Equal(q.t, set.csv, w.text)
	sum := sha256.Sum256([]byte(set.csv))
	require.Equal(q.t, hex.EncodeToString(sum[:]), w.file.GetSha256())
}

// lost says by which reason a set cannot be made any more; empty where it can. A set finds
// what it is made of by its content, whichever revision has it.
func (q *sequence) lost(set *trained) problem.Reason {
	reason := problem.Reason("")
	for p, rows := range set.of {
		if q.model.dropped[p.asOf] {
			return problem.RetainedNoLonger
		}
		if !q.model.has(p, rows) {
			reason = problem.ErasedSince
		}
	}
	return reason
}
