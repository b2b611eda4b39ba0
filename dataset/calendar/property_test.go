package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/calendar"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// every is a calendar of each period, and a week for each day that it may end on.
func every() map[string]*datasetv1.Calendar {
	all := map[string]*datasetv1.Calendar{}
	for number, name := range datasetv1.Period_name {
		if p := datasetv1.Period(number); p != datasetv1.Period_PERIOD_UNSPECIFIED {
			all[name] = period(p)
		}
	}
	for number, name := range datasetv1.Weekday_name {
		all[name] = weekEndingOn(datasetv1.Weekday(number))
	}
	return all
}

// Over fifty years of every calendar, going on and back again leads to the same as_of, no
// day is between two calendars' dates twice, and none is left out.
func TestNextAndPreviousAreEachOthersOppositeOverFiftyYears(t *testing.T) {
	t.Parallel()
	for name, declared := range every() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := calendar.Of(declared)
			require.NotNil(t, r, "a calendar that is declared has a rhythm")
			end := day(t, "2030-12-31")
			for asOf := r.Floor(day(t, "1980-06-15")); asOf.Before(end); {
				next := calendar.Next(r, asOf)
				if !next.After(asOf) || !calendar.On(r, next) {
					require.Fail(t, "next", "%s follows %s", next, asOf)
				}
				if back := calendar.Previous(r, next); !back.Equal(asOf) {
					require.Fail(t, "previous", "%s, then %s, then %s", asOf, next, back)
				}
				if !r.Step(asOf, 1).Equal(next) || !r.Step(next, -1).Equal(asOf) || !r.Step(asOf, 0).Equal(asOf) {
					require.Fail(t, "step", "from %s to %s", asOf, next)
				}
				if before := next.AddDate(0, 0, -1); !r.Floor(before).Equal(asOf) || calendar.On(r, before) != before.Equal(asOf) {
					require.Fail(t, "floor", "of %s, the day before %s", before, next)
				}
				asOf = next
			}
		})
	}
}

// Many steps are as many single ones: the end of a month does not wear off.
func TestManyStepsAreAsManySingleOnes(t *testing.T) {
	t.Parallel()
	for name, declared := range every() {
		r := calendar.Of(declared)
		start := r.Floor(day(t, "2024-02-29"))
		on, back := start, start
		for n := 1; n <= 60; n++ {
			on, back = calendar.Next(r, on), calendar.Previous(r, back)
			require.Equal(t, on, r.Step(start, n), "%s: %d on", name, n)
			require.Equal(t, back, r.Step(start, -n), "%s: %d back", name, n)
		}
	}
}

// A time of day belongs to its day, whatever the zone.
func TestTheTimeOfDayDoesNotMatter(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Apia"} {
		in, err := time.LoadLocation(zone)
		require.NoError(t, err)
		for name, declared := range every() {
			r := calendar.Of(declared)
			early := time.Date(2024, time.March, 31, 0, 0, 0, 0, in)
			late := time.Date(2024, time.March, 31, 23, 59, 59, 999999999, in)
			require.Equal(t, calendar.On(r, early), calendar.On(r, late), "%s in %s", name, zone)
			require.Equal(t, calendar.Next(r, early), calendar.Next(r, late), "%s in %s", name, zone)
			require.Equal(t, calendar.Previous(r, early), calendar.Previous(r, late), "%s in %s", name, zone)
			require.Equal(t, calendar.Nearest(r, early), calendar.Nearest(r, late), "%s in %s", name, zone)
		}
	}
}
