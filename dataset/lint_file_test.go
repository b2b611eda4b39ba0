package dataset_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
)

// A packed file is refused where it is declared, not by the run that cannot read it.
func TestAFileThatIsNoCSVIsAMistake(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"users.csv.gz": `tables[0].file: expected a CSV file, found "users.csv.gz": files that end in .gz are not unpacked; deliver the file in it`,
		"users.xlsx":   `tables[0].file: expected a CSV file, found "users.xlsx": files that end in .xlsx are not unpacked; deliver the file in it`,
		"users.txt":    "",
	} {
		_, mistakes := dataset.Read("d.yaml", []byte("name: d\ncalendar: {period: day}\ntables: [{name: users, file: "+file+", key: [id], columns: [{name: id, type: text}]}]\n"))

		if want == "" {
			require.NoError(t, mistakes.Err())
			continue
		}
		require.Len(t, mistakes, 1)
		require.ErrorContains(t, mistakes.Err(), want)
	}
}

// Who writes a type as others do is told the one that means the same, with its digits.
func TestADecimalKeepsItsDigits(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{"decimal(10,2)": "write numeric(10,2)", "NUMBER(8)": "write numeric(8)", "decimal": "write numeric", "nvarchar(6)": "write varchar(6)"} {
		_, err := dataset.ParseType(typ)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), want+"(", typ)
	}
}
