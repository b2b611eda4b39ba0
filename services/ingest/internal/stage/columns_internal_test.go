package stage

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

func wide(columns int, name string) (*declared.Table, []string) {
	table, header := &declared.Table{Name: "wide"}, make([]string, columns)
	for i := range columns {
		table.Columns = append(table.Columns, declared.Column{Name: fmt.Sprintf("measure_%04d_of_the_week", i)})
		header[i] = fmt.Sprintf(name, i)
	}
	return table, header
}

// A header of the widest table, every name of it wrong, is judged in the time of a look:
// it is another file, and for no name of it it is guessed what was meant.
func TestTheWidestWrongHeaderIsJudgedAtOnce(t *testing.T) {
	t.Parallel()
	table, header := wide(1500, "measures_%04d_of_the_month_before_the_last")
	began := time.Now()
	c := sortColumns(table, header, nil)
	require.Less(t, time.Since(began), 2*time.Second)
	require.Len(t, c.unknown, 1500)
	require.Len(t, c.missing, 1500)
	require.Empty(t, c.misspelt)

	table, header = wide(1500, "MEASURE_%04d_OF_THE_WEEK")
	began = time.Now()
	c = sortColumns(table, header, nil)
	require.Less(t, time.Since(began), 2*time.Second)
	require.Len(t, c.spelt, 1500, "a fault that is certain is told of any number of names")
}

func TestNamesThatDifferInCaseAloneStandForOneEach(t *testing.T) {
	t.Parallel()
	table := &declared.Table{Columns: []declared.Column{{Name: "straße"}, {Name: "Kelvin"}, {Name: "id"}, {Name: "ID"}}}
	c := sortColumns(table, []string{"STRAßE", "\u212Aelvin ", "Id", "iD", "i_d"}, nil)
	require.Equal(t, []standIn{{"STRAßE", "straße"}, {"\u212Aelvin ", "Kelvin"}, {"Id", "id"}, {"iD", "ID"}}, c.spelt)
	require.Empty(t, c.missing)
	require.Equal(t, []int{4}, c.unknown)
}
