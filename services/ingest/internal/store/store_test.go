package store_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/store"
)

const (
	january, february, march = "2024-01-31", "2024-02-29", "2024-03-31"
	staged                   = ingestv1.BatchState_BATCH_STATE_STAGED
	published                = ingestv1.BatchState_BATCH_STATE_PUBLISHED
)

// shelf is the store on a database of its own.
type shelf struct {
	t    *testing.T
	db   *pgtest.Database
	pool *postgres.Pool
	n    int
}

func open(t *testing.T) *shelf {
	t.Helper()
	db := pgtest.New(t)
	return &shelf{t: t, db: db, pool: db.Pool(t, "sf_ingest")}
}

// begun is a batch of which staging has begun. Identifiers are in order.
func (s *shelf) begun(dataset, asOf string) *ingestv1.Batch {
	s.t.Helper()
	s.n++
	b := &ingestv1.Batch{
		Id: fmt.Sprintf("bat_01hq%020dxy", s.n), Dataset: dataset, DatasetVersion: "v1", AsOf: asOf, Run: "run_1", Source: "/data/" + asOf, RequestedBy: "eve",
		State: ingestv1.BatchState_BATCH_STATE_STAGING,
	}
	require.NoError(s.t, store.Begin(s.t.Context(), s.pool, b))
	return b
}

// staged is one that was staged, of one file of a content.
func (s *shelf) staged(dataset, asOf, content string) *ingestv1.Batch {
	s.t.Helper()
	b := s.begun(dataset, asOf)
	b.State = staged
	b.Files = []*ingestv1.BatchFile{{Table: "users", Name: "users.csv", SizeBytes: int64(len(content)), Sha256: content}}
	require.NoError(s.t, store.Staged(s.t.Context(), s.pool, b))
	return b
}

func (s *shelf) published(dataset, asOf, content string) *ingestv1.Batch {
	s.t.Helper()
	b := s.staged(dataset, asOf, content)
	b.State = published
	require.NoError(s.t, store.Published(s.t.Context(), s.pool, b))
	return b
}

func ids(all []*ingestv1.Batch) (out []string) {
	for _, b := range all {
		out = append(out, b.GetId())
	}
	return out
}

func TestABatchIsKeptWhole(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.begun("shop", january)
	empty, err := store.Find(t.Context(), s.pool, b.GetId())
	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGING, empty.GetState())
	require.Nil(t, empty.GetStagedAt())
	b.State, b.SameAs = ingestv1.BatchState_BATCH_STATE_REJECTED, "bat_before"
	b.Files = []*ingestv1.BatchFile{{Table: "users", Name: "raw/users.csv", SizeBytes: 1 << 40, Sha256: "ab", SameAsOf: february}, {Table: "orders", Name: "orders.csv"}}
	b.Tables = []*stepv1.DeliveredTable{{Table: "users", Header: []string{"id", "Größe\n"}, Candidate: &stepv1.Candidate{Table: "users", Rows: 9007199254740993}}}
	b.Counts = []*stepv1.TableCounts{{Table: "users", Rows: 1, Rejected: 2, Columns: []*stepv1.ColumnCount{{Column: "x", Updated: 1}}}}
	b.Findings = []*stepv1.Finding{{
		Reason: "ROWS_REJECTED", Severity: datasetv1.Severity_SEVERITY_CRITICAL, Message: "«\u2400»",
		Rows: []*stepv1.RowLocation{{Line: 7, Key: []string{"", "a"}}}, Follows: []*stepv1.Finding{{Reason: "ORPHANED_ROWS"}},
	}}
	most := int64(3)
	b.Accepted = []*stepv1.Acceptance{{Reason: "STALE_EXTRACT", UpTo: &most, By: "eve"}}

	require.NoError(t, store.Staged(t.Context(), s.pool, b))
	got, err := store.Find(t.Context(), s.pool, b.GetId())

	require.NoError(t, err)
	require.NotNil(t, got.GetStagedAt())
	require.Equal(t, b.String(), got.String())
	require.Equal(t, []string{"users|raw/users.csv|1099511627776|ab"}, s.db.Rows(t, "select table_name, name, size_bytes, sha256 from sf_ingest.batch_file"), "a file without a sum has none to compare")
}

