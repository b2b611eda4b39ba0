package ingest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/platform/problem"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// club delivers what changed of its members, and its visits whole.
const club = `
name: club
calendar: {period: month_end}
tables:
  - name: members
    key: [id]
    extract: incremental
    deleted_when: {column: gone, value: "true"}
    departed_keys: delete
    columns:
      - {name: id, type: text}
      - {name: fee, type: "numeric(10,2)"}
      - {name: gone, type: boolean}
      - {name: note, type: text, optional: true}
  - name: visits
    key: [no]
    columns: [{name: no, type: integer}, {name: member, type: text}]
    references: [{columns: [member], table: members}]
    departed_keys: delete
    departed_limit: 1
snapshots: [{name: members_snapshots, from: members}]
`

// openClub opens an ingest service beside a history of the members as of January and
// February.
func openClub(t *testing.T) *house {
	t.Helper()
	h := open(t, club)
	h.db.Exec(t, `create table public.members_snapshots (sum numeric(10,1), as_of date, id text, gone boolean, note text);
		insert into public.members_snapshots (as_of, id, sum, gone, note) values
			('2024-01-31', 'a', 1, false, null), ('2024-02-29', 'a', 1, false, 'x'), ('2024-02-29', 'b', 2.5, false, null), ('2024-02-29', 'c', 3, false, null);
		grant select on public.members_snapshots to sf_reader`)
	return h
}

// base is the state of February, in which fee is still called sum.
func base() *stepv1.Base {
	return &stepv1.Base{
		Table: "members", Snapshot: "members_snapshots", AsOf: february, Revision: 1, ContentHash: "h1:3:7", Rows: 3,
		Relation: &stepv1.Relation{Schema: "public", Name: "members_snapshots"},
		Columns:  []*stepv1.BaseColumn{{Name: "id", StandsAs: "id"}, {Name: "fee", StandsAs: "sum"}, {Name: "gone", StandsAs: "gone"}, {Name: "note", StandsAs: "note"}},
	}
}

var changes = files{
	"members.csv": "id,fee,gone\nb,2.75,false\nd,4,false\nc,3,true\ne,5,true\n",
	"visits.csv":  "no,member\n1,a\n2,d\n",
}

// over asks for files to be staged over bases.
func (h *house) over(asOf string, f files, bases ...*stepv1.Base) *ingestv1.StageRequest {
	req := h.request(asOf, h.deliver("month_"+asOf, f))
	req.Bases = bases
	return req
}

func (h *house) stagedOver(asOf string, f files, bases ...*stepv1.Base) *ingestv1.Batch {
	h.t.Helper()
	b, err := h.stageRequest(h.over(asOf, f, bases...))
	require.NoError(h.t, err)
	return b
}

func (h *house) publishOver(batch string, bases ...*stepv1.Base) (*ingestv1.PublishResult, error) {
	stream, err := h.client.Publish(h.t.Context(), &ingestv1.PublishRequest{Context: h.context(), Batch: batch, Dataset: h.dataset, Bases: bases})
	require.NoError(h.t, err)
	r, _, err := last(stream, func(m *ingestv1.PublishResponse) *ingestv1.PublishResult { return m.GetResult() })
	return r, err
}

// The candidate is the base with what was delivered over it, and says of each row where it
// is from; what was delivered stands beside it, deletes and all.
func TestADeliveryIsLaidOverItsBase(t *testing.T) {
	t.Parallel()
	h := openClub(t)

	b := h.stagedOver(march, changes, base())

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
	require.Equal(t, []string{"a|1.00|f|x|1|0", "b|2.75|f|<null>|0|2", "d|4.00|f|<null>|0|3"},
		h.db.Rows(t, "select id, fee, gone, note, sf_file, sf_line from "+candidate(t, b, "members")+" order by id"))
	c := b.GetTables()[0].GetCandidate()
	require.Equal(t, []string{"members.csv", "members_snapshots as of 2024-02-29"}, c.GetFiles())
	require.EqualValues(t, 3, c.GetRows())
	require.EqualValues(t, 4, c.GetDelta().GetRows())
	require.Equal(t, []string{"b|2", "c|4", "d|3", "e|5"}, h.db.Rows(t, "select id, sf_line from sf_staging."+`"`+c.GetDelta().GetRelation().GetName()+`" order by 1`))
	require.Equal(t, []string{"t|t"}, h.db.Rows(t, `select has_table_privilege('sf_snapshot', oid, 'select'), relpersistence = 'u' from pg_class where relname = '`+c.GetDelta().GetRelation().GetName()+"'"))
	want := &ingestv1.Overlay{Base: base(), Delivered: 4, Added: 1, Replaced: 1, Deleted: 1, DeletedUnknown: 1}
	require.True(t, proto.Equal(want, b.GetOverlays()[0]), "%v", b.GetOverlays())
	got, err := h.client.GetBatch(t.Context(), &ingestv1.GetBatchRequest{Batch: b.GetId()})
	require.NoError(t, err)
	require.True(t, proto.Equal(want, got.GetBatch().GetOverlays()[0]), "it is kept")
	require.Equal(t, []string{"DELETES_UNKNOWN members", "DEPARTURES_UNGUARDED members", "DEPARTURES_UNGUARDED visits"}, reasons(b))
	require.Len(t, h.staging(), 3)
	require.NoError(t, h.discard(b.GetId()))
	require.Empty(t, h.staging())
}

