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
`

// pieces are what values are made of that look like numbers, dates and words.
var pieces = []string{"0", "1", "9", "12", "000", "2024", ".", "-", "+", "e", "E", "e-", "5", "99999999", "-01", "-31", "-02-29", "t", "rue", "NaN", "x", " ", "_", "\\N", "é"}

// TestWhatPassesIsTakenByPostgreSQL stages random values of every type: whatever the
// type check lets pass, COPY must take, or the whole stage would fail.
func TestWhatPassesIsTakenByPostgreSQL(t *testing.T) {
	t.Parallel()
	h := open(t, everyType)
	random := rand.New(rand.NewPCG(1, 2))
	value := func() string {
		var b strings.Builder
		for range 1 + random.IntN(4) {
			b.WriteString(pieces[random.IntN(len(pieces))])
		}
		return b.String()
	}
	var file strings.Builder
	file.WriteString("id,a_text,a_integer,a_bigint,a_numeric,a_money,a_double,a_boolean,a_date\n")
	const tries = 40_000
	for i := range tries {
		row := []string{fmt.Sprint(i), "", "", "", "", "", "", "", ""}
		row[1+i%8] = value()
		file.WriteString(strings.Join(row, ",") + "\n")
	}

	b := h.stage(january, files{"every.csv": file.String()})

	c := counts(b, "every")
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	require.EqualValues(t, tries, c.GetRows()+c.GetRejected())
	require.Greater(t, c.GetRows(), int64(tries/8), "texts and many numbers pass")
	require.Greater(t, c.GetRejected(), int64(tries/8))
}

func TestDecimalsAreKeptDigitForDigit(t *testing.T) {
	t.Parallel()
	h := open(t, everyType)
	decimals := []string{"24.483650766787413", "16.0", "0.10", "-0.000000000000000000000000000001", "123456789012345678901234567890.12345678901234567890", "5.", ".50", "1e3", "1e-05"}
	kept := []string{"24.483650766787413", "16.0", "0.10", "-0.000000000000000000000000000001", "123456789012345678901234567890.12345678901234567890", "5", "0.50", "1000", "0.00001"}
	var file strings.Builder
	file.WriteString("id,a_text,a_integer,a_bigint,a_numeric,a_money,a_double,a_boolean,a_date\n")
	for i, d := range decimals {
		fmt.Fprintf(&file, "%d,,,,%s,,,,\n", i, d)
	}

	h.published(january, files{"every.csv": file.String()})

	require.Equal(t, kept, h.db.Rows(t, "select a_numeric from every order by id"))
}
