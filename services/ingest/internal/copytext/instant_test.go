package copytext_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/copytext"
)

func TestTimestampsAreKeptAsTheyAre(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2024-01-31 12:34:56": "2024-01-31 12:34:56", "2024-01-31T12:34:56.120000": "2024-01-31 12:34:56.12",
		"2024-01-31": "2024-01-31 00:00:00", "0001-01-01 00:00": "0001-01-01 00:00:00",
	} {
		got, fault := copytext.Of(local, nil).Append(nil, []byte(in), false)
		require.Equal(t, copytext.OK, fault, in)
		require.Equal(t, want, string(got), in)
	}
	for in, want := range map[string]copytext.Fault{
		"2024-01-31 12:34:56Z": copytext.HasZone, "2024-01-31 24:00:00": copytext.NoSuchTime, "2024-02-30 00:00:00": copytext.NoSuchDay,
		"2024-12-31 23:59:60": copytext.LeapSecond, "2024-01-31 12:00:00.1234567": copytext.TooFine, "infinity": copytext.NotFinite,
		"31.01.2024 12:00": copytext.NotTimestamp, "44 BC": copytext.NotTimestamp,
	} {
		_, fault := copytext.Of(local, nil).Append(nil, []byte(in), false)
		require.Equal(t, want, fault, in)
	}
}

func TestMomentsAreWrittenInUTC(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for _, tc := range []struct {
		zone     *time.Location
		in, want string
		fault    copytext.Fault
	}{
		{nil, "2024-01-31 12:00:00+01:00", "2024-01-31 11:00:00+00", copytext.OK},
		{nil, "2024-01-31T12:00:00.5Z", "2024-01-31 12:00:00.5+00", copytext.OK},
		{berlin, "2024-01-31 12:00:00", "2024-01-31 11:00:00+00", copytext.OK},
		{berlin, "2024-07-31 12:00:00", "2024-07-31 10:00:00+00", copytext.OK},
		{berlin, "2024-07-31 12:00:00-05", "2024-07-31 17:00:00+00", copytext.OK}, // what is written counts
		{nil, "2024-01-31 12:00:00", "", copytext.NoZone},
		{berlin, "2024-03-31 02:30:00", "", copytext.Skipped},
		{berlin, "2024-10-27 02:30:00", "", copytext.Twice},
		{nil, "0001-01-01 00:00:00+01", "", copytext.OutOfRange},
		{nil, "-infinity", "", copytext.NotFinite},
	} {
		got, fault := copytext.Of(instant, tc.zone).Append(nil, []byte(tc.in), false)
		require.Equal(t, tc.fault, fault, tc.in)
		if fault == copytext.OK {
			require.Equal(t, tc.want, string(got), tc.in)
		}
	}
	require.Equal(t, "timestamptz: YYYY-MM-DD hh:mm:ss and the offset from UTC, such as 2024-01-31 12:00:00+01:00; "+
		"without one it is the time of Europe/Berlin", copytext.Of(instant, berlin).Expected(copytext.NotTimestamp))
}
