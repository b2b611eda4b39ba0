package timestamp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/timestamp"
)

// Over a year of every half hour, a clock's time in a zone is the moment at which the
// zone's clocks show it; what they skip or show twice is none, and nothing else is refused.
func TestAClocksTimeIsTheMomentThatShowsIt(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(name)
			require.NoError(t, err)
			shown := map[string][]time.Time{} // by what the clocks show
			for at := time.Date(2023, 12, 30, 0, 0, 0, 0, time.UTC); at.Before(time.Date(2025, 1, 3, 0, 0, 0, 0, time.UTC)); at = at.Add(30 * time.Minute) {
				text := at.In(zone).Format("2006-01-02 15:04:05")
				shown[text] = append(shown[text], at)
			}
			for clock := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC); clock.Year() < 2025; clock = clock.Add(30 * time.Minute) {
				text := clock.Format("2006-01-02 15:04:05")
				got, fault := timestamp.Instant([]byte(text), zone)
				switch moments := shown[text]; len(moments) {
				case 0:
					require.Equal(t, timestamp.Skipped, fault, text)
				case 1:
					require.Equal(t, timestamp.OK, fault, text)
					require.True(t, moments[0].Equal(got), "%s is %s, not %s", text, moments[0], got)
				default:
					require.Equal(t, timestamp.Twice, fault, text)
				}
			}
		})
	}
}

// An offset that is written counts, whatever the zone of the column.
func TestAWrittenOffsetCounts(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for _, text := range []string{
		"2024-03-31 02:30:00+02:00", "2024-03-31T00:30:00Z", "2024-03-31 00:30 UTC", "2024-03-30 19:30:00.000-05", "2024-03-31 06:00:00+0530",
	} {
		for _, of := range []*time.Location{nil, zone, time.UTC} {
			got, fault := timestamp.Instant([]byte(text), of)
			require.Equal(t, timestamp.OK, fault, text)
			require.Equal(t, "2024-03-31T00:30:00Z", got.Format(time.RFC3339), text)
		}
	}
}