// Nothing was delivered, and nothing is another than it was.
func TestADeliveryOfNoRowsChangesNothing(t *testing.T) {
	t.Parallel()
	h := openClub(t)

	b := h.stagedOver(march, files{"members.csv": "id,fee,gone\n", "visits.csv": "no,member\n"}, base())

	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
	require.Equal(t, []string{"a|1.00|x", "b|2.50|<null>", "c|3.00|<null>"}, h.db.Rows(t, "select id, fee, note from "+candidate(t, b, "members")+" order by id"))
}

func TestLiveFollowsWhatADeliveryLaysOver(t *testing.T) {
	t.Parallel()
	h := openClub(t)
	h.db.Exec(t, "create table public.members (id text primary key, fee numeric(10,2), gone boolean, note text); alter table public.members owner to sf_ingest; insert into members select id, sum, gone, note from members_snapshots where as_of = '2024-02-29'")

	b := h.stagedOver(march, changes, base())
	r, err := h.publishOver(b.GetId(), base())

	require.NoError(t, err)
	require.Equal(t, []string{"a|1.00|x", "b|2.75|<null>", "d|4.00|<null>"}, h.db.Rows(t, "select id, fee, note from members order by id"))
	c := counts(r.GetBatch(), "members")
	require.Equal(t, []int64{3, 1, 1, 1, 1, 1}, []int64{c.GetRows(), c.GetInserted(), c.GetUpdated(), c.GetUnchanged(), c.GetDeparted(), c.GetDeleted()})
	same := h.stagedOver(march, changes, base())
	require.Equal(t, b.GetId(), same.GetSameAs(), "the same files over the same content")
	require.Len(t, same.GetOverlays(), 1)
	moved := base()
	moved.Revision, moved.ContentHash = 2, "h1:3:8"
	again := h.stagedOver(march, changes, moved)
	require.Empty(t, again.GetSameAs(), "over another content they are another state")
	_, err = h.publishOver(again.GetId(), base())
	requireReason(t, problem.BaseMoved, err)
}

// What cannot be laid over anything is a finding, beside all others.
func TestADeliveryWithoutABase(t *testing.T) {
	t.Parallel()
	h := openClub(t)
	lacking, others := base(), base()
	lacking.Columns, others.Table = lacking.GetColumns()[:2], "visits"
	for name, tc := range map[string]struct {
		bases []*stepv1.Base
		found string
	}{
		"nothing is stamped":       {nil, "none that is stamped"},
		"another table's is":       {[]*stepv1.Base{others}, "none that is stamped"},
		"it lacks what there must": {[]*stepv1.Base{lacking}, "members_snapshots as of 2024-02-29, which was stamped without gone"},
	} {
		b := h.stagedOver(march, changes.with("members.csv", "id,fee,gone\nb,lots,false\nd,4,false\nd,4,false\n"), tc.bases...)

		require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, b.GetState(), name)
		require.Equal(t, []string{"BASE_MISSING members", "DEPARTURES_UNGUARDED visits", "DUPLICATE_KEYS members", "ROWS_REJECTED members"}, reasons(b), name)
		for _, f := range b.GetFindings() {
			if f.GetReason() == string(problem.BaseMissing) {
				require.Equal(t, tc.found, f.GetFound(), name)
				require.Contains(t, f.GetAction(), "--full-extract", name)
			}
		}
		require.Nil(t, b.GetTables()[0].GetCandidate(), name)
	}
}

