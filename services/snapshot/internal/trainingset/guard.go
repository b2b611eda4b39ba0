package trainingset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
)

// Guards are the reasons of the guards, in the order in which they are told.
func Guards() []problem.Reason {
	return []problem.Reason{
		problem.LabelNotLater, problem.LabelAmongFeatures, problem.LabelNotStamped,
		problem.LabelCoverageLow, problem.FeatureWindowTooLate, problem.FeatureLiftHigh, problem.DeliveriesMixed, problem.SnapshotStale, problem.HistoryCut,
	}
}

// finding is what a guard found.
type finding struct {
	reason problem.Reason
	// subject is the column that it is about.
	subject string
	says    string
}

// findings are what the guards found.
type findings []finding

func (fs *findings) add(reason problem.Reason, subject, format string, args ...any) {
	*fs = append(*fs, finding{reason, subject, fmt.Sprintf(format, args...)})
}

// declared are what the definition and the dates alone give away.
func (s *Set) declared(joins []Join) findings {
	var fs findings
	label := s.Definition.GetLabel().GetColumn()
	if dataset.Horizon(s.Definition.GetLabel()) == 0 {
		fs.add(problem.LabelNotLater, label, "expected a label of a later period than its features, found %s with horizon 0: both are of %s", label, day(joins[0].AsOf))
	}
	for _, f := range s.Definition.GetFeatures() {
		if f.GetColumn() == label {
			fs.add(problem.LabelAmongFeatures, label, "expected features besides the label, found feature %s, which is the label's own column", dataset.FeatureName(f))
		}
	}
	var without []string
	for _, j := range joins {
		if j.Label == nil {
			without = append(without, day(j.LabelAsOf))
		}
	}
	if len(without) > 0 {
		fs.add(problem.LabelNotStamped, label, "expected %s to be stamped as of %s, and known at the cut-off, found that it is not", s.Label.Snapshot, strings.Join(without, ", "))
	}
	return append(fs, s.windows(joins)...)
}

// windows are the features that were observed until a day within the embargo.
func (s *Set) windows(joins []Join) findings {
	var fs findings
	embargo := int(s.Definition.GetEmbargo())
	for _, f := range s.Features {
		if f.Window == 0 || embargo == 0 {
			continue
		}
		for _, j := range joins {
			last := j.First.AddDate(0, 0, -embargo)
			if newest := j.Sources[f.Source][0].AsOf; newest.After(last) {
				fs.add(problem.FeatureWindowTooLate, f.Name, "expected feature %s to be observed until %s, %s before %s, found that its window of %s ends on %s",
					f.Name, day(last), prose.Count(int64(embargo), "day"), day(j.First), prose.Count(int64(f.Window), "day"), day(newest))
				break
			}
		}
	}
	return fs
}

// covered is whether enough rows have a label. Where nothing is stamped, that is said.
func (s *Set) covered(c Counts, joins []Join) findings {
	var fs findings
	for _, j := range joins {
		if j.Label == nil {
			return nil
		}
	}
	share, wanted := float64(c.Labelled)/float64(c.Rows), dataset.MinCoverage(s.Definition)
	if share < wanted {
		label := s.Definition.GetLabel().GetColumn()
		fs.add(problem.LabelCoverageLow, label, "expected %.4g %% of the rows to have a label, found %.4g %%: %s of %s",
			100*wanted, 100*share, prose.Number(c.Labelled), prose.Count(c.Rows, "row"))
	}
	return fs
}

// refusal is the error of what was found and not waived; nil where nothing is left. The
// first finding gives it its reason, and all stand in it.
func (fs findings) refusal(name string, waived []problem.Reason) error {
	var p *problem.Error
	var says, reasons []string
	for _, reason := range Guards() {
		for _, f := range fs {
			if f.reason != reason || slices.Contains(waived, reason) {
				continue
			}
			if p == nil {
				p = problem.New(reason, "")
			}
			p = p.Violate(f.subject, "%s: %s", f.reason, f.says)
			says = append(says, f.says)
			if !slices.Contains(reasons, string(reason)) {
				reasons = append(reasons, string(reason))
			}
		}
	}
	if p == nil {
		return nil
	}
	p.Message = fmt.Sprintf("training set %s %s: %s", name, fault(p.Reason), strings.Join(says, "; "))
	return p.With("reasons", strings.Join(reasons, ","))
}

// fault is what is wrong with a set by the first reason that was found: those that are no
// leak are the last ones, and nothing else was found then.
func fault(first problem.Reason) string {
	switch first {
	case problem.DeliveriesMixed:
		return "would be of two deliveries"
	case problem.SnapshotStale:
		return "would be of what is not so any more"
	case problem.HistoryCut:
		return "would lack what was known"
	default:
		return "would leak"
	}
}

// waivers are the guards that were waived, each with what it found.
func (fs findings) waivers(waived []problem.Reason) []Waiver {
	var all []Waiver
	for _, reason := range Guards() {
		if !slices.Contains(waived, reason) {
			continue
		}
		w := Waiver{Reason: string(reason), Found: []string{}}
		for _, f := range fs {
			if f.reason == reason {
				w.Found = append(w.Found, f.says)
			}
		}
		all = append(all, w)
	}
	return all
}
