package ingest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

const members = `
name: club
calendar: {period: month_end}
stale: note
tables:
  - name: members
    key: [id]
    columns:
      - {name: id, type: integer}
      - {name: iban, type: text, optional: true}
      - {name: phone, type: text, optional: true}
`

func lostIn(b *ingestv1.Batch) (said []string) {
	for _, f := range b.GetFindings() {
		if f.GetReason() == string(problem.ColumnsLost) {
			said = append(said, f.GetMessage())
		}
	}
	return said
}

// A file lost columns that the one before had. It is taken, and nobody overlooks it.
func TestColumnsThatAFileLostAreWarnedOf(t *testing.T) {
	t.Parallel()
	h := open(t, members)
	h.published(january, files{"members.csv": "id,iban,phone\n1,CH01,\n2,CH02,7\n3,,\n"})

	b := h.published(february, files{"members.csv": "id\n1\n2\n3\n"})

	require.Equal(t, []string{"members.csv: expected the optional columns that the file of 2024-01-31 had, found none of iban (2 values), phone (1 value): what the file delivers has NULL there"}, lostIn(b))
	require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, b.GetFindings()[0].GetSeverity())
	require.EqualValues(t, 3, b.GetFindings()[0].GetCount())
	require.Empty(t, lostIn(h.published(march, files{"members.csv": "id\n1\n2\n3\n4\n"})), "gone for good: said once")
}

func TestColumnsThatAreNoLossAreNotWarnedOf(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ before, asOf, after string }{
		"it never was delivered": {"id,phone\n1,7\n", february, "id,phone\n1,7\n"},
		"it held nothing":        {"id,iban,phone\n1,,7\n", february, "id,phone\n1,7\n"},
		"an older as_of":         {"id,iban,phone\n1,CH01,7\n", "2023-12-31", "id,phone\n1,7\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, members)
			h.published(january, files{"members.csv": tc.before})

			b := h.stage(tc.asOf, files{"members.csv": tc.after})

			require.Empty(t, lostIn(b))
		})
	}
}

// The same date anew, without the column: a correction may lose one as well.
func TestAColumnThatARedeliveryLostIsWarnedOf(t *testing.T) {
	t.Parallel()
	h := open(t, members)
	h.published(january, files{"members.csv": "id,iban\n1,CH01\n"})

	require.Len(t, lostIn(h.corrected(january, files{"members.csv": "id,phone\n1,7\n"})), 1)
}

// A live table that lost the column itself is told of where it is written to.
func TestALostColumnThatLiveLacksIsLeftToThePublish(t *testing.T) {
	t.Parallel()
	h := open(t, members)
	h.published(january, files{"members.csv": "id,iban\n1,CH01\n"})
	h.db.Exec(t, "alter table members drop column iban")
	b := h.stage(february, files{"members.csv": "id\n1\n"})

	_, err := h.publish(b.GetId())

	require.Empty(t, lostIn(b))
	require.True(t, problem.Is(err, problem.LiveTableDiffers), "%v", err)
}
