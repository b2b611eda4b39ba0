package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func monthly() *datasetv1.Dataset {
	return &datasetv1.Dataset{Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}}
}

func TestOnCalendarProposesTheClosest(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, time.May, 15, 12, 0, 0, 0, time.UTC)
	require.NoError(t, onCalendar(monthly(), "2024-02-29", now))
	for asOf, closest := range map[string]string{
		"2024-02-28": "2024-02-29", "2023-02-27": "2023-02-28", "2024-03-02": "2024-02-29", "2024-03-30": "2024-03-31", "2024-01-01": "2023-12-31",
	} {
		p := problem.FromError(onCalendar(monthly(), asOf, now))
		require.Equal(t, problem.AsOfOffCalendar, p.Reason, asOf)
		require.Equal(t, closest, p.Metadata["closest"], asOf)
		require.Contains(t, p.Message, asOf)
		require.Contains(t, p.Message, "the closest is "+closest)
	}
}

// Of a date on which no table is collected yet there is nothing to run.
func TestAnAsOfBeforeEverythingIsCollected(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, time.May, 15, 12, 0, 0, 0, time.UTC)
	d := monthly()
	d.Tables = []*datasetv1.Table{{Name: "users", Since: "2024-02-29"}, {Name: "orders", Since: "2024-03-31"}}

	p := problem.FromError(onCalendar(d, "2024-01-31", now))

	require.Equal(t, problem.AsOfOffCalendar, p.Reason)
	require.Equal(t, "expected an as_of of which dataset shop has a table, found 2024-01-31: the first is collected since 2024-02-29", p.Message)
	require.Equal(t, "2024-02-29", p.Metadata["closest"])
	require.NoError(t, onCalendar(d, "2024-02-29", now))
	d.Tables[1].Since = ""
	require.NoError(t, onCalendar(d, "2024-01-31", now))
}

// What has the form of a date and is none is told the as_of of the dataset's calendar
// that was probably meant, whatever that calendar is.
func TestNoSuchDayIsToldTheClosestAsOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, time.May, 15, 12, 0, 0, 0, time.UTC)
	quarterly := &datasetv1.Dataset{Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_QUARTER_END}}
	for _, tc := range []struct {
		of                 *datasetv1.Dataset
		asOf, why, closest string
	}{
		{monthly(), "2024-02-30", "February 2024 has 29 days", "2024-02-29"},
		{monthly(), "2023-02-29", "February 2023 has 28 days", "2023-02-28"},
		{monthly(), "2023-13-31", "a year has no month 13", "2023-12-31"},
		{monthly(), "2024-06-31", "June 2024 has 30 days", "2024-04-30"}, // the closest that has come
		{quarterly, "2024-02-30", "February 2024 has 29 days", "2024-03-31"},
	} {
		p := problem.FromError(onCalendar(tc.of, tc.asOf, now))

		require.Equal(t, problem.AsOfOffCalendar, p.Reason, tc.asOf)
		require.Equal(t, "expected an as_of, found "+tc.asOf+", which is no such day: "+tc.why+"; the closest is "+tc.closest, p.Message)
		require.Equal(t, tc.closest, p.Metadata["closest"])
		require.Equal(t, tc.asOf, p.Metadata["as_of"])
		require.NoError(t, checkForm(tc.asOf), "it is left to the calendar")
	}
	require.Error(t, checkForm("31/01/2024"))
	require.Error(t, checkAsOf("2024-02-30"), "a list has no calendar to ask")
}

