package stage

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// judged reads a header of people, and returns what to read from each row and what
// was found.
func judged(t *testing.T, header string) (fields map[string]int, d *delivery) {
	t.Helper()
	rec, err := csvread.New(strings.NewReader(header + "\n")).Next()
	require.NoError(t, err)
	d = newDelivery(people, nil)
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
		"note":                            {": expected columns id and age, found only note"},
		"id,age,age":                      {`age: expected each column once, found "age" 2 times`},
		"id,age,x,x,id":                   {`x: expected only declared columns, found column 3, "x", which table people does not declare`, `: expected each column once, found more than once: "x" and "id"`},
		"Id,age":                          {`id: expected the names of columns as declared, found a name that differs only in letter case or in blanks around it: "Id" for id`},
		"ID,AGE,NOTE":                     {`: expected the names of columns as declared, found 3 that differ only in letter case or in blanks around them: "ID" for id, "AGE" for age and "NOTE" for note`},
		"id, age\u00a0,\u200bnote":        {`: expected the names of columns as declared, found 2 that differ only in letter case or in blanks around them: " age\u00a0" for age and "\u200bnote" for note`},
		"id,ID,age":                       {`ID: expected only declared columns, found column 2, "ID", which table people does not declare`},
		"id,Age,AGE":                      {`age: expected the names of columns as declared, found a name that differs only in letter case or in blanks around it: "Age" for age`, `AGE: expected only declared columns, found column 3, "AGE", which table people does not declare`},
		"id,agee,agge":                    {`age: expected a column age, found a name that table people does not declare: "agee" for age`, `agge: expected only declared columns, found column 3, "agge", which table people does not declare`},
		"idd,agee":                        {`: expected columns id and age, found 2 names that table people does not declare: "idd" for id and "agee" for age`},
		"id,age,xx,yy":                    {`: expected only declared columns, found 2 that table people does not declare: "xx" and "yy"`},
		"id,age,":                         {": expected only declared columns, found column 3 without a name"},
		",id,,age":                        {": expected only declared columns, found columns 1 and 3 without a name"},
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

// A header that no eye tells from the declared one is named as that, by code points.
func TestAHeaderInAnotherNormalFormIsNamed(t *testing.T) {
	t.Parallel()
	streets := &declared.Table{
		Name: "streets", File: "streets.csv", Key: []string{"id"},
		Columns: []declared.Column{
			{Name: "id", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
			{Name: "Stra\u00dfe_n\u00e4chste", Type: dataset.ColumnType{Name: dataset.Text}},
			{Name: "gr\u00f6\u00dfe", Type: dataset.ColumnType{Name: dataset.Text}},
		},
	}
	for header, want := range map[string]string{
		"id,Stra\u00dfe_na\u0308chste,gr\u00f6\u00dfe":        `found a name in another Unicode normal form (U+0061 U+0308 for U+00E4 in the first): "Straße_nächste" for Straße_nächste`,
		"id,Stra\u00dfe_na\u0308chste,gro\u0308\u00dfe\u00a0": `found 2 names in another Unicode normal form (U+0061 U+0308 for U+00E4 in the first): "Straße_nächste" for Straße_nächste and "größe\u00a0" for größe`,
		"id,STRA\u00dfE_NA\u0308CHSTE,gr\u00f6\u00dfe":        `found a name in another Unicode normal form (`,
		"id,stra\u00dfe_n\u00e4chste,gr\u00f6\u00dfe":         `found a name that differs only in letter case or in blanks around it: "straße_nächste" for Straße_nächste`,
	} {
		rec, err := csvread.New(strings.NewReader(header + "\n")).Next()
		require.NoError(t, err)
		d := newDelivery(streets, nil)
		d.file = &ingestv1.BatchFile{}

		require.Nil(t, d.readHeader(rec))

		require.Len(t, d.findings, 1, header)
		require.Contains(t, d.findings[0].GetMessage(), want)
		require.NotEmpty(t, d.findings[0].GetAction())
	}
}

// A file that begins with its rows has one finding, and not two for each column.
func TestALineOfDataIsNoHeader(t *testing.T) {
	t.Parallel()
	typed := &declared.Table{
		Name: "sales", File: "sales.csv", Key: []string{"id"},
		Columns: []declared.Column{
			{Name: "id", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
			{Name: "paid", Type: dataset.ColumnType{Name: dataset.Boolean}},
			{Name: "note", Type: dataset.ColumnType{Name: dataset.Text}, Optional: true},
		},
	}
	const data = "a line that looks like data: "
	for _, tc := range []struct {
		of            *declared.Table
		header, found string
	}{
		{people, "ann,34,x", data + `"ann,34,x"`}, {people, "ann,34", data + `"ann,34"`}, {people, "7590-VHVEG,2024-01-31", data + `"7590-VHVEG,2024-01-31"`},
		{people, "3f2b8c1e-0d4a-4e6f-9b7a-5c8d2e1f0a93,x", data}, {people, "ann,2024-01-31 12:00:00,,", data}, {people, "1.5", data},
		{typed, "s1,true,", data + `"s1,true,"`}, {typed, "s1,f,x", data},
		{people, "0,1,2", "the numbers of columns"}, {people, "1,2,3", "the numbers of columns"},
		// These are headers, of other names.
		{people, "name,years", ""}, {typed, "s1,paid,", ""}, {typed, "key,was,text", ""}, {people, "id,34", ""}, {people, "ID,34", ""}, {people, "a,b", ""},
	} {
		rec, err := csvread.New(strings.NewReader(tc.header + "\n")).Next()
		require.NoError(t, err)
		d := newDelivery(tc.of, nil)
		d.file = &ingestv1.BatchFile{}

		require.Nil(t, d.readHeader(rec), tc.header)

		if tc.found == "" {
			for _, f := range d.findings {
				require.NotContains(t, f.GetFound(), data, tc.header)
				require.NotContains(t, f.GetFound(), "the numbers of columns", tc.header)
			}
			continue
		}
		require.Len(t, d.findings, 1, tc.header)
		require.Contains(t, d.findings[0].GetFound(), tc.found)
		require.Contains(t, d.findings[0].GetMessage(), "expected a header: "+brief(tc.of.Names())+", found ")
		require.False(t, d.header.GetHasHeader(), "nobody judges its names besides")
	}
}

// A report of a thousand strange columns is as long as one of thirteen.
func TestManyColumnsAreOneFinding(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, header, says string }{
		{"unknown", "id,age" + many(1000, "new_%d"), `found 1,000 that table people does not declare: "new_0", "new_1", `},
		{"in the place of others", "x" + many(1500, "other_%d"), `found 1,501 that table people does not declare: "x", "other_0", `},
		{"long names", "id,age" + many(1000, strings.Repeat("long", 60)+"_%d"), "and 988 more"},
	} {
		_, d := judged(t, tc.header)

		size := 0
		for _, f := range d.findings {
			size += proto.Size(f)
		}
		last := d.findings[len(d.findings)-1]
		require.Contains(t, last.GetMessage(), tc.says, tc.name)
		require.LessOrEqual(t, len(d.findings), 2, tc.name)
		require.Less(t, size, 4000, tc.name)
	}
}

func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ","+format, i)
	}
	return b.String()
}

// A column of the key is not advised to be optional.
func TestTheAdviceOnMissingColumns(t *testing.T) {
	t.Parallel()
	for header, says := range map[string]string{
		"id":         "Deliver the column, or declare it optional: true where a file may lack it.",
		"age":        "Deliver the column: rows cannot be told apart without their key.",
		"id,age,Age": `Was "age" meant, which the file has besides? Declare the column in the dataset, or leave it out of the file.`,
		"note":       "Deliver the columns: rows cannot be told apart without their key. Others may be declared optional: true where a file may lack them.",
	} {
		_, d := judged(t, header)

		require.Equal(t, says, d.findings[0].GetAction(), header)
	}
}
