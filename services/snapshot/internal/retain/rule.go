package retain

import (
	"fmt"
	"strings"
	"time"

	"github.com/streamflow/streamflow/platform/prose"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/store"
)

// Rule says which dates a history keeps. The zero value keeps all.
type Rule struct {
	// Keep is how many, the newest; 0 where it does not go by their number.
	Keep int
	// Days is how old one may be, seen from the newest; 0 where it does not go by their age.
	Days int
}

// RuleOf is what a dataset declares.
func RuleOf(d *datasetv1.Dataset) Rule {
	return Rule{Keep: int(d.GetHistory().GetKeep()), Days: int(d.GetHistory().GetKeepFor())}
}

// All says whether every date is kept.
func (r Rule) All() bool { return r.Keep == 0 && r.Days == 0 }

// String is the rule in words.
func (r Rule) String() string {
	var kept []string
	switch {
	case r.Keep == 1:
		kept = append(kept, "the newest date")
	case r.Keep > 1:
		kept = append(kept, fmt.Sprintf("the newest %s dates", prose.Number(int64(r.Keep))))
	}
	if r.Days > 0 {
		kept = append(kept, fmt.Sprintf("those of %s before the newest", prose.Count(int64(r.Days), "day")))
	}
	switch {
	case len(kept) == 0:
		return "every date is kept"
	case r.Keep == 1 && r.Days == 0:
		return kept[0] + " is kept"
	case r.Keep == 0:
		return "dates of " + prose.Count(int64(r.Days), "day") + " before the newest are kept"
	default:
		return strings.Join(kept, " and ") + " are kept"
	}
}

// due says of dates that are there, the newest first, which the rule is not to keep. The
// newest one always is kept.
func (r Rule) due(dates []time.Time) []bool {
	due := make([]bool, len(dates))
	for i, asOf := range dates {
		beyond := i >= r.Keep // of no number every one is
		tooOld := r.Days == 0 || asOf.Before(dates[0].AddDate(0, 0, -r.Days))
		due[i] = i > 0 && !r.All() && beyond && tooOld
	}
	return due
}

// State is what becomes of a date.
type State string

// What may become of it.
const (
	// Kept: the rule keeps it.
	Kept State = "kept"
	// Due: the next retention drops it.
	Due State = "due"
	// Held: it would be dropped, and something keeps it.
	Held State = "held"
	// UnderWay: it is dropped, and some of its tables are still there.
	UnderWay State = "under way"
	// Dropped: nothing but its entries is left.
	Dropped State = "dropped"
)

// Date is a date, and what becomes of it.
type Date struct {
	store.Date
	State State
	// Because says why, in words.
	Because string
}

// judge says of all dates of the dataset of this name, the newest first, what becomes of them.
func (r Rule) judge(dataset string, dates []store.Date) []Date {
	var there []time.Time
	for _, d := range dates {
		if d.DroppedAt == nil {
			there = append(there, d.AsOf)
		}
	}
	due := r.due(there)
	all := make([]Date, len(dates))
	n := 0
	for i, d := range dates {
		all[i] = Date{Date: d}
		switch {
		case d.DroppedAt != nil && d.GoneAt == nil:
			all[i].State, all[i].Because = UnderWay, d.Why+"; what is left of its tables goes with the next retention"
		case d.DroppedAt != nil:
			all[i].State, all[i].Because = Dropped, d.Why
		default:
			all[i].State, all[i].Because = r.verdict(dataset, d, due[n])
			n++
		}
	}
	return all
}

// verdict is what becomes of a date that is there.
func (r Rule) verdict(dataset string, d store.Date, due bool) (State, string) {
	if !due {
		return Kept, r.String()
	}
	if by := held(dataset, d); len(by) > 0 {
		return Held, strings.Join(by, "; ")
	}
	return Due, r.String()
}

// held says what keeps a date.
func held(dataset string, d store.Date) []string {
	var by []string
	if len(d.NewestOf) > 0 {
		by = append(by, "the newest date of "+strings.Join(d.NewestOf, ", "))
	}
	if d.Pin != nil {
		by = append(by, fmt.Sprintf("pinned by %s: %s", d.Pin.By, d.Pin.Reason))
	}
	if n := len(d.TrainingSets); n > 0 {
		line := "training set " + d.TrainingSets[0] + " stands on it"
		if n > 1 {
			line += fmt.Sprintf(", and %d more", n-1)
		}
		by = append(by, line)
	}
	if len(d.Stale) > 0 {
		first := d.Stale[0].Format(time.DateOnly)
		by = append(by, fmt.Sprintf("%s is stale and would be laid over it: `sfctl run start --dataset %s --restamp --from %s` makes it again", first, dataset, first))
	}
	return by
}
