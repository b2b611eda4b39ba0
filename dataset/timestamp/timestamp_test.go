package timestamp_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/timestamp"
)

func TestParse(t *testing.T) {
	t.Parallel()
	day := timestamp.Timestamp{Year: 2024, Month: 2, Day: 29}
	noon := timestamp.Timestamp{Year: 2024, Month: 2, Day: 29, Hour: 12, Minute: 34, Second: 56}
	with := func(t timestamp.Timestamp, micro, offset int, has bool) timestamp.Timestamp {
		t.Micro, t.Offset, t.HasOffset = micro, offset, has
		return t
	}
	for in, want := range map[string]timestamp.Timestamp{
		"2024-02-29":                       day,
		"2024-02-29 12:34":                 {Year: 2024, Month: 2, Day: 29, Hour: 12, Minute: 34},
		"2024-02-29 12:34:56":              noon,
		"2024-02-29T12:34:56":              noon,
		"2024-02-29t12:34:56z":             with(noon, 0, 0, true),
		"2024-02-29 12:34:56.5":            with(noon, 500_000, 0, false),
		"2024-02-29 12:34:56.123456":       with(noon, 123_456, 0, false),
		"2024-02-29 12:34:56.123456000":    with(noon, 123_456, 0, false), // as nanoseconds are written
		"2024-02-29T12:34:56+01:00":        with(noon, 0, 3600, true),
		"2024-02-29T12:34:56 +0530":        with(noon, 0, 19_800, true),
		"2024-02-29 12:34:56-08":           with(noon, 0, -28_800, true),
		"2024-02-29 12:34:56 UTC":          with(noon, 0, 0, true),
		"2024-02-29 12:34:56.000001-00:30": with(noon, 1, -1800, true),
		"9999-12-31 23:59:59.999999":       {Year: 9999, Month: 12, Day: 31, Hour: 23, Minute: 59, Second: 59, Micro: 999_999},
	} {
		got, fault := timestamp.Parse([]byte(in))
		require.Equal(t, timestamp.OK, fault, in)
		require.Equal(t, want, got, in)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]timestamp.Fault{
		"": timestamp.NotTimestamp, "x": timestamp.NotTimestamp, "2024-2-29": timestamp.NotTimestamp, "29.02.2024 12:00": timestamp.NotTimestamp,
		"02/29/2024 12:00": timestamp.NotTimestamp, "20240229T120000": timestamp.NotTimestamp, "2024-02-29  12:00": timestamp.NotTimestamp,
		"2024-02-29 ": timestamp.NotTimestamp, "2024-02-29 1:00": timestamp.NotTimestamp, "2024-02-29 12": timestamp.NotTimestamp,
		"2024-02-29 12:0": timestamp.NotTimestamp, "2024-02-29 12:00:0": timestamp.NotTimestamp, "2024-02-29 12:00:00.": timestamp.NotTimestamp,
		"2024-02-29 12:00:00,5": timestamp.NotTimestamp, "2024-02-29 12:00 PM": timestamp.NotTimestamp, "2024-02-29 12:00:00+1": timestamp.NotTimestamp,
		"2024-02-29 12:00:00+01:": timestamp.NotTimestamp, "2024-02-29 12:00:00+01:60": timestamp.NotTimestamp, "2024-02-29 12:00:00+16": timestamp.NotTimestamp,
		"2024-02-29 12:00:00 CET": timestamp.NotTimestamp, "2024-02-29 12:00:00 Europe/Berlin": timestamp.NotTimestamp,
		"0044-03-15 12:00:00 BC": timestamp.NotTimestamp, "12024-02-29": timestamp.NotTimestamp, "now": timestamp.NotTimestamp, "epoch": timestamp.NotTimestamp,
		"2023-02-29 12:00:00": timestamp.NoSuchDay, "2024-13-01 12:00:00": timestamp.NoSuchDay, "0000-01-01 12:00:00": timestamp.NoSuchDay,
		"2024-02-29 24:00:00": timestamp.NoSuchTime, "2024-02-29 25:00:00": timestamp.NoSuchTime, "2024-02-29 12:60": timestamp.NoSuchTime,
		"2024-02-29 12:00:61": timestamp.NoSuchTime, "2016-12-31 23:59:60": timestamp.LeapSecond, "2016-12-31T23:59:60Z": timestamp.LeapSecond,
		"2024-02-29 12:00:00.1234567": timestamp.TooFine, "2024-02-29 12:00:00.0000001Z": timestamp.TooFine,
		"infinity": timestamp.Infinite, "-Infinity": timestamp.Infinite, "inf": timestamp.Infinite,
	} {
		_, fault := timestamp.Parse([]byte(in))
		require.Equal(t, want, fault, in)
	}
}

