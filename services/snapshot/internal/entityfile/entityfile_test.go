package entityfile_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/calendar"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	"github.com/streamflow/streamflow/services/snapshot/internal/entityfile"
	"github.com/streamflow/streamflow/services/snapshot/internal/layout"
)

// shape is of people by number, who may live in a home.
func shape() entityfile.Shape {
	months := calendar.Of(&datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END})
	return entityfile.Shape{
		Key:    []layout.Column{{Name: "id", Type: dataset.ColumnType{Name: dataset.Integer}}},
		Others: []layout.Column{{Name: "home", Type: dataset.ColumnType{Name: dataset.Text}}},
		AsOf:   months.Floor,
	}
}

func TestRowsAreOfTheNewestAsOfUntilTheirDay(t *testing.T) {
	t.Parallel()
	file, err := entityfile.Read("e.csv", "\ufeffevent_timestamp,home,id\r\n"+
		"2024-01-31,a,1\r\n"+
		"2024-02-01T00:30:00+01:00,\"a\nb\",2\r\n"+
		"\r\n"+
		"2024-02-28 23:59:59.999999,,3\r\n"+
		"2024-02-29,a,1\r\n", shape())
	require.NoError(t, err)
	require.EqualValues(t, 4, file.Rows)
	var got []string
	require.NoError(t, file.Each(func(r entityfile.Row) error {
		home := "NULL"
		if r.Values[1] != nil {
			home = *r.Values[1]
		}
		got = append(got, strings.Join([]string{*r.Values[0], home, r.At.Format(time.RFC3339Nano), r.AsOf.Format(time.DateOnly)}, " "))
		return nil
	}))
	require.Equal(t, []string{
		"1 a 2024-01-31T00:00:00Z 2024-01-31", "2 a\nb 2024-01-31T23:30:00Z 2024-01-31",
		"3 NULL 2024-02-28T23:59:59.999999Z 2024-01-31", "1 a 2024-02-29T00:00:00Z 2024-02-29",
	}, got, "a moment counts as its day in UTC")
	first := file.Periods[0].First
	require.Equal(t, "2024-01-31", first.Format(time.DateOnly))
	require.Len(t, file.Periods, 2)
	stop := errors.New("enough")
	require.ErrorIs(t, file.Each(func(entityfile.Row) error { return stop }), stop)
}

func TestWhatIsWrongIsSaidWithItsLine(t *testing.T) {
	t.Parallel()
	const header = "id,home,event_timestamp\n"
	for text, want := range map[string]string{
		"":                                               "e.csv: expected a header and rows, found nothing",
		header:                                           "e.csv: expected rows below the header, found none",
		"id,event_timestamp\n1,2024-01-31\n":             "e.csv:1: expected the columns id, home, event_timestamp, found none called home",
		"id,home,age,event_timestamp\n":                  `e.csv:1: expected the columns id, home, event_timestamp and no other, found "age"`,
		"id,home,id,event_timestamp\n":                   `e.csv:1: expected each column once, found "id" twice`,
		"1,a,2024-01-31\n":                               "and 5 more",
		header + "1,a,2024-01-31\n1,a\n":                 "e.csv:3: expected as many fields as the header has, 3, found 2",
		header + ",a,2024-01-31\n":                       "e.csv:2: column id: expected a value of the key, found none",
		header + "x,a,2024-01-31\n":                      "e.csv:2: column id: expected a value of type integer: ",
		header + "99999999999,a,2024-01-31\n":            "e.csv:2: column id: expected a value of type integer: ",
		header + "1,a\x00,2024-01-31\n":                  "e.csv:2: column home: expected a value of type text, found a NUL in it",
		header + "1,a,\n":                                `column event_timestamp: expected a day or a moment, as 2024-01-31 or 2024-01-31T18:30:00Z, found ""`,
		header + "1,a,2024-02-30\n":                      `found "2024-02-30"`,
		header + "1,a,31.01.2024\n":                      `found "31.01.2024"`,
		header + "1,a,1706659200\n":                      `found "1706659200"`,
		header + "1,a,infinity\n":                        `found "infinity"`,
		header + "1,a,now\n":                             `found "now"`,
		header + "1,a,2024-01-31T00:00:00.1234567Z\n":    "expected a moment of at most microseconds",
		header + "1,a,0044-03-15\n":                      "expected a moment of the years 1900 to 2999",
		header + "1,\"a,2024-01-31\n":                    "expected CSV as RFC 4180 has it, found",
		header + "1,a\"b,2024-01-31\n":                   "e.csv:2: expected CSV as RFC 4180 has it, found",
		header + strings.Repeat("1,a,"+long()+"\n", 2):   `…"; and 1 more`,
		header + "1,a," + strings.Repeat("é", 70) + "\n": `found "` + strings.Repeat("é", 59) + `…"`,
		header + strings.Repeat("x,a,2024-01-31\n", 500): "and 499 more",
	} {
		_, err := entityfile.Read("e.csv", text, shape())

		p := problem.FromError(err)
		require.Equal(t, problem.EntityRowsInvalid, p.Reason, text)
		require.Contains(t, p.Message, want, text)
		require.LessOrEqual(t, len(p.Violations), 20)
		require.Less(t, len(p.Message), 400)
	}
}

func long() string { return strings.Repeat("9", 10_000) }

func TestMomentsAreOfSoManyPeriodsAtMost(t *testing.T) {
	t.Parallel()
	daily := shape()
	daily.AsOf = func(day time.Time) time.Time { return day }
	var b strings.Builder
	b.WriteString("id,home,event_timestamp\n")
	for i := range 1201 {
		b.WriteString("1,," + time.Date(2020, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) + "\n")
	}
	_, err := entityfile.Read("e.csv", b.String(), daily)
	require.Contains(t, problem.FromError(err).Message, "e.csv: expected moments of at most 1200 periods of the dataset's calendar, found 1201")
}

func TestEntitiesThatStandTwiceAreNamed(t *testing.T) {
	t.Parallel()
	file, err := entityfile.Read("e.csv", "id,home,event_timestamp\n1,,2024-01-31\n", shape())
	require.NoError(t, err)
	require.NoError(t, file.Twice(nil))
	p := problem.FromError(file.Twice([][]int{{2, 7, 9}, {3, 4}}))
	require.Equal(t, "e.csv:7: expected each entity once at a moment, found the one of line 2 again; and 1 more", p.Message)
	require.Equal(t, "e.csv:4", p.Violations[1].Subject)
}

// Whatever comes in is either refused with a reason, or gives as many rows as it says, each
// of a period that is not after its day.
func FuzzRead(f *testing.F) {
	f.Add("id,home,event_timestamp\n1,a,2024-01-31\n2,,2024-02-01T00:00:00Z\n")
	f.Add("id,home,event_timestamp\n1,\"a\nb\",2024-01-31 10:00\n")
	f.Add("\ufeffhome,id,event_timestamp\r\n,1,1900-01-01\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := entityfile.Read("f", text, shape())
		if err != nil {
			require.Equal(t, problem.EntityRowsInvalid, problem.FromError(err).Reason)
			return
		}
		rows := int64(0)
		require.NoError(t, file.Each(func(r entityfile.Row) error {
			rows++
			require.NotNil(t, r.Values[0])
			require.False(t, r.AsOf.After(r.At))
			require.Greater(t, r.Line, 1)
			return nil
		}))
		require.Equal(t, file.Rows, rows)
	})
}
