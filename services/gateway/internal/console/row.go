package console

import (
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
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
	// Run is the page of the newest run; empty where none is among the newest.
	Run string
}

const (
	nothing = "–"
	unknown = "not known"
)

func newRow(h holding, asOf string) row {
	batches, validations := ofDate(h.batches, asOf), ofDate(h.validations, asOf)
	snapshots, runs := ofDate(h.snapshots, asOf), ofDate(h.runs, asOf)
	r := row{AsOf: asOf}
	r.Received = ask(h.noBatches, func() cell { return received(batches) })
	r.Validated = ask(h.noValidations, func() cell { return validated(validations) })
	r.Published = ask(h.noBatches, func() cell { return published(batches) })
	r.Stamped = ask(h.noSnapshots, func() cell { return stamped(snapshots, len(h.dataset.GetSnapshots())) })
	if len(runs) > 0 {
		r.Run = "/runs/" + runs[0].GetId()
	}
	r.State, r.Kind = state(h, batches, validations, snapshots, runs)
	return r
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
	return cell{Text: text, Link: "/v1/batches/" + newest.GetId(), At: newest.GetCreatedAt()}
}

func validated(validations []*qualityv1.Validation) cell {
	if len(validations) == 0 {
		return cell{Text: nothing}
	}
	newest := validations[0]
	s := newest.GetStatistics()
	return cell{
		Text: fmt.Sprintf("%d of %d held", s.GetSuccessfulExpectations(), s.GetEvaluatedExpectations()),
		Link: "/v1/validations/" + newest.GetId(), At: newest.GetEndedAt(),
	}
}

func published(batches []*ingestv1.Batch) cell {
	b := newestPublished(batches)
	if b == nil {
		return cell{Text: nothing}
	}
	return cell{Text: label(b.GetState()), Link: "/v1/batches/" + b.GetId(), At: b.GetPublishedAt()}
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
	rows := number(most) + " rows each"
	if fewest != most {
		rows = fmt.Sprintf("%s to %s rows", number(fewest), number(most))
	}
	first := snapshots[0]
	return cell{
		Text: fmt.Sprintf("%d of %d snapshots, %s", len(snapshots), max(declared, len(snapshots)), rows),
		Link: fmt.Sprintf("/v1/datasets/%s/snapshots/%s", first.GetDataset(), first.GetAsOf()), At: first.GetKnownAt(),
	}
}

// state says in a word how far an as_of has come. What is going on goes before what
// was reached, and what was reached before a later delivery that was refused.
func state(h holding, batches []*ingestv1.Batch, validations []*qualityv1.Validation, snapshots []*snapshotv1.Snapshot, runs []*orchestratorv1.Run) (string, string) {
	whole := len(snapshots) > 0 && len(snapshots) >= len(h.dataset.GetSnapshots())
	switch {
	case active(runs):
		return label(runs[0].GetState()), "busy"
	case h.noBatches || h.noSnapshots:
		return unknown, "idle"
	case whole && refused(batches, validations):
		return "complete; newest delivery refused", "bad"
	case whole:
		return "complete", "good"
	case newestPublished(batches) != nil:
		return "published, not stamped", "busy"
	case refused(batches, validations):
		return "refused", "bad"
	case len(batches) > 0:
		return label(batches[0].GetState()), "idle"
	case len(runs) > 0:
		return label(runs[0].GetState()), "bad"
	default:
		return "nothing received", "gap"
	}
}

func active(runs []*orchestratorv1.Run) bool {
	return len(runs) > 0 && !over(runs[0].GetState())
}

// refused says whether the newest batch was rejected, or failed its validation.
func refused(batches []*ingestv1.Batch, validations []*qualityv1.Validation) bool {
	if len(batches) == 0 {
		return false
	}
	newest := batches[0]
	switch newest.GetState() {
	case ingestv1.BatchState_BATCH_STATE_REJECTED:
		return true
	case ingestv1.BatchState_BATCH_STATE_PUBLISHED, ingestv1.BatchState_BATCH_STATE_BACKFILLED:
		return false
	default:
		return len(validations) > 0 && validations[0].GetBatch() == newest.GetId() && !validations[0].GetSuccess()
	}
}

func over(s orchestratorv1.RunState) bool {
	return s == orchestratorv1.RunState_RUN_STATE_SUCCEEDED || s == orchestratorv1.RunState_RUN_STATE_FAILED ||
		s == orchestratorv1.RunState_RUN_STATE_CANCELLED
}