func TestLocalKeepsNoOffset(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]timestamp.Fault{
		"2024-02-29 12:00:00": timestamp.OK, "2024-02-29 12:00:00Z": timestamp.HasZone, "2024-02-29 12:00:00+00": timestamp.HasZone, "x": timestamp.NotTimestamp,
	} {
		_, fault := timestamp.Local([]byte(in))
		require.Equal(t, want, fault, in)
	}
}

func TestInstant(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		zone, in, want string
		fault          timestamp.Fault
	}{
		{"", "2024-01-31T12:00:00Z", "2024-01-31T12:00:00Z", timestamp.OK},
		{"", "2024-01-31 12:00:00-05:00", "2024-01-31T17:00:00Z", timestamp.OK},
		{"", "2024-01-31 12:00:00", "", timestamp.NoZone},
		{"", "2024-01-31", "", timestamp.NoZone},
		{"UTC", "2024-01-31", "2024-01-31T00:00:00Z", timestamp.OK},
		{"Europe/Berlin", "2024-01-31 00:00:00", "2024-01-30T23:00:00Z", timestamp.OK},
		{"Europe/Berlin", "2024-07-01 00:00:00.25", "2024-06-30T22:00:00.25Z", timestamp.OK},
		// Clocks go forward at 02:00, and back at 03:00.
		{"Europe/Berlin", "2024-03-31 01:59:59", "2024-03-31T00:59:59Z", timestamp.OK},
		{"Europe/Berlin", "2024-03-31 02:00:00", "", timestamp.Skipped},
		{"Europe/Berlin", "2024-03-31 02:59:59", "", timestamp.Skipped},
		{"Europe/Berlin", "2024-03-31 03:00:00", "2024-03-31T01:00:00Z", timestamp.OK},
		{"Europe/Berlin", "2024-10-27 01:59:59", "2024-10-26T23:59:59Z", timestamp.OK},
		{"Europe/Berlin", "2024-10-27 02:00:00", "", timestamp.Twice},
		{"Europe/Berlin", "2024-10-27 02:59:59", "", timestamp.Twice},
		{"Europe/Berlin", "2024-10-27 03:00:00", "2024-10-27T02:00:00Z", timestamp.OK},
		{"Europe/Berlin", "2024-10-27 02:30:00+02:00", "2024-10-27T00:30:00Z", timestamp.OK},
		{"America/New_York", "2024-11-03 01:30:00", "", timestamp.Twice},
		{"Pacific/Apia", "2011-12-30 12:00:00", "", timestamp.Skipped}, // a day that was none there
		{"Asia/Kolkata", "2024-01-31 12:00:00", "2024-01-31T06:30:00Z", timestamp.OK},
		{"Europe/Berlin", "0001-01-01 00:00:00", "", timestamp.OutOfRange},
		{"", "9999-12-31 23:59:59-01", "", timestamp.OutOfRange},
	} {
		var zone *time.Location
		if tc.zone != "" {
			var err error
			zone, err = time.LoadLocation(tc.zone)
			require.NoError(t, err)
		}
		got, fault := timestamp.Instant([]byte(tc.in), zone)
		require.Equal(t, tc.fault, fault, "%s in %s", tc.in, tc.zone)
		if fault == timestamp.OK {
			require.Equal(t, tc.want, got.Format(time.RFC3339Nano), "%s in %s", tc.in, tc.zone)
		}
	}
}

// FuzzParse reads again what it wrote, and never reads what Go takes for no time.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"2024-02-29 12:34:56.123456+01:00", "2024-02-29", "0001-01-01T00:00Z", "9999-12-31 23:59:60", "infinity"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, fault := timestamp.Parse(in)
		if fault != timestamp.OK {
			return
		}
		text := got.Append(nil)
		if _, err := time.Parse("2006-01-02 15:04:05.999999", string(text)); err != nil {
			t.Fatalf("%q was read as %s: %v", in, text, err)
		}
		again, fault := timestamp.Parse(text)
		got.HasOffset, got.Offset = false, 0
		if fault != timestamp.OK || again != got {
			t.Fatalf("%q was read as %+v, and again as %+v, %v", in, got, again, fault)
		}
	})
}
