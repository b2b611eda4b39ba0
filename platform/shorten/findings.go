// Package shorten keeps a report within what a message between services may hold. What
// is left out is said to be; counts, and what stops a run, stay.
package shorten

import (
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// How many bytes the findings of each report take at most, within a message of 8 MiB
// (grpcserver.MaxMessage). A run has those of its batch and of its validation; a
// validation has the results besides.
const (
	OfBatch      = 3 << 20
	OfValidation = 5 << 19 // 2.5 MiB
	OfRun        = 6 << 20
)

// shortText is how many characters of a sentence are left where the findings are too many
// for whole ones.
const shortText = 300

// rows are how many rows a finding lists, from as many as it may to none.
var rows = []int{20, 10, 5, 2, 1, 0}

// Findings returns findings of at most so many bytes. Where they are more, each lists
// fewer rows; then its sentences are cut; then the last ones are left out, other than
// those that somebody may accept, and one more finding says how many. The given ones stay
// as they are.
func Findings(all []*stepv1.Finding, most int) []*stepv1.Finding {
	if size(all) <= most {
		return all
	}
	short := make([]*stepv1.Finding, len(all))
	for i, f := range all {
		short[i] = proto.CloneOf(f)
	}
	for _, n := range rows {
		each(short, func(f *stepv1.Finding) { f.Rows = f.Rows[:min(n, len(f.Rows))] })
		if size(short) <= most {
			return short
		}
	}
	each(short, func(f *stepv1.Finding) {
		for _, text := range []*string{&f.Message, &f.Expected, &f.Found, &f.Action} {
			*text = cut(*text)
		}
	})
	return beginning(short, most)
}

// beginning keeps as many findings as there is room for, in their order, and says what it
// left out.
func beginning(all []*stepv1.Finding, most int) []*stepv1.Finding {
	left := most - 1<<10 // for what is said of the rest
	for _, f := range all {
		if acceptable(f) {
			left -= sizeOf(f)
		}
	}
	var kept []*stepv1.Finding
	var out []*stepv1.Finding
	for _, f := range all {
		switch {
		case acceptable(f):
			kept = append(kept, f)
		case len(out) > 0 || sizeOf(f) > left:
			out = append(out, f)
		default:
			left -= sizeOf(f)
			kept = append(kept, f)
		}
	}
	if len(out) == 0 {
		return kept
	}
	return append(kept, leftOut(out))
}

// leftOut is the finding that stands for others, as grave as the gravest.
func leftOut(out []*stepv1.Finding) *stepv1.Finding {
	f := &stepv1.Finding{
		Reason: out[0].GetReason(), Severity: out[0].GetSeverity(),
		Message: prose.Count(int64(len(out)), "more finding") + " of this delivery are not listed: a report holds no more",
		Found:   prose.Count(int64(len(out)), "more finding"),
		Action:  "Mend what is listed, and deliver again: what is left then is listed.",
	}
	for _, one := range out {
		f.Count += one.GetCount()
		if stops(one) && !stops(f) {
			f.Reason, f.Severity = one.GetReason(), one.GetSeverity()
		}
	}
	return f
}

func stops(f *stepv1.Finding) bool {
	s := f.GetSeverity()
	return s == datasetv1.Severity_SEVERITY_CRITICAL || s == datasetv1.Severity_SEVERITY_UNSPECIFIED
}

// acceptable says of a finding that who starts a run may accept it by its name.
func acceptable(f *stepv1.Finding) bool {
	return problem.Acceptable(problem.Reason(f.GetReason())) || f.GetAcceptedBy() != ""
}

// each does something to findings, and to those that follow from them.
func each(all []*stepv1.Finding, do func(*stepv1.Finding)) {
	for _, f := range all {
		do(f)
		each(f.GetFollows(), do)
	}
}

func cut(text string) string {
	if len(text) <= shortText {
		return text
	}
	if r := []rune(text); len(r) > shortText {
		return string(r[:shortText]) + "…"
	}
	return text
}

func size(all []*stepv1.Finding) int {
	n := 0
	for _, f := range all {
		n += sizeOf(f)
	}
	return n
}

// sizeOf is what a finding takes in a list, with its tag and its length.
func sizeOf(f *stepv1.Finding) int { return proto.Size(f) + 6 }
