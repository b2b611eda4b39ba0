package stage

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
)

// judged reads a header of people, and returns what to read from each row and what
// was found.
func judged(t *testing.T, header string) (fields map[string]int, d *delivery) {
	t.Helper()
	rec, err := csvread.New(strings.NewReader(header + "\n")).Next()
	require.NoError(t, err)
	d = newDelivery(people)
	d.file = &ingestv1.BatchFile{}
	targets := d.readHeader(rec)
	if targets == nil {
		return nil, d
	}
	fields = map[string]int{}
	for _, target := range targets {
		fields[target.column.Name] = target.field
	}
	return fields, d
}

func TestHeadersThatFit(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]map[string]int{
		"id,age,note":        {"id": 0, "age": 1, "note": 2},
		"note,age,id":        {"id": 2, "age": 1, "note": 0},
		"id,age":             {"id": 0, "age": 1},
		`"id","age"`:         {"id": 0, "age": 1},
		"\xef\xbb\xbfid,age": {"id": 0, "age": 1},
	} {
		fields, d := judged(t, header)

		require.Equal(t, want, fields, header)
		require.Empty(t, d.findings, header)
		require.True(t, d.header.GetHasHeader())
		require.Equal(t, d.header.GetHeader(), d.file.GetHeader())
	}
}

func TestHeadersThatDoNot(t *testing.T) {
	t.Parallel()
	for header, want := range map[string][]string{
		"id":                              {"age: expected a column age, found only id"},
		"note":                            {"id: expected a column id, found only note", "age: expected a column age, found only note"},
		"id,age,age":                      {`age: expected each column once, found "age" 2 times`},
		"id,age,agee,agee":                {`agee: expected each column once, found "agee" 2 times`, `agee: expected only declared columns, found column 3, "agee", which table people does not declare`},
		"Id,age":                          {"id: expected a column id, found only Id and age", `Id: expected only declared columns, found column 1, "Id", which table people does not declare`},
		"id,age,":                         {": expected only declared columns, found column 3 without a name"},
		"id,a\x00ge":                      {`: expected UTF-8 text, found a header that is none: column 2 reads "a␀ge"`},
		"id" + strings.Repeat(",x", 1600): {": expected at most 1,600 columns, found 1,601"},
	} {
		fields, d := judged(t, header)

		require.Nil(t, fields, header)
		var got []string
		for _, f := range d.findings {
			got = append(got, f.GetColumn()+": "+strings.TrimPrefix(f.GetMessage(), "people.csv: "))
		}
		require.Equal(t, want, got, header)
	}
}
