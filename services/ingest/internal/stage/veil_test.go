package stage

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/platform/personal"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/csvread"
	"github.com/streamflow/streamflow/services/ingest/internal/declared"
)

// guests is a table with a personal key and a personal number.
var guests = &declared.Table{
	Name: "guests", File: "guests.csv", Key: []string{"name"}, Personal: []string{"name", "room"},
	Columns: []declared.Column{
		{Name: "name", Type: dataset.ColumnType{Name: dataset.Text}, Key: true},
		{Name: "room", Type: dataset.ColumnType{Name: dataset.Integer}},
		{Name: "nights", Type: dataset.ColumnType{Name: dataset.Integer}},
	},
}

// ofGuests is a delivery of guests as its values are shown.
func ofGuests(t *testing.T) *delivery {
	t.Helper()
	keys, err := personal.Parse(personal.NewKey())
	require.NoError(t, err)
	return newDelivery(guests, keys.Veil((&declared.Dataset{Name: "inn"}).Veiled(guests)))
}

// said is all that the findings of a delivery say.
func said(d *delivery) string {
	var all strings.Builder
	for _, f := range d.findings {
		fmt.Fprintln(&all, f.String())
	}
	return all.String()
}

// read reads the rows of a file of guests.
func (d *delivery) read(t *testing.T, content string) {
	t.Helper()
	reader := csvread.New(strings.NewReader(content))
	header, err := reader.Next()
	require.NoError(t, err)
	d.file = &ingestv1.BatchFile{}
	targets := d.readHeader(header)
	require.NotNil(t, targets, said(d))
	c := newConverter(d, d.file.GetHeader(), targets)
	for {
		rec, err := reader.Next()
		if err != nil {
			break
		}
		c.append(nil, rec)
	}
	d.cutShort(c.last)
	d.report()
}

// A row that does not fit is told by its line and the tokens of its key, and so is what is
// doubtful of one that fits; what is not personal is shown.
func TestRowsOfPeopleAreToldByTokens(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ rows, shows string }{
		"a value of another type": {"Ann,two,3\n", "is not"},
		"no UTF-8":                {"Ann\xe9,2,3\n", "UTF-8"},
		"too few fields":          {"Ann,2\n", "(hidden)"},
		"too many":                {"Ann,2,3,4\n", "(hidden)"},
		"a blank at an edge":      {" Ann,2,3\n", "on line 2"},
		"half a line":             {"Bob,1,1\nAnn,2,31", "line 3"},
		"leading zeros":           {"Ann,0099,3\n", "leading zeros"},
		"no key":                  {"  ,2,3\n", "empty in the key"},
		"a NUL":                   {"An\x00n,2,3\n", "line 2"},
		"many of a kind":          {strings.Repeat("Ann,two,3\n", 50), "50 values"},
		"a long key":              {strings.Repeat("Ann", 2000) + ",2,3\n", ""},
	} {
		d := ofGuests(t)
		d.read(t, "name,room,nights\n"+tc.rows)
		d.reportGroups(d.rejects.long)
		text := said(d)
		require.NotContains(t, text, "Ann", name)
		require.NotContains(t, text, "two", name)
		require.NotContains(t, text, "0099", name)
		require.Contains(t, text, tc.shows, name)
	}
	d := ofGuests(t)
	d.read(t, "name,room,nights\nAnn,2,three\n")
	require.Contains(t, said(d), "three", "what is not personal is shown")
	require.Contains(t, said(d), "pii:", "beside the token of whose it is")
}

// A file without a header has people in its first line, whatever separates or precedes them.
func TestAFirstLineOfPeopleIsNotShown(t *testing.T) {
	t.Parallel()
	for name, head := range map[string]string{
		"data": "Ann,2,3\n", "data that fits nothing": "Ann,Bob\n", "one name": "Ann\n", "semicolons": "Ann;2;3\n", "a comment": "# Ann,2,3\n",
		"no UTF-8": "Ann\xe9,2,3\n", "more columns": "Ann,2,3,4,5\n", "quoted": "\"Ann\",\"2\",\"3\"\n",
	} {
		d := ofGuests(t)
		d.file = &ingestv1.BatchFile{}
		if what := foreign([]byte(head), guests, d.veil); what != nil {
			d.complain(*what)
		} else {
			rec, err := csvread.New(strings.NewReader(head)).Next()
			require.NoError(t, err, name)
			require.Nil(t, d.readHeader(rec), name)
		}
		require.NotEmpty(t, d.findings, name)
		require.NotContains(t, said(d)+d.file.String()+d.header.String(), "Ann", name)
	}
	d := ofGuests(t)
	d.file = &ingestv1.BatchFile{}
	rec, err := csvread.New(strings.NewReader("name,rooom,nights\n")).Next()
	require.NoError(t, err)
	require.Nil(t, d.readHeader(rec))
	require.Contains(t, said(d), "rooom", "a header with a slip is one, and shown")
}