func TestABatchThatNobodyKnows(t *testing.T) {
	t.Parallel()
	s := open(t)

	none, err := store.Find(t.Context(), s.pool, "bat_x")
	require.NoError(t, err)
	require.Nil(t, none)
	_, err = store.Lock(t.Context(), s.pool, "bat_x")
	require.Equal(t, problem.BatchNotFound, problem.FromError(err).Reason)
	_, err = store.ByPart(t.Context(), s.pool, "abcd")
	require.Equal(t, problem.BatchNotFound, problem.FromError(err).Reason)
}

// What was published or discarded is not staged again, whoever comes late.
func TestAnEndedBatchStands(t *testing.T) {
	t.Parallel()
	s := open(t)
	done := s.published("shop", january, "a")
	gone := s.staged("shop", february, "b")
	require.NoError(t, store.Discarded(t.Context(), s.pool, gone))
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_DISCARDED, gone.GetState())

	for _, b := range []*ingestv1.Batch{done, gone} {
		for _, late := range []error{store.Begin(t.Context(), s.pool, b), store.Staged(t.Context(), s.pool, b)} {
			require.Equal(t, problem.BatchRejected, problem.FromError(late).Reason)
			require.ErrorContains(t, late, "was published or discarded by another call meanwhile")
		}
	}
	require.NoError(t, store.Discarded(t.Context(), s.pool, done))
	require.Equal(t, []string{"DISCARDED", "PUBLISHED"}, s.db.Rows(t, "select state from sf_ingest.batch order by 1"), "a published one stays so without its staging")
	again, err := store.Find(t.Context(), s.pool, done.GetId())
	require.NoError(t, err)
	require.Equal(t, done.GetPublishedAt().AsTime(), again.GetPublishedAt().AsTime())
}

// Staging that begins anew forgets what it came to before.
func TestABatchThatBeginsAnew(t *testing.T) {
	t.Parallel()
	s := open(t)
	b := s.staged("shop", january, "a")
	b.DatasetVersion, b.Run, b.RequestedBy = "v2", "run_2", "ann"

	require.NoError(t, store.Begin(t.Context(), s.pool, b))

	got, err := store.Find(t.Context(), s.pool, b.GetId())
	require.NoError(t, err)
	require.Equal(t, ingestv1.BatchState_BATCH_STATE_STAGING, got.GetState())
	require.Empty(t, got.GetFiles())
	require.Nil(t, got.GetStagedAt())
	require.Equal(t, []string{"v2", "run_2", "ann"}, []string{got.GetDatasetVersion(), got.GetRun(), got.GetRequestedBy()})
}

func TestBatchesAreListedFromTheNewest(t *testing.T) {
	t.Parallel()
	s := open(t)
	var all []string
	for i := range 6 {
		all = append([]string{s.begun("shop", []string{january, february}[i%2]).GetId()}, all...)
	}
	s.begun("other", january)
	for name, tc := range map[string]struct {
		asOf, before string
		limit        int
		want         []string
	}{
		"all":               {"", "", 10, all},
		"some":              {"", "", 2, all[:2]},
		"older than":        {"", all[1], 2, all[2:4]},
		"of an as_of":       {january, "", 10, []string{all[1], all[3], all[5]}},
		"of it, older than": {january, all[2], 10, []string{all[3], all[5]}},
		"of none":           {march, "", 10, nil},
		"older than all":    {"", all[5], 10, nil},
	} {
		got, err := store.List(t.Context(), s.pool, "shop", tc.asOf, tc.before, tc.limit)
		require.NoError(t, err, name)
		require.Equal(t, tc.want, ids(got), name)
	}
}

// The last one published is so by order, whatever the clock said.
func TestTheLastPublished(t *testing.T) {
	t.Parallel()
	s := open(t)
	none, err := store.LastPublished(t.Context(), s.pool, "shop", january)
	require.NoError(t, err)
	require.Nil(t, none)
	first := s.published("shop", january, "a")
	second := s.published("shop", january, "b")
	s.published("shop", february, "c")
	s.published("other", january, "d")
	s.staged("shop", january, "e")
	s.db.Exec(t, "update sf_ingest.batch set published_at = now() + interval '1 year' where id = $1", first.GetId())
	is := func(want string) {
		got, err := store.LastPublished(t.Context(), s.pool, "shop", january)
		require.NoError(t, err)
		require.Equal(t, want, got.GetId())
	}
	is(second.GetId())
	s.db.Exec(t, "update sf_ingest.batch set published_number = null where id = $1", second.GetId())
	is(first.GetId())
	s.db.Exec(t, "update sf_ingest.batch set published_number = null")
	is(first.GetId())
}