// A column that a base was stamped without is NULL in its rows where it may be.
func TestABaseMayLackAnOptionalColumn(t *testing.T) {
	t.Parallel()
	h := openClub(t)
	without := base()
	without.Columns = without.GetColumns()[:3]

	b := h.stagedOver(march, changes, without)

	require.Equal(t, []string{"a|<null>", "b|<null>", "d|<null>"}, h.db.Rows(t, "select id, note from "+candidate(t, b, "members")+" order by id"))
}

// Rows that are missing from a base would be missing from what is laid over it.
func TestABaseThatLostItsRowsIsRefused(t *testing.T) {
	t.Parallel()
	for spoil, says := range map[string]string{
		"delete from public.members_snapshots where id = 'c'":      "public.members_snapshots holds 2 rows as of 2024-02-29, and 3 were stamped",
		"alter table public.members_snapshots rename to elsewhere": "public.members_snapshots is not there",
	} {
		h := openClub(t)
		h.db.Exec(t, spoil)

		_, err := h.stageRequest(h.over(march, changes, base()))

		requireReason(t, problem.BaseMoved, err)
		require.ErrorContains(t, err, says)
		require.ErrorContains(t, err, "--restage")
		require.Empty(t, h.db.Rows(t, "select relname from pg_class where relname like '%members%' and relnamespace = 'sf_staging'::regnamespace"), "nothing is left by halves")
	}
}

// Where dates lie between the base and the delivery, it says so.
func TestABaseThatIsOlderIsWarnedOf(t *testing.T) {
	t.Parallel()
	h := openClub(t)
	january := base()
	january.AsOf, january.Rows = "2024-01-31", 1

	for _, tc := range []struct {
		base *stepv1.Base
		says string
	}{
		{base(), ""},
		{january, "members.csv is laid over members_snapshots as of 2024-01-31: what changed as of 2024-02-29 is not in it, unless the extract brings it"},
	} {
		b := h.stagedOver(march, files{"members.csv": "id,fee,gone\n", "visits.csv": "no,member\n"}, tc.base)

		var said string
		for _, f := range b.GetFindings() {
			if f.GetReason() == string(problem.BaseOlder) {
				said = f.GetMessage()
			}
		}
		require.Equal(t, tc.says, said)
		require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState())
	}
	later := h.stagedOver("2024-06-30", changes, january)
	require.Contains(t, later.GetFindings()[0].GetMessage(), "what changed as of 2024-02-29 to 2024-05-31 is not in it")
}

// A row that the delivery left as it was is named by the state that it is of.
func TestAFindingOnARowOfTheBaseSaysSo(t *testing.T) {
	t.Parallel()
	h := open(t, strings.Replace(club, "    departed_limit: 1\nsnapshots: [", "    extract: incremental\nsnapshots: [{name: visits_snapshots, from: visits}, ", 1))
	h.db.Exec(t, `create table public.members_snapshots (id text, as_of date, sum numeric(10,1), gone boolean, note text);
		create table public.visits_snapshots (no integer, as_of date, member text);
		insert into public.members_snapshots values ('a', '2024-02-29', 1, false, null), ('c', '2024-02-29', 1, false, null), ('b', '2024-02-29', 2, false, null);
		insert into public.visits_snapshots values (1, '2024-02-29', 'c'), (2, '2024-02-29', 'a');
		grant select on public.members_snapshots, public.visits_snapshots to sf_reader`)
	visits := &stepv1.Base{
		Table: "visits", Snapshot: "visits_snapshots", AsOf: february, Revision: 1, ContentHash: "h1:2:7", Rows: 2,
		Relation: &stepv1.Relation{Schema: "public", Name: "visits_snapshots"},
		Columns:  []*stepv1.BaseColumn{{Name: "no", StandsAs: "no"}, {Name: "member", StandsAs: "member"}},
	}

	b := h.stagedOver(march, files{"members.csv": "id,fee,gone\nc,1,true\n", "visits.csv": "no,member\n3,a\n"}, base(), visits)

	f := b.GetFindings()[slices.IndexFunc(b.GetFindings(), func(f *stepv1.Finding) bool { return f.GetReason() == string(problem.OrphanedRows) })]
	require.Equal(t, `visits.csv: expected a row of members for every member, found 1 row without one, the first "c" in visits_snapshots as of 2024-02-29`, f.GetMessage())
	require.Equal(t, "visits_snapshots as of 2024-02-29", f.GetRows()[0].GetFile())
	require.Equal(t, []string{"1"}, f.GetRows()[0].GetKey())
	require.Zero(t, f.GetRows()[0].GetLine())
	require.Equal(t, "not in members_snapshots as of 2024-02-29 with members.csv over it, which deletes 1 row", f.GetRows()[0].GetDetail())
	require.Contains(t, f.GetAction(), "Where members.csv deletes their parents on purpose, have the children refer to others, delete them as well (deleted_when), or deliver their table whole")
}

