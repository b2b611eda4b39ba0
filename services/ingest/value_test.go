package ingest_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

const everyType = `
name: every
calendar: {period: month_end}
tables:
  - name: every
    key: [id]
    columns:
      - {name: id, type: integer}
      - {name: a_text, type: text}
      - {name: a_integer, type: integer}
      - {name: a_bigint, type: bigint}
      - {name: a_numeric, type: numeric}
      - {name: a_money, type: "numeric(6,2)"}
      - {name: a_double, type: double precision}
      - {name: a_boolean, type: boolean}
      - {name: a_date, type: date}
      - {name: a_smallint, type: smallint}
      - {name: a_real, type: real}
      - {name: a_varchar, type: varchar(5)}
      - {name: a_char, type: char(3)}
      - {name: a_timestamp, type: timestamp}
      - {name: a_moment, type: timestamptz}
      - {name: a_zoned, type: timestamptz, time_zone: Europe/Berlin}
      - {name: a_uuid, type: uuid}
      - {name: a_json, type: jsonb}
`

// everyColumn is the header of a file of every type.
const everyColumn = "id,a_text,a_integer,a_bigint,a_numeric,a_money,a_double,a_boolean,a_date," +
	"a_smallint,a_real,a_varchar,a_char,a_timestamp,a_moment,a_zoned,a_uuid,a_json"

// pieces are what values are made of that look like numbers, dates and words.
var pieces = []string{"0", "1", "9", "12", "000", "2024", ".", "-", "+", "e", "E", "e-", "5", "99999999", "-01", "-31", "-02-29", "t", "rue", "NaN", "x", " ", "_", "\\N", "é"}

// more are what values of the other types are made of, before and after pieces.
var more = []string{
	"2024-02-29 12:00:00", "2024-03-31T02:30", "2024-10-27 02:30:00", "Z", "+01:00", "-05", ".123456", ".1234567", ":60", " 24:00:00", "infinity", "BC", "0001-01-01 00:00",
	"3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93", "3F2B8C1E0D4A4E6F9B7A5C8D2E1F0A93", "{3f2b8c1e0d4a4e6f9b7a5c8d2e1f0a93}",
	"{", "}", "[", "]", ":", `""`, `""a""`, `""a"":`, `""\u0061"":1`, `""\ud83d\ude00""`, `""\ud83d""`, `""\u0000""`, "[1,", "null", "1e400", "0e99999", "1e-16383", `{""b"":[`, "]}",
	"3.5e38", "1e-46", "32768", "     ", "abc", "ab  ",
}

// TestWhatPassesIsTakenByPostgreSQL stages random values of every type: whatever the
// type check lets pass, COPY must take, or the whole stage would fail.
func TestWhatPassesIsTakenByPostgreSQL(t *testing.T) {
	t.Parallel()
	h := open(t, everyType)
	random := rand.New(rand.NewPCG(1, 2))
	value := func() string {
		var b strings.Builder
		for range 1 + random.IntN(4) {
			if random.IntN(2) == 0 {
				b.WriteString(more[random.IntN(len(more))])
			} else {
				b.WriteString(pieces[random.IntN(len(pieces))])
			}
		}
		return b.String()
	}
	columns := strings.Count(everyColumn, ",")
	var file strings.Builder
	file.WriteString(everyColumn + "\n")
	const tries = 60_000
	for i := range tries {
		row := make([]string, 1+columns)
		row[0] = fmt.Sprint(i)
		row[1+i%columns] = `"` + value() + `"`
		file.WriteString(strings.Join(row, ",") + "\n")
	}

	b := h.stage(january, files{"every.csv": file.String()})

	c := counts(b, "every")
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	require.EqualValues(t, tries, c.GetRows()+c.GetRejected())
	require.Greater(t, c.GetRows(), int64(tries/16), "texts and many others pass")
	require.Greater(t, c.GetRejected(), int64(tries/16))
}

