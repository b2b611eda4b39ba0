package ingest_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// delivered is a club whose changes were published as of March over February, and are kept,
// with their visits; and what a restamp is asked with after February was corrected.
func delivered(t *testing.T) (h *house, first *ingestv1.Batch, req *ingestv1.RestampRequest) {
	t.Helper()
	h = openClub(t)
	first = h.stagedOver(march, changes, base())
	_, err := h.publishOver(first.GetId(), base())
	require.NoError(t, err)
	h.db.Exec(t, `create schema kept; grant usage on schema kept to sf_ingest;
		create table kept.changes (id text, sum numeric(10,2), gone boolean, note text);
		insert into kept.changes values ('b', 2.75, false, null), ('d', 4, false, null), ('c', 3, true, null), ('e', 5, true, null);
		create table kept.visits as table visits;
		grant select on all tables in schema kept to sf_ingest;
		update public.members_snapshots set sum = 7 where id = 'a' and as_of = '2024-02-29'`)
	corrected := base()
	corrected.Revision, corrected.ContentHash = 2, "h1:3:8"
	h.supersede = true
	return h, first, &ingestv1.RestampRequest{
		Context: h.context(), Batch: ident.New(ident.Batch), Dataset: h.dataset, DatasetVersion: h.version, AsOf: march,
		Deliveries: []*stepv1.KeptDelivery{{
			Table: "members", Batch: first.GetId(), Relation: &stepv1.Relation{Schema: "kept", Name: "changes"}, Rows: 4,
			Columns: []*stepv1.RevisionColumn{{Name: "id", StandsAs: "id"}, {Name: "fee", StandsAs: "sum"}, {Name: "gone", StandsAs: "gone"}, {Name: "note", StandsAs: "note"}},
		}},
		Bases: []*stepv1.Base{corrected},
		Tables: []*stepv1.RevisedTable{{Table: "visits", Parts: []*stepv1.RevisionPart{{
			Snapshot: "visits_s", Revision: 1, Relation: &stepv1.Relation{Schema: "kept", Name: "visits"}, Rows: 2,
			Columns: []*stepv1.RevisionColumn{{Name: "no", StandsAs: "no"}, {Name: "member", StandsAs: "member"}},
		}}}},
	}
}

func (h *house) restamp(req *ingestv1.RestampRequest) (*ingestv1.Batch, error) {
	stream, err := h.client.Restamp(context.Background(), req)
	require.NoError(h.t, err)
	b, _, err := last(stream, func(m *ingestv1.RestampResponse) *ingestv1.Batch { return m.GetResult().GetBatch() })
	return b, err
}

// What was delivered is laid over what stands before it by now, without its files; live
// follows, and the files that are delivered again are known.
func TestARestampLaysWhatWasDeliveredOverWhatStandsNow(t *testing.T) {
	t.Parallel()
	h, first, req := delivered(t)

	b, err := h.restamp(req)
	require.NoError(t, err)
	again, err := h.restamp(req)
	require.NoError(t, err)

	require.Equal(t, b.String(), again.String(), "sent twice, it is one batch")
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
	require.Equal(t, first.GetId(), b.GetRestamps())
	require.Equal(t, first.GetFiles()[0].GetSha256(), b.GetFiles()[0].GetSha256())
	require.Equal(t, []string{"a|7.00|x|1|0", "b|2.75|<null>|0|0", "d|4.00|<null>|0|0"}, h.db.Rows(t, "select id, fee, note, sf_file, sf_line from "+candidate(t, b, "members")+" order by id"))
	require.Equal(t, []string{"what " + first.GetId() + " delivered", "members_snapshots as of 2024-02-29"}, b.GetTables()[0].GetCandidate().GetFiles())
	require.EqualValues(t, 4, b.GetTables()[0].GetCandidate().GetDelta().GetRows())
	require.EqualValues(t, 2, b.GetTables()[1].GetCandidate().GetRows())
	require.EqualValues(t, 2, b.GetOverlays()[0].GetBase().GetRevision())
	_, err = h.publishOver(b.GetId(), base())
	requireReason(t, problem.BaseMoved, err)
	r, err := h.publishOver(b.GetId(), req.GetBases()...)
	require.NoError(t, err)
	require.Equal(t, []string{"a|7.00", "b|2.75", "d|4.00"}, h.db.Rows(t, "select id, fee from members order by id"))
	require.EqualValues(t, 1, counts(r.GetBatch(), "members").GetUpdated())
	require.EqualValues(t, 2, counts(r.GetBatch(), "visits").GetUnchanged())
	h.supersede = false
	require.Equal(t, b.GetId(), h.stagedOver(march, changes, req.GetBases()...).GetSameAs(), "the files are those of what is current")

	second := req
	second.Context, second.Batch = h.context(), ident.New(ident.Batch)
	second.Deliveries[0].Batch = b.GetId()
	b, err = h.restamp(second)
	require.NoError(t, err)
	require.Equal(t, first.GetId(), b.GetRestamps(), "whatever was made of it meanwhile")
}