// Of several months with the same bytes the nearest earlier one is named, else the
// nearest later; what others have replaced counts too, behind what stands last of a month.
func TestTheSameBytesElsewhere(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.published("shop", "2023-11-30", "same")
	s.published("shop", "2023-12-31", "same")
	s.published("shop", january, "other")
	s.published("shop", march, "same")
	s.published("shop", "2024-04-30", "same")
	s.published("shop", "2024-05-31", "same")
	s.published("shop", "2024-05-31", "corrected")
	s.published("shop", "2023-10-31", "replaced")
	s.published("shop", "2023-10-31", "and back")
	s.published("shop", "2023-10-31", "replaced")
	s.published("shop", "2023-10-31", "last")
	s.published("shop", "2024-07-31", "replaced")
	s.published("shop", "2024-07-31", "and back")
	s.published("other", february, "only there")
	s.staged("shop", "2024-06-30", "not published")
	file := func(content string) *ingestv1.BatchFile {
		return &ingestv1.BatchFile{Table: "users", Name: "users.csv", SizeBytes: int64(len(content)), Sha256: content}
	}
	stands := func(asOf string) *store.Elsewhere { return &store.Elsewhere{AsOf: asOf} }
	for name, tc := range map[string]struct {
		asOf string
		file *ingestv1.BatchFile
		want *store.Elsewhere
	}{
		"the nearest earlier":      {february, file("same"), stands("2023-12-31")},
		"the nearest later":        {"2023-10-31", file("same"), stands("2023-11-30")},
		"earlier before nearer":    {"2024-03-30", file("same"), stands("2023-12-31")},
		"its own does not count":   {january, file("other"), nil},
		"its own is told":          {"2024-04-30", file("same"), &store.Elsewhere{AsOf: march, Own: true}},
		"its own, replaced":        {"2024-05-31", file("same"), &store.Elsewhere{AsOf: "2024-04-30", Own: true}},
		"what was corrected":       {february, file("corrected"), stands("2024-05-31")},
		"replaced":                 {february, file("replaced"), &store.Elsewhere{AsOf: "2023-10-31", Replaced: true}},
		"replaced, later":          {"2023-09-30", file("replaced"), &store.Elsewhere{AsOf: "2023-10-31", Replaced: true}},
		"replaced, of both":        {"2023-10-31", file("replaced"), &store.Elsewhere{AsOf: "2024-07-31", Replaced: true, Own: true}},
		"one stands, though later": {february, file("and back"), stands("2024-07-31")},
		"of another dataset":       {january, file("only there"), nil},
		"not published":            {january, file("not published"), nil},
		"another size":             {february, &ingestv1.BatchFile{Table: "users", SizeBytes: 5, Sha256: "same"}, nil},
		"another table":            {february, &ingestv1.BatchFile{Table: "orders", SizeBytes: 4, Sha256: "same"}, nil},
		"of a name that was moved": {february, &ingestv1.BatchFile{Table: "users", Name: "raw/u.csv", SizeBytes: 4, Sha256: "same"}, stands("2023-12-31")},
	} {
		got, err := store.SameElsewhere(t.Context(), s.pool, "shop", tc.asOf, tc.file)
		require.NoError(t, err, name)
		require.Equal(t, tc.want, got, name)
	}
}

func TestTheWatermark(t *testing.T) {
	t.Parallel()
	s := open(t)
	at := func(dataset string) string {
		asOf, err := store.Watermark(t.Context(), s.pool, dataset)
		require.NoError(t, err)
		return asOf
	}
	require.Empty(t, at("shop"))
	b := s.published("shop", january, "a")
	require.NoError(t, store.MoveWatermark(t.Context(), s.pool, "shop", january, b.GetId()))
	require.NoError(t, store.MoveWatermark(t.Context(), s.pool, "shop", february, b.GetId()))

	require.Equal(t, february, at("shop"))
	require.Empty(t, at("other"))

	// Who has it locked keeps others of the dataset waiting, and nobody else.
	tx, err := s.pool.Begin(t.Context())
	require.NoError(t, err)
	asOf, err := store.LockWatermark(t.Context(), tx, "shop")
	require.NoError(t, err)
	require.Equal(t, february, asOf)
	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = store.LockWatermark(short, s.pool, "shop")
	require.Error(t, err)
	_, err = store.LockWatermark(t.Context(), s.pool, "other")
	require.NoError(t, err)
	require.NoError(t, tx.Rollback(t.Context()))
	_, err = store.LockWatermark(t.Context(), s.pool, "shop")
	require.NoError(t, err)
}

