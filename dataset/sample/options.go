package sample

import (
	"fmt"
	"time"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// The defaults are the size of the real extracts, and their first two months.
const (
	defaultMonths = 2
	defaultUsers  = 7043
	defaultSeed   = 1
)

// Bounds of the options. Within them every user has an id of their own, of which
// there are 10^4 times 26^5.
const (
	maxUsers  = 100_000_000
	maxJoined = 10_000_000
	maxMonths = 1200
)

// Options say what to write. The zero value is two months of 7,043 users from
// 2024-01-31 on.
type Options struct {
	// Months to write. Default: 2.
	Months int
	// Start is the as_of of the first month, a month end. Default: 2024-01-31.
	Start time.Time
	// Users of the first month. Default: 7043.
	Users int
	// Seed of everything that is drawn. Default: 1.
	Seed uint64
	// Departed is how many of the first month's users are gone from each later
	// month on: from the third month, twice as many are missing as from the second.
	Departed int
	// Joined is how many users each later month has that the one before had not.
	Joined int
}

var calendar = &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}

// withDefaults fills in what is not given, and refuses what cannot be written.
func (o Options) withDefaults() (Options, error) {
	if o.Months == 0 {
		o.Months = defaultMonths
	}
	if o.Start.IsZero() {
		o.Start = time.Date(2024, time.January, 31, 0, 0, 0, 0, time.UTC)
	}
	if o.Users == 0 {
		o.Users = defaultUsers
	}
	if o.Seed == 0 {
		o.Seed = defaultSeed
	}
	return o, o.check()
}

func (o Options) check() error {
	switch {
	case o.Months < 1 || o.Months > maxMonths:
		return fmt.Errorf("expected 1 to %d months, found %d", maxMonths, o.Months)
	case o.Users < 1 || o.Users > maxUsers:
		return fmt.Errorf("expected 1 to %d users, found %d", maxUsers, o.Users)
	case o.Joined < 0 || o.Joined > maxJoined:
		return fmt.Errorf("expected 0 to %d users who join each month, found %d", maxJoined, o.Joined)
	case o.Departed < 0 || o.Departed > o.Users || o.Departed*(o.Months-1) >= o.Users:
		return fmt.Errorf("expected fewer users to depart over %d months than the %d there are, found %d each month",
			o.Months, o.Users, o.Departed)
	case !dataset.OnCalendar(calendar, o.Start):
		return fmt.Errorf("expected a month end to start with, such as %s, found %s",
			dataset.FormatAsOf(dataset.ClosestAsOf(calendar, o.Start)), dataset.FormatAsOf(o.Start))
	}
	return nil
}

// asOf is the date that a month describes.
func (o Options) asOf(month int) time.Time {
	asOf := o.Start
	for range month {
		asOf = dataset.NextAsOf(calendar, asOf)
	}
	return asOf
}