// The file before a restamp is the one that it was made of, which never had the note that live
// holds.
func TestAColumnIsNotLostByARestamp(t *testing.T) {
	t.Parallel()
	h, _, req := delivered(t)
	b, err := h.restamp(req)
	require.NoError(t, err)
	_, err = h.publishOver(b.GetId(), req.GetBases()...)
	require.NoError(t, err)
	require.Equal(t, []string{"a|x"}, h.db.Rows(t, "select id, note from members where note is not null"))
	h.supersede = false

	next := h.stagedOver("2024-04-30", changes, req.GetBases()...)

	require.Empty(t, lostIn(next))
}

// Tables of which not every column is stamped are left as they are.
func TestARestampLeavesWhatCannotBeHad(t *testing.T) {
	t.Parallel()
	h, _, req := delivered(t)
	req.Tables[0].Lacks = []string{"member"}

	b, err := h.restamp(req)
	require.NoError(t, err)
	r, err := h.publishOver(b.GetId(), req.GetBases()...)

	require.NoError(t, err)
	require.Len(t, b.GetTables(), 1)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_PUBLISHED, r.GetBatch().GetState())
	require.Equal(t, []string{"a|7.00", "b|2.75", "d|4.00"}, h.db.Rows(t, "select id, fee from members order by id"))
	require.Equal(t, []string{"1|a", "2|d"}, h.db.Rows(t, "select no, member from visits order by no"))
}

// What a correction took away is missed by those that refer to it, and nothing is published.
func TestARestampIsJudgedAsAnyDelivery(t *testing.T) {
	t.Parallel()
	h, first, req := delivered(t)
	h.db.Exec(t, "delete from public.members_snapshots where id = 'a'")
	req.Bases[0].Rows = 2

	b, err := h.restamp(req)

	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState())
	require.Equal(t, []string{"DELETES_UNKNOWN members", "ORPHANED_ROWS visits"}, reasons(b))
	orphaned := b.GetFindings()[slices.IndexFunc(b.GetFindings(), func(f *stepv1.Finding) bool { return f.GetReason() == string(problem.OrphanedRows) })]
	require.Contains(t, orphaned.GetMessage(), `the first "a" in visits_s revision 1`)
	require.Equal(t, "visits_s revision 1", orphaned.GetRows()[0].GetFile())
	_, err = h.publishOver(b.GetId(), req.GetBases()...)
	requireReason(t, problem.BatchRejected, err)
	require.Equal(t, first.GetId(), h.db.Rows(t, "select batch from sf_ingest.watermark")[0])
}

// Rows that are not all there any more give no half of a date.
func TestARestampOfWhatIsGoneIsRefused(t *testing.T) {
	t.Parallel()
	for spoil, says := range map[string]string{
		"delete from kept.changes where id = 'b'":           "expected 4 rows in kept.changes, found 3",
		"alter table kept.changes drop column sum":          "column k.sum does not exist",
		"alter table kept.changes rename to changes_before": `relation "kept.changes" does not exist`,
	} {
		h, _, req := delivered(t)
		h.db.Exec(t, spoil)

		_, err := h.restamp(req)

		requireReason(t, problem.RestampRefused, err)
		require.ErrorContains(t, err, says)
		require.Empty(t, h.db.Rows(t, "select relname from pg_class where relname like '%members%' and relnamespace = 'sf_staging'::regnamespace and relname like '%"+req.GetBatch()[4:]+"%'"), "nothing is left by halves")
	}
}