func TestAnAsOfIsNotBeforeItsTime(t *testing.T) {
	t.Parallel()
	east := time.FixedZone("east", 14*60*60)
	for _, tc := range []struct {
		name, asOf string
		now        time.Time
		closest    string // empty where the as_of is taken
	}{
		{"today", "2024-05-31", time.Date(2024, time.May, 31, 0, 0, 0, 0, time.UTC), ""},
		{"tomorrow, which is today elsewhere", "2024-05-31", time.Date(2024, time.May, 30, 0, 0, 0, 0, time.UTC), ""},
		{"the day after tomorrow", "2024-05-31", time.Date(2024, time.May, 29, 23, 59, 59, 0, time.UTC), "2024-04-30"},
		{"today is by UTC", "2024-05-31", time.Date(2024, time.May, 30, 1, 0, 0, 0, east), "2024-04-30"},
		{"centuries ahead", "2205-01-31", time.Date(2024, time.May, 15, 0, 0, 0, 0, time.UTC), "2024-04-30"},
		{"ahead and off the calendar", "2205-01-30", time.Date(2024, time.May, 15, 0, 0, 0, 0, time.UTC), "2024-04-30"},
		{"the end of a month that is not over", "2024-05-29", time.Date(2024, time.May, 29, 0, 0, 0, 0, time.UTC), "2024-04-30"},
		{"the closest is tomorrow", "2024-05-29", time.Date(2024, time.May, 30, 0, 0, 0, 0, time.UTC), "2024-04-30"},
		{"the closest is today", "2024-05-29", time.Date(2024, time.May, 31, 0, 0, 0, 0, time.UTC), "2024-05-31"},
		{"no such day, the closest is tomorrow", "2024-05-32", time.Date(2024, time.May, 30, 0, 0, 0, 0, time.UTC), "2024-04-30"},
		{"the first", "1900-01-31", time.Date(2024, time.May, 15, 0, 0, 0, 0, time.UTC), ""},
		{"the last of the century before", "1899-12-31", time.Date(2024, time.May, 15, 0, 0, 0, 0, time.UTC), "1900-01-31"},
		{"closer to the century before", "1900-01-01", time.Date(2024, time.May, 15, 0, 0, 0, 0, time.UTC), "1900-01-31"},
		{"the first of all", "0001-01-31", time.Date(2024, time.May, 15, 0, 0, 0, 0, time.UTC), "1900-01-31"},
	} {
		err := onCalendar(monthly(), tc.asOf, tc.now)

		if tc.closest == "" {
			require.NoError(t, err, tc.name)
			continue
		}
		p := problem.FromError(err)
		require.Equal(t, problem.AsOfOffCalendar, p.Reason, tc.name)
		require.Equal(t, tc.closest, p.Metadata["closest"], tc.name)
		require.NoError(t, onCalendar(monthly(), tc.closest, tc.now), tc.name)
	}
}

func TestAnAsOfOutOfBoundsIsToldWhy(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, time.May, 15, 12, 0, 0, 0, time.UTC)
	for asOf, want := range map[string]string{
		"2205-01-31": "expected an as_of that has come, found 2205-01-31, which lies in the future: today is 2024-05-15; the closest is 2024-04-30",
		"0001-01-31": "expected an as_of of 1900-01-01 or later, found 0001-01-31; the closest is 1900-01-31",
	} {
		p := problem.FromError(onCalendar(monthly(), asOf, now))

		require.Equal(t, want, p.Message)
		require.Equal(t, "as_of", p.Violations[0].Subject)
	}
}

func TestAnAsOfOffItsCalendarIsToldTheRule(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, time.May, 15, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		calendar       *datasetv1.Calendar
		on, asOf, want string
	}{
		{
			&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}, "2024-02-29", "2024-01-30",
			"expected the last day of a month, as the calendar of dataset shop has it, found 2024-01-30; the closest is 2024-01-31",
		},
		{
			&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_WEEK}, "2024-05-12", "2024-01-30",
			"expected a Sunday, as the calendar of dataset shop has it, found 2024-01-30, a Tuesday; the closest is 2024-01-28",
		},
		{
			&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_WEEK, EndsOn: datasetv1.Weekday_WEEKDAY_FRIDAY}, "2024-05-10", "2024-05-15",
			"expected a Friday, as the calendar of dataset shop has it, found 2024-05-15, a Wednesday; the closest is 2024-05-10", // not 05-17, which has not come
		},
		{
			&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_START}, "2024-05-01", "2024-01-31",
			"expected the first day of a month, as the calendar of dataset shop has it, found 2024-01-31; the closest is 2024-02-01",
		},
		{
			&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_QUARTER_END}, "2024-03-31", "2024-05-15",
			"expected the last day of a quarter, as the calendar of dataset shop has it, found 2024-05-15; the closest is 2024-03-31",
		},
		{
			&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_YEAR_END}, "2023-12-31", "1900-01-01",
			"expected the last day of a year, as the calendar of dataset shop has it, found 1900-01-01; the closest is 1900-12-31",
		},
		{
			&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_DAY}, "2024-05-16", "2024-05-17",
			"expected an as_of that has come, found 2024-05-17, which lies in the future: today is 2024-05-15; the closest is 2024-05-15",
		},
	} {
		d := &datasetv1.Dataset{Name: "shop", Calendar: tc.calendar}

		require.NoError(t, onCalendar(d, tc.on, now), tc.on)
		require.Equal(t, tc.want, problem.FromError(onCalendar(d, tc.asOf, now)).Message)
	}
}
