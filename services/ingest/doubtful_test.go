package ingest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
)

// doubts are the warnings of values, each with its column, count and what was found.
func doubts(b *ingestv1.Batch) (all []string) {
	for _, f := range b.GetFindings() {
		if f.GetReason() == string(problem.ValuesDoubtful) && f.GetSeverity() == datasetv1.Severity_SEVERITY_WARNING {
			all = append(all, fmt.Sprintf("%s.%s %d: %s", f.GetTable(), f.GetColumn(), f.GetCount(), f.GetFound()))
		}
	}
	return all
}

// What a program lost on the way, and what a spreadsheet shows in place of a value, is taken
// and warned of: by column, with how many there are and the first of them.
func TestTextsThatWereLostOnTheWay(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	b := h.stage(january, goods.with("customers.csv", "id,since,active,note\nc1,2020-01-31,True,Caf\ufffd\nc2,,,#REF!\nc\ufffd,,,\"#N/A\"\nc4,,,it is \ufffd\ufffd\n"))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
	require.Equal(t, []string{
		"customers.note 2: 2 values with the replacement character U+FFFD, the first \"Caf\ufffd\" on line 2",
		`customers.note 2: 2 values that a spreadsheet shows in place of one, the first "#REF!" on line 3`,
		"customers.id 1: 1 value with the replacement character U+FFFD, the first \"c\ufffd\" on line 4",
	}, doubts(b))
	for _, f := range b.GetFindings() {
		require.NotEmpty(t, f.GetAction())
	}
}

// A number that is one of these is rejected, as ever.
func TestASpreadsheetsErrorIsNoNumber(t *testing.T) {
	t.Parallel()
	h := open(t, shop)

	b := h.stage(january, goods.with("orders.csv", "id,customer,amount,items,weight\n1,c1,#REF!,2,0.5\n"))

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	require.Empty(t, doubts(b))
}

// marked is the club with a text by which rows delete others.
func marked(t *testing.T, column, value string) *datasetv1.Dataset {
	t.Helper()
	yaml := strings.Replace(club, "{name: gone, type: boolean}", "{name: gone, type: \""+column+"\"}", 1)
	return parse(t, strings.Replace(yaml, `value: "true"`, fmt.Sprintf("value: %q", value), 1))
}

// A row whose marker only looks like the declared one is kept, and warned of: by how many
// there are, and in what the first differs.
func TestMarkersThatLookLikeTheDeclaredOne(t *testing.T) {
	t.Parallel()
	h := openClub(t)
	for name, tc := range map[string]struct {
		typ, value string
		delivered  []string
		want       string
	}{
		"letter case and edges": {"text", "Deleted", []string{"deleted", "Deleted", "DELETED ", "Del\u200beted", "Kept", ""}, `3 values like it, whose rows are kept, the first "deleted" on line 2: is in other letter case`},
		"a blank at the end":    {"varchar(9)", "Deleted", []string{"Deleted "}, `1 value like it, whose rows are kept, the first "Deleted " on line 2: U+0020 at its end`},
		"which a char drops":    {"char(9)", "Deleted", []string{"Deleted ", "Deleted"}, ""},
		"a truth in words":      {"text", "t", []string{"true", "t", "f", "no", "1"}, `2 values like it, whose rows are kept, the first "true" on line 2: is another word for the same truth value`},
		"a truth of its type":   {"boolean", "true", []string{"true", "t", "f", "1"}, ""},
		"nothing like it":       {"text", "Deleted", []string{"Deletes", "Undeleted", "x", "x"}, ""},
	} {
		h.dataset = marked(t, tc.typ, tc.value)
		var rows strings.Builder
		for i, v := range tc.delivered {
			fmt.Fprintf(&rows, "n%d,1,%s\n", i, v)
		}

		staged := h.stagedOver(march, files{"members.csv": "id,fee,gone\n" + rows.String(), "visits.csv": "no,member\n"}, base())

		var got []string
		for _, d := range doubts(staged) {
			got = append(got, strings.SplitN(d, ": ", 2)[1])
		}
		require.Equal(t, tc.want, strings.Join(got, "\n"), name)
	}
}

// A whole table that was delivered in the place of what changed is without the rows that say
// that they are deleted.
func TestRowsThatAreDeletedAreNoPartOfAWholeTable(t *testing.T) {
	t.Parallel()
	h := open(t, club)
	whole := proto.CloneOf(h.dataset)
	when := whole.GetTables()[0].GetDeletedWhen()
	whole.Tables[0].Extract, whole.Tables[0].DeletedWhen = datasetv1.Extract_EXTRACT_FULL, nil
	h.dataset = whole
	req := h.request(january, h.deliver("whole", files{"members.csv": "id,fee,gone\na,1,false\nb,2,TRUE\nc,3,\nd,4,t\n", "visits.csv": "no,member\n1,a\n"}))
	req.DeletionMarks = []*ingestv1.DeletionMark{{Table: "members", When: when}}

	b, err := h.stageRequest(req)

	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
	require.Equal(t, []string{"a", "c"}, h.db.Rows(t, "select id from "+candidate(t, b, "members")+" order by 1"))
	require.EqualValues(t, 2, b.GetTables()[0].GetCandidate().GetRows())
	require.EqualValues(t, 2, counts(b, "members").GetRows())
	require.Contains(t, reasons(b), "DELETES_LEFT_OUT members")
	_, err = h.publish(b.GetId())
	require.NoError(t, err)
	require.Equal(t, []string{"a", "c"}, h.db.Rows(t, "select id from public.members order by 1"))

	for _, mark := range []*ingestv1.DeletionMark{{Table: "member", When: when}, {Table: "members", When: &datasetv1.DeletedWhen{Column: "went"}}} {
		req := h.request(january, req.GetSource())
		req.DeletionMarks = []*ingestv1.DeletionMark{mark}
		_, err := h.stageRequest(req)
		requireReason(t, problem.InvalidRequest, err)
	}
}