func TestHowLiveWasLeft(t *testing.T) {
	t.Parallel()
	s := open(t)
	name := func(n string) relation.Relation { return relation.Relation{Schema: "public", Name: n} }
	b := s.published("shop", january, "a")
	left := []store.LiveTable{{name("users"), 3, "1/2/3", `{"oid":1}`}, {name(`o"dd`), 0, "", ""}}
	require.NoError(t, store.LeaveLive(t.Context(), s.pool, "shop", b.GetId(), left))
	require.NoError(t, store.LeaveLive(t.Context(), s.pool, "shop", b.GetId(), nil), "of no table")
	next := store.LiveTable{Table: name("users"), Rows: 4, Footprint: "1/2/4"}
	require.NoError(t, store.LeaveLive(t.Context(), s.pool, "shop", b.GetId(), []store.LiveTable{next}))

	got, err := store.LiveLeft(t.Context(), s.pool, "shop")
	require.NoError(t, err)
	none, err := store.LiveLeft(t.Context(), s.pool, "other")
	require.NoError(t, err)

	require.Equal(t, map[relation.Relation]store.LiveTable{name("users"): next, name(`o"dd`): left[1]}, got)
	require.Empty(t, none)
}

func TestWhatWasDeliveredLast(t *testing.T) {
	t.Parallel()
	s := open(t)
	none, err := store.LastDelivered(t.Context(), s.pool, "shop", "users")
	require.NoError(t, err)
	require.Nil(t, none)
	for _, want := range []store.PublishedTable{
		{AsOf: january, Rows: 10, Absent: 2, KeyColumns: []string{"id", "nr"}},
		{AsOf: february, Rows: 0, Absent: 12, KeyColumns: []string{}},
		{AsOf: march, Rows: 1, Absent: 0, KeyColumns: []string{"id"}},
	} {
		require.NoError(t, store.Delivered(t.Context(), s.pool, "shop", "users", want))
		got, err := store.LastDelivered(t.Context(), s.pool, "shop", "users")
		require.NoError(t, err)
		require.Equal(t, want, *got)
	}
	s.db.Exec(t, "insert into sf_ingest.departed (dataset, table_name, key) values ('shop', 'users', '{a}'), ('shop', 'orders', '{b}'), ('other', 'users', '{c}')")
	require.NoError(t, store.ForgetDeparted(t.Context(), s.pool, "shop", "users"))
	require.Equal(t, []string{"other|users", "shop|orders"}, s.db.Rows(t, "select dataset, table_name from sf_ingest.departed order by 1"))
}

// Staging that nobody needs is that of published batches, of discarded ones, and of all
// but the newest of those that failed.
func TestWhatStagingIsLeftOver(t *testing.T) {
	t.Parallel()
	s := open(t)
	add := func(b *ingestv1.Batch) string {
		require.NoError(t, store.AddRelation(t.Context(), s.pool, b.GetId(), "r_"+b.GetId()))
		return b.GetId()
	}
	done := add(s.published("shop", january, "a"))
	swept := s.published("shop", february, "b").GetId()
	gone := s.staged("shop", march, "c")
	add(gone)
	require.NoError(t, store.Discarded(t.Context(), s.pool, gone))
	old := add(s.staged("shop", march, "d"))
	newer := add(s.staged("shop", march, "e"))
	current := add(s.begun("shop", march))
	add(s.staged("other", march, "f"))
	for keep, want := range map[int][]string{0: {done, gone.GetId(), old, newer}, 1: {done, gone.GetId(), old}, 2: {done, gone.GetId()}} {
		got, err := store.Leftovers(t.Context(), s.pool, "shop", current, keep)
		require.NoError(t, err)
		require.Equal(t, want, got, "keep %d", keep)
		require.NotContains(t, got, swept)
	}
	names, err := store.Relations(t.Context(), s.pool, done)
	require.NoError(t, err)
	require.Equal(t, []string{"r_" + done}, names)
	require.NoError(t, store.RemoveRelation(t.Context(), s.pool, "r_"+done))
	require.NoError(t, store.RemoveRelation(t.Context(), s.pool, "r_"+done), "again")
	names, err = store.Relations(t.Context(), s.pool, done)
	require.NoError(t, err)
	require.Empty(t, names)
}
