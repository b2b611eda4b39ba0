package dataset_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestWarningsOfRowsThatMayNotFit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key   string
		types []string // of the other columns, in turn
		n     int      // how many of each
		found int      // 0 where every row fits
	}{
		"too many doubles":          {"bigint", []string{"double precision"}, 1200, 9648},
		"the first that do not fit": {"bigint", []string{"double precision"}, 1015, 8168},
		"the last that do":          {"bigint", []string{"double precision"}, 1014, 0},
		"alignment":                 {"integer", []string{"boolean", "bigint"}, 700, 11240},
		"1,500 of four bytes fit":   {"integer", []string{"integer"}, 1499, 0},
		"many texts":                {"text", []string{"text"}, 399, 9640},
		"short texts fit":           {"text", []string{"varchar(3)"}, 399, 0},
		"moments":                   {"uuid", []string{"timestamptz"}, 1300, 10456},
		"truth":                     {"text", []string{"boolean"}, 1499, 0},
	} {
		d := chain("a")
		d.Tables[0].Columns[0].Type = test.key
		for i := range test.n {
			for j, columnType := range test.types {
				d.Tables[0].Columns = append(d.Tables[0].Columns, &datasetv1.Column{Name: fmt.Sprintf("c%d_%d", i, j), Type: columnType})
			}
		}
		require.Empty(t, dataset.Lint(d), "it is no mistake: rows may be full of NULLs")
		warnings := dataset.Warnings(d)
		if test.found == 0 {
			require.Empty(t, warnings, name)
			continue
		}
		require.Equal(t, fmt.Sprintf("tables[0].columns: a row of table \"a\" with a value in every column takes up to %d bytes, and PostgreSQL stores "+
			"at most 8160 in one row: such a row would end the run; split the table, or declare narrower types", test.found), warnings.String(), name)
	}
}

func TestWarnSaysWhere(t *testing.T) {
	t.Parallel()
	yaml := "name: wide\ncalendar: {period: day}\ntables:\n  - name: a\n    key: [id]\n    columns:\n      - {name: id, type: bigint}\n"
	require.Empty(t, dataset.Warn("x.yaml", []byte(yaml)))
	for i := range 1400 {
		yaml += fmt.Sprintf("      - {name: c%d, type: bigint}\n", i)
	}

	warnings := dataset.Warn("x.yaml", []byte(yaml))

	require.Len(t, warnings, 1)
	require.Contains(t, warnings[0].String(), `x.yaml:6:5: tables[0].columns: a row of table "a" with a value in every column takes up to 11248 bytes`)
	require.Empty(t, dataset.Warn("x.yaml", []byte(":")))
}
