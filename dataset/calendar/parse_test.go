package calendar_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/calendar"
)

func TestParseDay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2024-02-29", "0001-01-01", "9999-12-31", "2000-02-29"} {
		got, err := calendar.ParseDay(text)

		require.NoError(t, err)
		require.Equal(t, day(t, text), got)
		require.Equal(t, time.UTC, got.Location())
	}
}

func TestDaysThatThereAreNot(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2024-02-30": "2024-02-30 is no such day: February 2024 has 29 days; the closest is 2024-02-29",
		"2023-02-29": "2023-02-29 is no such day: February 2023 has 28 days; the closest is 2023-02-28",
		"1900-02-29": "1900-02-29 is no such day: February 1900 has 28 days; the closest is 1900-02-28",
		"2024-04-31": "2024-04-31 is no such day: April 2024 has 30 days; the closest is 2024-04-30",
		"2024-01-99": "2024-01-99 is no such day: January 2024 has 31 days; the closest is 2024-01-31",
		"2024-13-01": "2024-13-01 is no such day: a year has no month 13; the closest is 2024-12-01",
		"2024-00-31": "2024-00-31 is no such day: a year has no month 00; the closest is 2024-01-31",
		"2024-02-00": "2024-02-00 is no such day: months begin with 01; the closest is 2024-02-01",
		"0000-01-31": "0000-01-31 is no such day: years begin with 0001; the closest is 0001-01-31",
		"0000-00-00": "0000-00-00 is no such day: years begin with 0001; the closest is 0001-01-01",
	} {
		_, err := calendar.ParseDay(text)

		require.EqualError(t, err, want)
		var none *calendar.NoSuchDayError
		require.ErrorAs(t, err, &none)
		require.Equal(t, text, none.Text)
	}
}

func TestWhatIsNotWrittenAsADay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "2024-1-31", "31.01.2024", "2024-01-31T00:00:00Z", " 2024-01-31", "2024-01-31\n", "20240131", "２０２４-01-31"} {
		_, err := calendar.ParseDay(text)

		require.ErrorContains(t, err, "expected a day as YYYY-MM-DD, such as 2024-01-31, found")
		var none *calendar.NoSuchDayError
		require.NotErrorAs(t, err, &none, text)
	}
}

// FuzzParseDay holds the parser to the one of package time: the same days, and for what
// has the form and is none, a closest that is one.
func FuzzParseDay(f *testing.F) {
	for _, seed := range []string{"2024-02-29", "2024-02-30", "0000-00-00", "9999-99-99", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, wantErr := time.Parse(time.DateOnly, text)
		got, err := calendar.ParseDay(text)

		require.Equal(t, wantErr == nil && want.Year() > 0, err == nil, text)
		if err == nil {
			require.True(t, want.Equal(got), text)
			return
		}
		var none *calendar.NoSuchDayError
		if errors.As(err, &none) {
			_, err := calendar.ParseDay(none.Closest.Format(time.DateOnly))
			require.NoError(t, err, text)
		}
	})
}
