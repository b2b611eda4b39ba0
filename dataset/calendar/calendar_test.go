package calendar_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/calendar"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func day(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.DateOnly, text)
	require.NoError(t, err)
	return at
}

func period(p datasetv1.Period) *datasetv1.Calendar { return &datasetv1.Calendar{Period: p} }

func weekEndingOn(d datasetv1.Weekday) *datasetv1.Calendar {
	return &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_WEEK, EndsOn: d}
}

func TestNeighbours(t *testing.T) {
	t.Parallel()
	week, friday := period(datasetv1.Period_PERIOD_WEEK), weekEndingOn(datasetv1.Weekday_WEEKDAY_FRIDAY)
	start, quarter := period(datasetv1.Period_PERIOD_MONTH_START), period(datasetv1.Period_PERIOD_QUARTER_END)
	year := period(datasetv1.Period_PERIOD_YEAR_END)
	for _, test := range []struct {
		calendar                *datasetv1.Calendar
		day                     string
		on                      bool
		previous, next, nearest string
	}{
		{period(datasetv1.Period_PERIOD_DAY), "2024-02-29", true, "2024-02-28", "2024-03-01", "2024-02-29"},
		{week, "2024-01-07", true, "2023-12-31", "2024-01-14", "2024-01-07"},
		{week, "2024-01-10", false, "2024-01-07", "2024-01-14", "2024-01-07"}, // three days and four
		{week, "2024-01-11", false, "2024-01-07", "2024-01-14", "2024-01-14"},
		{friday, "2024-03-01", true, "2024-02-23", "2024-03-08", "2024-03-01"},
		{friday, "2024-03-02", false, "2024-03-01", "2024-03-08", "2024-03-01"},
		{start, "2024-03-01", true, "2024-02-01", "2024-04-01", "2024-03-01"},
		{start, "2024-02-29", false, "2024-02-01", "2024-03-01", "2024-03-01"},
		{start, "2024-01-01", true, "2023-12-01", "2024-02-01", "2024-01-01"},
		{quarter, "2024-03-31", true, "2023-12-31", "2024-06-30", "2024-03-31"},
		{quarter, "2024-01-31", false, "2023-12-31", "2024-03-31", "2023-12-31"},
		{quarter, "2024-11-16", false, "2024-09-30", "2024-12-31", "2024-12-31"},
		{year, "2024-12-31", true, "2023-12-31", "2025-12-31", "2024-12-31"},
		{year, "2024-06-30", false, "2023-12-31", "2024-12-31", "2023-12-31"},
		{year, "2024-07-02", false, "2023-12-31", "2024-12-31", "2024-12-31"},
	} {
		r, at := calendar.Of(test.calendar), day(t, test.day)
		say := r.String() + ", " + test.day
		require.Equal(t, test.on, calendar.On(r, at), say)
		require.Equal(t, test.previous, calendar.Previous(r, at).Format(time.DateOnly), say)
		require.Equal(t, test.next, calendar.Next(r, at).Format(time.DateOnly), say)
		require.Equal(t, test.nearest, calendar.Nearest(r, at).Format(time.DateOnly), say)
	}
}

// rules say of a day whether it is an as_of, by the day alone.
var rules = map[*datasetv1.Calendar]func(time.Time) bool{
	period(datasetv1.Period_PERIOD_DAY):            func(time.Time) bool { return true },
	period(datasetv1.Period_PERIOD_WEEK):           func(t time.Time) bool { return t.Weekday() == time.Sunday },
	weekEndingOn(datasetv1.Weekday_WEEKDAY_MONDAY): func(t time.Time) bool { return t.Weekday() == time.Monday },
	weekEndingOn(datasetv1.Weekday_WEEKDAY_SUNDAY): func(t time.Time) bool { return t.Weekday() == time.Sunday },
	weekEndingOn(datasetv1.Weekday_WEEKDAY_SATURDAY): func(t time.Time) bool {
		return t.Weekday() == time.Saturday
	},
	period(datasetv1.Period_PERIOD_MONTH_START): func(t time.Time) bool { return t.Day() == 1 },
	period(datasetv1.Period_PERIOD_MONTH_END):   func(t time.Time) bool { return t.AddDate(0, 0, 1).Day() == 1 },
	period(datasetv1.Period_PERIOD_QUARTER_END): func(t time.Time) bool {
		next := t.AddDate(0, 0, 1)
		return next.Day() == 1 && (next.Month()-1)%3 == 0
	},
	period(datasetv1.Period_PERIOD_YEAR_END): func(t time.Time) bool { return t.AddDate(0, 0, 1).YearDay() == 1 },
}

// Over years around the turns of two centuries, one with a leap day and one without, a
// calendar knows the days that its rule says, and no other.
func TestEveryDay(t *testing.T) {
	t.Parallel()
	for declared, rule := range rules {
		everyDay(t, calendar.Of(declared), rule, "1898-12-31", "1902-01-01")
		everyDay(t, calendar.Of(declared), rule, "1998-12-31", "2005-01-01")
	}
}

func everyDay(t *testing.T, r calendar.Rhythm, rule func(time.Time) bool, from, to string) {
	t.Helper()
	last := r.Floor(day(t, from))
	for at := day(t, from).AddDate(0, 0, 1); at.Before(day(t, to)); at = at.AddDate(0, 0, 1) {
		say := r.String() + ", " + at.Format(time.DateOnly)
		require.Equal(t, rule(at), calendar.On(r, at), say)
		if rule(at) {
			require.Equal(t, last, calendar.Previous(r, at.Add(time.Hour)), say)
			require.Equal(t, at, calendar.Next(r, last.Add(23*time.Hour)), say)
			require.Equal(t, last, r.Step(at, -1), say)
			require.Equal(t, at, r.Step(r.Step(at, 7), -7), say)
			last = at
		}
		require.Equal(t, last, r.Floor(at), say)
		nearest, next := calendar.Nearest(r, at), calendar.Next(r, at)
		require.True(t, nearest.Equal(last) || nearest.Equal(next), say)
		require.LessOrEqual(t, nearest.Sub(at).Abs(), min(at.Sub(last), next.Sub(at)), say)
	}
}

// Where a day has 23 hours, the next one is still the next one.
func TestDaysOfOtherLengths(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	at := time.Date(2024, time.March, 30, 23, 30, 0, 0, zone)
	r := calendar.Of(period(datasetv1.Period_PERIOD_DAY))

	require.Equal(t, "2024-03-31T00:00:00+01:00", calendar.Next(r, at).Format(time.RFC3339))
	require.Equal(t, "2024-04-01T00:00:00+02:00", calendar.Next(r, calendar.Next(r, at)).Format(time.RFC3339))
}

func TestWhatIsNotDeclaredHasNoRhythm(t *testing.T) {
	t.Parallel()
	require.Nil(t, calendar.Of(nil))
	require.Nil(t, calendar.Of(&datasetv1.Calendar{EndsOn: datasetv1.Weekday_WEEKDAY_FRIDAY}))
	require.Nil(t, calendar.Of(period(99)))
}
