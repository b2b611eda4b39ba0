package console

import (
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/prose"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// cell is one stage of an as_of: in words, where there is more, and when.
type cell struct {
	Text, Link string
	At         *timestamppb.Timestamp
}

// row is one as_of on the board.
type row struct {
	AsOf                                    string
	Received, Validated, Published, Stamped cell
	// State is the row in one or two words; Kind, one of good, bad, busy, idle and
	// gap, is how it is coloured.
	State, Kind string
	// Run is the page of the run that State speaks of; empty where none is known.
	Run string
}

const (
	nothing = "–"
	unknown = "not known"
)

func newRow(h holding, asOf string) row {
	snapshots, runs := ofDate(h.snapshots, asOf), ofDate(h.runs, asOf)
	batches, validations, planned := delivered(ofDate(h.batches, asOf), ofDate(h.validations, asOf), runs)
	r := row{AsOf: asOf}
	r.Received = ask(h.noBatches, func() cell { return received(batches) })
	r.Validated = ask(h.noValidations, func() cell { return validated(validations) })
	r.Published = ask(h.noBatches, func() cell { return published(batches) })
	declared := expected(h, snapshots)
	r.Stamped = ask(h.noSnapshots, func() cell { return stamped(snapshots, declared) })
	r.State, r.Kind = state(h, evidence{batches, validations, snapshots, decisive(runs), planned}, declared)
	if run := decisive(runs); run != nil {
		r.Run = "/runs/" + run.GetId()
	} else if len(runs) > 0 {
		r.Run = "/runs/" + runs[0].GetId()
	}
	return r
}

// expected is how many snapshots an as_of has once it is whole: those that the dataset
// declares, but of an as_of that another version stamped, those that it stamped, all of
// them in one transaction. A version that adds a snapshot says nothing of the past.
func expected(h holding, snapshots []*snapshotv1.Snapshot) int {
	for _, s := range snapshots {
		if s.GetDatasetVersion() != "" && s.GetDatasetVersion() != h.dataset.GetVersion() {
			return len(snapshots)
		}
	}
	return int(h.dataset.GetSnapshots())
}

func ask(notKnown bool, answer func() cell) cell {
	if notKnown {
		return cell{Text: unknown}
	}
	return answer()
}

func received(batches []*ingestv1.Batch) cell {
	if len(batches) == 0 {
		return cell{Text: nothing}
	}
	newest := batches[0]
	text := "1 batch"
	if len(batches) > 1 {
		text = fmt.Sprintf("%d batches", len(batches))
	}
	return cell{Text: text, Link: "/batches/" + newest.GetId(), At: newest.GetCreatedAt()}
}

func validated(validations []*qualityv1.Validation) cell {
	if len(validations) == 0 {
		return cell{Text: nothing}
	}
	newest := validations[0]
	return cell{
		Text: held(newest),
		Link: "/validations/" + newest.GetId(), At: newest.GetEndedAt(),
	}
}

// held says how many expectations did, and of what they could not be asked.
func held(v *qualityv1.Validation) string {
	s := v.GetStatistics()
	text := fmt.Sprintf("%d of %d held", s.GetSuccessfulExpectations(), s.GetEvaluatedExpectations())
	if n := v.GetRejectedRows(); n > 0 {
		text += ", " + prose.Count(n, "rejected row") + " not seen"
	}
	return text
}

func published(batches []*ingestv1.Batch) cell {
	b := newestPublished(batches)
	if b == nil {
		return cell{Text: nothing}
	}
	return cell{Text: label(b.GetState()), Link: "/batches/" + b.GetId(), At: b.GetPublishedAt()}
}

func newestPublished(batches []*ingestv1.Batch) *ingestv1.Batch {
	for _, b := range batches {
		if s := b.GetState(); s == ingestv1.BatchState_BATCH_STATE_PUBLISHED || s == ingestv1.BatchState_BATCH_STATE_BACKFILLED {
			return b
		}
	}
	return nil
}

func stamped(snapshots []*snapshotv1.Snapshot, declared int) cell {
	if len(snapshots) == 0 {
		return cell{Text: nothing}
	}
	fewest, most := snapshots[0].GetRows(), snapshots[0].GetRows()
	for _, s := range snapshots {
		fewest, most = min(fewest, s.GetRows()), max(most, s.GetRows())
	}
	rows := prose.Number(most) + " rows each"
	if fewest != most {
		rows = fmt.Sprintf("%s to %s rows", prose.Number(fewest), prose.Number(most))
	}
	first := snapshots[0]
	return cell{
		Text: fmt.Sprintf("%d of %d snapshots, %s", len(snapshots), max(declared, len(snapshots)), rows),
		Link: snapshotLink(first.GetDataset(), first.GetAsOf()).Link, At: lastKnown(snapshots),
	}
}

// lastKnown is when the date last got another content: a correction makes revisions of those
// snapshots alone that differ.
func lastKnown(snapshots []*snapshotv1.Snapshot) *timestamppb.Timestamp {
	var last *timestamppb.Timestamp
	for _, s := range snapshots {
		if at := s.GetKnownAt(); at != nil && at.AsTime().After(last.AsTime()) {
			last = at
		}
	}
	return last
}