func TestDecimalsAreKeptDigitForDigit(t *testing.T) {
	t.Parallel()
	h := open(t, everyType)
	decimals := []string{"24.483650766787413", "16.0", "0.10", "-0.000000000000000000000000000001", "123456789012345678901234567890.12345678901234567890", "5.", ".50", "1e3", "1e-05"}
	kept := []string{"24.483650766787413", "16.0", "0.10", "-0.000000000000000000000000000001", "123456789012345678901234567890.12345678901234567890", "5", "0.50", "1000", "0.00001"}
	var file strings.Builder
	file.WriteString(everyColumn + "\n")
	for i, d := range decimals {
		fmt.Fprintf(&file, "%d,,,,%s,,,,,,,,,,,,,\n", i, d)
	}

	h.published(january, files{"every.csv": file.String()})

	require.Equal(t, kept, h.db.Rows(t, "select a_numeric from every order by id"))
}

// A value is stored as it was meant, whatever the settings of the machine.
func TestValuesOfEveryTypeAreStoredAsTheyAreMeant(t *testing.T) {
	t.Parallel()
	h := open(t, everyType)
	file := everyColumn + `
1,x,1,2,3.50,4.50,0.1,yes,2024-02-29,-7,0.1,ab  ,ab  ,2024-02-29T12:34:56.500,2024-02-29 12:00:00-05:00,2024-07-01 12:00:00,3F2B8C1E0D4A4E6F9B7A5C8D2E1F0A93,"{""b"": 1.50, ""a"": [""é""]}"
2,"",,,,,,,,,,"","",,,,,null
3,,,,,,,,,,,,,,,,,
`

	h.published(january, files{"every.csv": file})

	require.Equal(t, []string{
		"ab  |ab|2024-02-29 12:34:56.5|2024-02-29 17:00:00|2024-07-01 10:00:00|3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93|{\"a\": [\"é\"], \"b\": 1.50}|-7|0.1",
		"||||||null||", "||||||||",
	}, h.db.Rows(t, `select concat_ws('|', coalesce(a_varchar, ''), coalesce(a_char::text, ''), coalesce(a_timestamp::text, ''),
		coalesce((a_moment at time zone 'UTC')::text, ''), coalesce((a_zoned at time zone 'UTC')::text, ''),
		coalesce(a_uuid::text, ''), coalesce(a_json::text, ''), coalesce(a_smallint::text, ''), coalesce(a_real::text, '')) from every order by id`))
	require.Equal(t, []string{"t", "f", "f"}, h.db.Rows(t, "select a_char = 'ab' and octet_length(a_char::bpchar) = 3 is true from every where id = 1 union all select a_varchar is null from every where id = 2 union all select a_char is null from every where id = 2"))
}

// What is equal to PostgreSQL is no change, however it is written.
func TestEqualValuesOfEveryTypeAreUnchanged(t *testing.T) {
	t.Parallel()
	h := open(t, everyType)
	january1 := everyColumn + `
1,x,1,2,3.50,4.50,0.1,yes,2024-02-29,-7,0.1,ab,ab,2024-02-29T12:34:56.500,2024-02-29 12:00:00-05:00,2024-07-01 12:00:00,3F2B8C1E0D4A4E6F9B7A5C8D2E1F0A93,"{""b"": 1.50, ""a"": 1}"
`
	february1 := everyColumn + `
1,x,+1,02,3.5,4.5,1e-1,true,2024-02-29,-07,0.10,ab,ab ,2024-02-29 12:34:56.5,2024-02-29 17:00:00Z,2024-07-01 10:00:00+00,3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93,"{""a"":1.0,""b"":15e-1}"
`
	h.published(january, files{"every.csv": january1})

	batch := h.stage(february, files{"every.csv": february1})
	plan, err := h.plan(batch.GetId())
	require.NoError(t, err)
	require.EqualValues(t, 1, plan.GetCounts()[0].GetUnchanged())
	result, err := h.publish(batch.GetId())

	require.NoError(t, err)
	require.EqualValues(t, 1, result.GetBatch().GetCounts()[0].GetUnchanged())
	require.EqualValues(t, 0, result.GetBatch().GetCounts()[0].GetUpdated())
}
