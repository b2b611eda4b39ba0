package ingest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

const peopleAndPlaces = `
name: people
calendar: {period: month_end}
tables:
  - name: people
    key: [name]
    columns: [{name: name, type: text}, {name: age, type: integer}]
  - name: places
    key: [country, nr, town]
    references: [{columns: [town], table: people}]
    columns: [{name: country, type: text}, {name: nr, type: integer}, {name: town, type: text}]
`

// Two months without places, of which no file is the same.
const (
	noPlaces     = "country,nr,town\n"
	noPlacesThen = "nr,country,town\n"
)

// TestKeysThatLookAlike publishes before.csv of every folder of testdata/alike, where
// there is one, stages the other files, and compares what is said with the golden file.
func TestKeysThatLookAlike(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(filepath.Join("testdata", "alike", "*"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			h := open(t, peopleAndPlaces)
			if before, err := os.ReadFile(filepath.Join(folder, "before.csv")); err == nil {
				h.published(january, files{"people.csv": string(before), "places.csv": noPlacesThen})
			}
			delivery := files{"people.csv": "name,age\n", "places.csv": noPlaces}
			for name := range delivery {
				if content, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
					delivery = delivery.with(name, string(content))
				}
			}

			b := h.stage(february, delivery)

			said := strings.TrimPrefix(b.GetState().String(), "BATCH_STATE_") + "\n" + shown(b.GetFindings())
			requireGolden(t, filepath.Join("alike", filepath.Base(folder), "said"), said)
			require.Equal(t, []string{"0"}, h.db.Rows(t, "select count(*) from pg_class where relname like '%forms%' and relkind = 'r'"), "what is compared in is gone")
		})
	}
}

// A table whose keys all look odd is compared in pieces, and every twin is found.
func TestManyOddKeysAreComparedInPieces(t *testing.T) {
	t.Parallel()
	h := open(t, peopleAndPlaces)
	var before, after strings.Builder
	before.WriteString("name,age\n")
	after.WriteString("name,age\n")
	const n = 5_000
	for i := range n {
		fmt.Fprintf(&before, "Zo\u00eb %d,1\n", i)
		fmt.Fprintf(&after, "Zoe\u0308 %d,1\nZo\u00eb %d ,1\n", i, i)
	}
	h.published(january, files{"people.csv": before.String(), "places.csv": noPlacesThen})

	b := h.stage(february, files{"people.csv": after.String(), "places.csv": noPlaces})

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	byReason := map[string]int64{}
	for _, f := range b.GetFindings() {
		byReason[f.GetReason()+" "+f.GetExpected()] = f.GetCount()
		require.LessOrEqual(t, len(f.GetRows()), 20)
	}
	require.Equal(t, map[string]int64{
		"DUPLICATE_KEYS keys (name) that can be told apart":                                      2 * n,
		"DUPLICATE_KEYS keys (name) written as those of public.people are":                       2 * n,
		"VALUES_DOUBTFUL keys and references without blanks or invisible characters around them": n,
	}, byReason)
}

// Where live is not as declared, publish says so; the comparison has nothing to say.
func TestALiveTableThatDiffersIsNotComparedWith(t *testing.T) {
	t.Parallel()
	h := open(t, adopting(peopleAndPlaces))
	h.db.Exec(t, "create table people (id bigint primary key); insert into people values (1); grant all on people to sf_ingest")

	b := h.stage(january, files{"people.csv": "name,age\nZo\u00eb,1\n", "places.csv": noPlaces})

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
}

// Plain keys are compared byte for byte, and nothing else is made for them.
func TestPlainKeysPayNothing(t *testing.T) {
	t.Parallel()
	h := open(t, peopleAndPlaces)
	stay := "C,1\nD,1\nE,1\nF,1\nG,1\nH,1\nI,1\nJ,1\n"
	h.published(january, files{"people.csv": "name,age\nZo\u00eb ,1\nAnn ,1\n" + stay, "places.csv": noPlacesThen})

	b := h.stage(february, files{"people.csv": "name,age\nAnn,1\nBob,1\n" + stay, "places.csv": noPlaces})

	require.Empty(t, b.GetFindings())
}

// What looks alike is found in texts of a limited length too; blanks at the end of a
// char are no difference there, and nothing that could be mistaken.
func TestLimitedTextsThatLookAlike(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"varchar(5)", "char(5)"} {
		h := open(t, strings.Replace(peopleAndPlaces, "type: text", "type: "+typ, 3))
		twins := files{"people.csv": "name,age\né,1\ne\u0301,2\n", "places.csv": noPlaces}

		b := h.stage(january, twins)

		require.Contains(t, shown(b.GetFindings()), "U+0065 U+0301", typ)
		require.Contains(t, shown(b.GetFindings()), "differ only in normal form", typ)
	}
	h := open(t, strings.Replace(peopleAndPlaces, "type: text", "type: char(5)", 3))

	padded := h.stage(january, files{"people.csv": "name,age\né   ,1\na    ,2\n", "places.csv": "country,nr,town\nde   ,1,é \nde,2,a\n"})

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, padded.GetState(), shown(padded.GetFindings()))
	require.Empty(t, padded.GetFindings(), shown(padded.GetFindings()))
}