// A call that comes again finds what it staged, unless the base is another by now, or what
// was delivered is lost.
func TestABatchIsStagedAgainOverAnotherBase(t *testing.T) {
	t.Parallel()
	h := openClub(t)
	req := h.over(march, changes, base())
	first, err := h.stageRequest(req)
	require.NoError(t, err)

	second, err := h.stageRequest(req)
	require.NoError(t, err)
	require.Equal(t, first.GetStagedAt().AsTime(), second.GetStagedAt().AsTime(), "it stands")
	h.db.Exec(t, "truncate sf_staging."+`"`+first.GetTables()[0].GetCandidate().GetDelta().GetRelation().GetName()+`"`)
	_, err = h.publishOver(first.GetId(), base())
	requireReason(t, problem.StagingLost, err)
	third, err := h.stageRequest(req)
	require.NoError(t, err)
	require.NotEqual(t, second.GetStagedAt().AsTime(), third.GetStagedAt().AsTime(), "what was delivered was lost")
	h.db.Exec(t, "update public.members_snapshots set note = 'z' where id = 'a' and as_of = '2024-02-29'")
	moved := base()
	moved.Revision, moved.ContentHash = 2, "h1:3:8"
	req.Bases = []*stepv1.Base{moved}
	fourth, err := h.stageRequest(req)
	require.NoError(t, err)
	require.Equal(t, []string{"z"}, h.db.Rows(t, "select note from "+candidate(t, fourth, "members")+" where id = 'a'"))
}

// Neither a plan nor a publish goes by a base that is another by now.
func TestABaseThatMovedIsRefused(t *testing.T) {
	t.Parallel()
	h := openClub(t)
	b := h.stagedOver(march, changes, base())
	moved := base()
	moved.Revision, moved.ContentHash = 2, "h1:3:8"
	for name, now := range map[string][]*stepv1.Base{"another content": {moved}, "none": nil} {
		_, err := h.publishOver(b.GetId(), now...)
		requireReason(t, problem.BaseMoved, err)
		require.ErrorContains(t, err, "members: expected members_snapshots as of 2024-02-29 (h1:3:7), which the delivery was laid over", name)
		stream, err := h.client.Plan(t.Context(), &ingestv1.PlanRequest{Context: h.context(), Batch: b.GetId(), Dataset: h.dataset, Bases: now})
		require.NoError(t, err)
		_, _, err = last(stream, func(m *ingestv1.PlanResponse) *ingestv1.PlanResult { return m.GetResult() })
		requireReason(t, problem.BaseMoved, err)
	}
	require.Empty(t, h.db.Rows(t, "select relname from pg_class where relname = 'members'"), "nothing was written")
	renamed := base()
	renamed.Revision = 2
	_, err := h.publishOver(b.GetId(), renamed)
	require.NoError(t, err, "a revision of the same content is the same base")
}

// A manifest counts the rows of the file, and not those of the table.
func TestAManifestCountsDeliveredRows(t *testing.T) {
	t.Parallel()
	h := openClub(t)
	with := changes.with("manifest.json", `{"dataset": "club", "as_of": "2024-03-31", "files": [{"name": "members.csv", "rows": 4}, {"name": "visits.csv", "rows": 2}]}`)
	b := h.stagedOver(march, with, base())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGED, b.GetState(), "%v", b.GetFindings())
	_, err := h.publishOver(b.GetId(), base())
	require.NoError(t, err)

	require.Equal(t, b.GetId(), h.stagedOver(march, with, base()).GetSameAs())
	short := h.stagedOver(march, changes.with("manifest.json", strings.Replace(with["manifest.json"], `"rows": 4`, `"rows": 3`, 1)), base())
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_REJECTED, short.GetState())
}
