package dataset_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
)

const before = "name: d\ncalendar: {period: month_end}\ntables:\n- name: t\n  file: t.csv\n  key: [a]\n  columns:\n  - {name: a, type: text}\n"

// Documents of nothing but mistakes: each costs what reading it costs, and the first
// mistakes have what was meant.
func TestADocumentOfMistakesIsReadAtOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		head, line string
		lines      int
		meant      string
	}{
		"expectations that nobody knows": {before + "  expectations:\n", "  - {type: expect_column_values_to_be_in_sett, x: %d}\n", 4000, "expect_column_values_to_be_in_set"},
		"arguments that nobody knows":    {before + "  expectations:\n  - type: expect_column_values_to_be_in_set\n    kwargs:\n", "      colum%d: a\n", 4000, "column"},
		"fields that nobody knows":       {before, "  - {nmea: a%d, tpye: text}\n", 4000, "type"},
		"values that nobody knows":       {before + "  expectations:\n", "  - {type: expect_column_to_exist, severity: warnin, x: %d}\n", 4000, "warning"},
		"columns that are not there": {before + columns(1400) + "  expectations:\n",
			"  - {type: expect_column_values_to_not_be_null, kwargs: {column: measure_of_the_weak_%04d}}\n", 1400, "measure_of_the_week_0000"},
		"what commas cut off": {before, "  - {name: b, type: numeric(10,nmea%d,tpye,opsional)}\n", 4000, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var text strings.Builder
			text.WriteString(tc.head)
			for i := range tc.lines {
				fmt.Fprintf(&text, tc.line, i)
			}

			began := time.Now()
			_, mistakes := dataset.Read("d.yaml", []byte(text.String()))

			require.Less(t, time.Since(began), time.Minute, "guessing for each would take a quarter of an hour under the race detector")
			require.GreaterOrEqual(t, len(mistakes), tc.lines, "every mistake is told")
			said := 0
			for _, m := range mistakes {
				if strings.Contains(m.Message, "did you mean") {
					said++
				}
			}
			require.LessOrEqual(t, said, 40, "of the text, and of what it says")
			if tc.meant != "" {
				require.Contains(t, mistakes.String(), fmt.Sprintf("did you mean %q", tc.meant))
			}
			require.Less(t, len(mistakes.String()), 400*tc.lines, "what is told is no multiple of what was sent")
		})
	}
}

func columns(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "  - {name: measure_of_the_week_%04d, type: text}\n", i)
	}
	return b.String()
}
