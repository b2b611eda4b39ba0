package dataset

import (
	"fmt"
	"math"
	"slices"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

const (
	// maxDates is a century of months.
	maxDates = 1200
	maxParts = 20
	// shareError is what shares that are written in decimals may miss 1 by.
	shareError = 1e-9
)

// dates judges the as_of dates of a training set.
func (l *linter) dates(path string, dates *datasetv1.AsOfDates) {
	if dates == nil {
		return
	}
	list, ranged := len(dates.GetDates()) > 0, dates.GetFrom() != "" || dates.GetTo() != ""
	switch {
	case list == ranged:
		l.wrong(path, "expected either dates, or from and to, found %s", map[bool]string{true: "both", false: "neither"}[list])
	case ranged && (dates.GetFrom() == "" || dates.GetTo() == ""):
		l.wrong(path, "expected both from and to of a range, found one of them")
	}
	for i, text := range dates.GetDates() {
		here := fmt.Sprintf("%s.dates[%d]", path, i)
		if slices.Contains(dates.GetDates()[:i], text) {
			l.wrong(here, "the date %s stands twice in the set", text)
			continue
		}
		l.onCalendar(here, text)
	}
	l.atMost(path+".dates", len(dates.GetDates()), maxDates, "dates")
	from := dates.GetFrom() == "" || l.onCalendar(path+".from", dates.GetFrom())
	to := dates.GetTo() == "" || l.onCalendar(path+".to", dates.GetTo())
	if !from || !to || !ranged || list || dates.GetFrom() == "" || dates.GetTo() == "" {
		return
	}
	switch n := len(AsOfDatesOf(l.dataset.GetCalendar(), dates)); {
	case n == 0:
		l.wrong(path+".to", "expected an as_of that is not before from, %s, found %s", dates.GetFrom(), dates.GetTo())
	case n > maxDates:
		l.wrong(path, "expected a range of at most %d dates, found more", maxDates)
	}
}

// onCalendar says whether a text is an as_of of the dataset's calendar.
func (l *linter) onCalendar(path, text string) bool {
	asOf, err := ParseAsOf(text)
	every := EveryAsOf(l.dataset.GetCalendar())
	switch {
	case err != nil:
		l.wrong(path, "%s", err)
	case every == "": // said already
	case !OnCalendar(l.dataset.GetCalendar(), asOf):
		l.wrong(path, "expected %s, found %s; the closest is %s", every, text, FormatAsOf(ClosestAsOf(l.dataset.GetCalendar(), asOf)))
	default:
		return true
	}
	return false
}

// split judges how the rows are divided.
func (t *trainingLinter) split(path string) {
	split := t.set.GetSplit()
	if split == nil {
		return
	}
	t.take(path, SplitColumn, "the part that the row is in")
	switch {
	case split.GetBy() == datasetv1.SplitBy_SPLIT_BY_UNSPECIFIED:
		t.wrong(path+".by", "expected by what the rows are divided, hash or time, found nothing")
	case split.GetBy() != datasetv1.SplitBy_SPLIT_BY_HASH && split.GetSeed() != 0:
		t.wrong(path+".seed", "expected by: hash beside a seed, found another division")
	}
	t.parts(path+".parts", split.GetParts())
	if n := len(AsOfDatesOf(t.dataset.GetCalendar(), t.set.GetAsOf())); split.GetBy() == datasetv1.SplitBy_SPLIT_BY_TIME && n > 0 && n < len(split.GetParts()) {
		t.wrong(path+".by", "expected at least as many dates as parts to divide by time, found %d dates and %d parts", n, len(split.GetParts()))
	}
}

func (t *trainingLinter) parts(path string, parts []*datasetv1.Part) {
	if len(parts) < 2 || len(parts) > maxParts {
		t.wrong(path, "expected 2 to %d parts, found %d", maxParts, len(parts))
	}
	sum := 0.0
	for i, part := range parts {
		here := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case !identifier.MatchString(part.GetName()):
			t.wrong(here+".name", "expected %s, found %q", identifierRule, part.GetName())
		case slices.ContainsFunc(parts[:i], func(p *datasetv1.Part) bool { return p.GetName() == part.GetName() }):
			t.wrong(here+".name", "part %q stands twice in the split", part.GetName())
		}
		if share := part.GetShare(); !(share > 0 && share < 1) {
			t.wrong(here+".share", "expected a share above 0 and below 1, found %v", share)
		}
		sum += part.GetShare()
	}
	if len(parts) > 1 && math.Abs(sum-1) > shareError {
		t.wrong(path, "expected shares that add up to 1, found %v", sum)
	}
}
