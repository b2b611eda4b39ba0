package snapshot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/pgtest"
	"github.com/streamflow/streamflow/platform/postgres"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

// asked asks for the set of people, of entity rows of the caller's own.
func asked(csv string) *snapshotv1.BuildTrainingSetRequest {
	req := trainingRequest()
	req.AsOf, req.EntityRows = nil, &snapshotv1.EntityRows{Csv: csv, Name: "asked.csv"}
	return req
}

const askedRows = `home,event_timestamp,id
1,2024-02-10T12:00:00+01:00,b
,2024-01-31,C
2,2024-01-31 23:59:59,a
2,2024-02-29,a
`

// year stamps three months in which everything moves.
func (s *suite) year(t testing.TB) {
	t.Helper()
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, with(with(peopleIn(), "usage", `values ('a', 9, false)`), "outcomes", `values ('a', false), ('b', true), ('C', true)`))
	s.stamped(t, march, with(peopleIn(), "outcomes", `values ('a', true)`))
}

func TestEachEntityRowHasWhatWasSoAtItsMoment(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)

	built := s.trained(t, asked(askedRows))

	require.Equal(t, `id,event_timestamp,as_of,age,watched,active,rooms,left_us
C,2024-01-31 00:00:00,2024-01-31,41,,,,true
a,2024-01-31 23:59:59,2024-01-31,20,1.5,true,4,false
b,2024-02-10 11:00:00,2024-01-31,30,2.25,false,3,true
a,2024-02-29 00:00:00,2024-02-29,20,9,false,4,true
`, strings.ReplaceAll(s.csv(t, built), "+00,", ","), "of periods in their order, by key and moment; the label is of the period after")
	require.Equal(t, []string{january, february}, built.GetAsOf())
	require.Equal(t, "asked.csv", built.GetEntityRows().GetName())
	require.EqualValues(t, 4, built.GetEntityRows().GetRows())
	require.Regexp(t, `^h1:4:-?\d+$`, built.GetEntityRows().GetContentHash())
	require.Equal(t, "event_timestamp", built.GetColumns()[1].GetRole())
	s.sameInEveryFormat(t, built.GetId())
	got := s.db.Rows(t, "select id || ' ' || as_of || ' ' || watched from ("+strings.Split(built.GetQuery(), ";\n\n")[0]+") q where watched is not null")
	require.Equal(t, []string{"a 2024-01-31 1.5", "b 2024-01-31 2.25"}, got, "the query of the manifest is what anybody may run")
}

// What was brought is kept: the same bytes come out for ever, in any order, here, and
// elsewhere where the rows are brought again.
func TestEntityRowsArePinned(t *testing.T) {
	t.Parallel()
	here, there := newSuite(t), newSuite(t)
	here.year(t)
	there.year(t)
	built := here.trained(t, asked(askedRows))
	first, err := here.export(built.GetId())
	require.NoError(t, err)
	again, err := here.export(built.GetId())
	require.NoError(t, err)
	require.Equal(t, first, again)
	turned := "id,home,event_timestamp\na,02,2024-02-29T01:00:00+01:00\na,2,2024-01-31 23:59:59\nC,,2024-01-31\nb,1,2024-02-10T11:00:00Z\n"
	other := here.trained(t, asked(turned))
	require.Equal(t, built.GetEntityRows().GetContentHash(), other.GetEntityRows().GetContentHash(), "equal rows are equal however they are written")
	require.Equal(t, first.text, here.csv(t, other))

	for _, given := range []*snapshotv1.EntityRows{nil, {Csv: turned}} {
		require.Equal(t, first.text, here.rebuilt(t, first.file.GetManifest(), given))
		require.Empty(t, here.unlike(t, first.file.GetManifest(), given))
		require.Empty(t, here.unlike(t, built.GetManifest(), given))
	}
	_, err = there.rebuild(first.file.GetManifest())
	require.Contains(t, requireReason(t, err, problem.TrainingSetChanged).Message, "to be kept here, found none: give them beside the manifest")
	require.Contains(t, there.unlike(t, first.file.GetManifest(), nil), "expected those of asked.csv, "+built.GetEntityRows().GetContentHash())
	require.Equal(t, first.text, there.rebuilt(t, first.file.GetManifest(), &snapshotv1.EntityRows{Csv: turned}))
	require.Empty(t, there.unlike(t, first.file.GetManifest(), &snapshotv1.EntityRows{Csv: turned}))
	require.Equal(t, []string{"0"}, there.db.Rows(t, "select count(*) from sf_snapshot.training_set_entity"), "what is brought to compare is not kept")

	less := &snapshotv1.EntityRows{Csv: "id,home,event_timestamp\na,2,2023-01-31\n", Name: "less.csv"}
	require.Contains(t, there.unlike(t, first.file.GetManifest(), less), "entity rows: expected h1:4:")
	_, err = there.rebuildOf(first.file.GetManifest(), less)
	require.Contains(t, requireReason(t, err, problem.TrainingSetChanged).Message, "in less.csv")
	_, err = there.rebuildOf(first.file.GetManifest(), &snapshotv1.EntityRows{Csv: "id\n"})
	requireReason(t, err, problem.EntityRowsInvalid)
	_, err = here.rebuildOf(here.trained(t, trainingRequest(january)).GetManifest(), less)
	require.Contains(t, requireReason(t, err, problem.TrainingSetInvalid).Message, "expected no entity rows beside a manifest whose entities are of snapshot persons_s")
}

func TestEntityRowsThatWereTamperedWithAreNamed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)
	built := s.trained(t, asked(askedRows))
	first, err := s.export(built.GetId())
	require.NoError(t, err)
	s.db.Exec(t, "update sf_snapshot.training_set_entity set key[1] = 'z' where key[1] = 'b'")

	for _, manifest := range []string{built.GetManifest(), first.file.GetManifest()} {
		require.Contains(t, s.unlike(t, manifest, nil), "entity rows: expected "+built.GetEntityRows().GetContentHash()+", found h1:4:")
	}
	_, err = s.rebuild(first.file.GetManifest())
	requireReason(t, err, problem.TrainingSetChanged)
	require.Equal(t, first.text, s.rebuilt(t, first.file.GetManifest(), &snapshotv1.EntityRows{Csv: askedRows}), "with the file it is made again")
	_, err = s.db.Pool(t, "sf_snapshot").Exec(t.Context(), "delete from sf_snapshot.training_set_entity")
	require.ErrorContains(t, err, "immutable", "the service itself cannot")
}

func TestGuardsHoldForEntityRows(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)
	embargo := func(set *datasetv1.TrainingSet) {
		set.Embargo, set.Features = 10, []*datasetv1.Feature{{Column: "usage_s.hours", Window: 30}}
	}
	for name, test := range map[string]struct {
		change func(*datasetv1.TrainingSet)
		rows   string
		reason problem.Reason
		says   string
	}{
		"no horizon": {func(set *datasetv1.TrainingSet) { set.Label.Horizon = proto.Int32(0) }, "a,2024-02-10", problem.LabelNotLater, "both are of 2024-01-31"},
		"the label": {func(set *datasetv1.TrainingSet) {
			set.Features[0].Column = "outcomes_s.left_us"
			set.Features[0].As = "x"
		}, "a,2024-02-10", problem.LabelAmongFeatures, "x"},
		"unstamped": {nil, "a,2024-04-01", problem.LabelNotStamped, "as of 2024-04-30"},
		"unknown":   {func(set *datasetv1.TrainingSet) { set.MinCoverage = proto.Float64(0.5) }, "nobody,2024-02-10", problem.LabelCoverageLow, "found 0 %"},
		"embargo":   {embargo, "a,2024-02-09", problem.FeatureWindowTooLate, "until 2024-01-30, 10 days before 2024-02-09"},
	} {
		req := asked("id,event_timestamp\n" + test.rows + "\n")
		set := leaving()
		set.Features = set.GetFeatures()[:3]
		if test.change != nil {
			test.change(set)
		}
		req.TrainingSet, req.Definition = "", set
		_, _, err := s.train(req)
		require.Contains(t, requireReason(t, err, test.reason).Message, test.says, name)
		require.Equal(t, []string{"0"}, s.db.Rows(t, "select (select count(*) from sf_snapshot.training_set_entity) + (select count(*) from sf_snapshot.training_set_entities)"), "nothing of it is left")

		req.Waive = []string{string(test.reason)}
		require.Equal(t, string(test.reason), s.trained(t, req).GetWaived()[0].GetReason(), name)
		s.db.Exec(t, "delete from sf_snapshot.training_set_entities; delete from sf_snapshot.training_set_entity")
	}
	late := asked("id,event_timestamp\na,2024-02-10\n")
	late.TrainingSet, late.Definition = "", leaving()
	embargo(late.GetDefinition())
	s.trained(t, late) // the window ended ten days before
}

func TestEntityRowsThatCannotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)
	conditions := leaving()
	conditions.Entities.Where = []*datasetv1.Condition{{Column: "age", Is: datasetv1.Comparison_COMPARISON_PRESENT}}
	named := leaving()
	named.Features[0].As = "event_timestamp"
	timely := leaving()
	timely.Split = &datasetv1.Split{By: datasetv1.SplitBy_SPLIT_BY_TIME, Parts: []*datasetv1.Part{{Name: "train", Share: 0.5}, {Name: "test", Share: 0.5}}}
	january := "id,home,event_timestamp\na,1,2024-01-31\n"
	for name, test := range map[string]struct {
		change func(*snapshotv1.BuildTrainingSetRequest)
		reason problem.Reason
		says   string
	}{
		"dates": {func(r *snapshotv1.BuildTrainingSetRequest) {
			r.AsOf = &datasetv1.AsOfDates{Dates: []string{"2024-01-31"}}
		}, problem.TrainingSetInvalid, "expected no dates beside entity rows"},
		"conditions": {func(r *snapshotv1.BuildTrainingSetRequest) { r.TrainingSet, r.Definition = "", conditions }, problem.TrainingSetInvalid, "expected no conditions beside entity rows"},
		"a name":     {func(r *snapshotv1.BuildTrainingSetRequest) { r.TrainingSet, r.Definition = "", named }, problem.TrainingSetInvalid, "call it otherwise with as"},
		"a split":    {func(r *snapshotv1.BuildTrainingSetRequest) { r.TrainingSet, r.Definition = "", timely }, problem.TrainingSetInvalid, "found 1 periods and 2 parts"},
		"a column":   {func(r *snapshotv1.BuildTrainingSetRequest) { r.EntityRows.Csv = "id,event_timestamp\na,2024-01-31\n" }, problem.EntityRowsInvalid, "asked.csv:1: expected the columns id, home, event_timestamp, found none called home"},
		"a value":    {func(r *snapshotv1.BuildTrainingSetRequest) { r.EntityRows.Csv += "a,two,2024-01-30\n" }, problem.EntityRowsInvalid, "asked.csv:3: column home: expected a value of type integer"},
		"twice": {func(r *snapshotv1.BuildTrainingSetRequest) {
			r.EntityRows.Csv += "b,1,2024-01-31\na,2,2024-01-31T00:00:00Z\n"
		}, problem.EntityRowsInvalid, "asked.csv:4: expected each entity once at a moment, found the one of line 2 again"},
		"too early": {func(r *snapshotv1.BuildTrainingSetRequest) { r.EntityRows.Csv += "a,1,2023-12-01\n" }, problem.SnapshotNotFound, "usage_s at any date until as of 2023-11-30"},
		"no name":   {func(r *snapshotv1.BuildTrainingSetRequest) { r.EntityRows = &snapshotv1.EntityRows{Csv: "x\n"} }, problem.EntityRowsInvalid, "entity_rows:1: "},
		"too many":  {func(r *snapshotv1.BuildTrainingSetRequest) { r.EntityRows.Csv = strings.Repeat("x", 4<<20+1) }, problem.InvalidRequest, "entity_rows.csv"},
	} {
		req := asked(january)
		test.change(req)
		_, _, err := s.train(req)
		p := requireReason(t, err, test.reason)
		require.Contains(t, p.Message+fmt.Sprint(p.Violations), test.says, name)
	}
	require.Equal(t, []string{"0"}, s.db.Rows(t, "select count(*) from sf_snapshot.training_set_entity"))
}

// What a dataset declares of dates and conditions is of the rows that it takes of a
// snapshot: those that somebody brings are all meant.
func TestEntityRowsTakeThePlaceOfWhatIsDeclared(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)
	req := asked("id,home,event_timestamp\na,2,2024-01-31\nb,1,2024-01-31\n")
	declared := req.GetDeclaration().GetTrainingSets()[0]
	declared.AsOf = &datasetv1.AsOfDates{Dates: []string{february}}
	declared.Entities.Where = []*datasetv1.Condition{{Column: "age", Is: datasetv1.Comparison_COMPARISON_GREATER, Values: []string{"25"}}}

	built := s.trained(t, req)

	require.Equal(t, []string{january}, built.GetAsOf())
	require.EqualValues(t, 2, built.GetRows())
	require.Empty(t, built.GetDefinition().GetEntities().GetWhere(), "the manifest has the definition as it was built")
	require.Nil(t, built.GetDefinition().GetAsOf())
}

// Many thousand rows are kept in several statements; two that ask under one key at once get
// one set, and another question under that key is refused.
func TestEntityRowsAreKeptOnceForARequest(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.year(t)
	var b strings.Builder
	b.WriteString("id,home,event_timestamp\n")
	for i := range 12_000 {
		fmt.Fprintf(&b, "%s,%d,%s\n", string("abC"[i%3]), i%3, time.Date(2024, 2, 1, 0, i, 0, 0, time.UTC).Format(time.RFC3339))
	}
	req := asked(b.String())
	req.RequestId, req.Waive = "req_rows", []string{"LABEL_AMONG_FEATURES", "FEATURE_LIFT_HIGH"}
	var group sync.WaitGroup
	ids, errs := make([]string, 2), make([]error, 2)
	for i := range ids {
		group.Go(func() {
			built, _, err := s.train(req)
			ids[i], errs[i] = built.GetId(), err
		})
	}
	group.Wait()
	require.NoError(t, errors.Join(errs...))
	require.NotEmpty(t, ids[0])
	require.Equal(t, ids[0], ids[1])
	require.Equal(t, []string{"12000"}, s.db.Rows(t, "select count(*) from sf_snapshot.training_set_entity"))
	other := asked(askedRows)
	other.RequestId = req.GetRequestId()
	_, _, err := s.train(other)
	requireReason(t, err, problem.RequestIDReused)
}

// Builds at once do not wait for connections of each other: one of the pool is enough.
func TestEntityRowsNeedOneConnectionOfThePool(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool, err := postgres.Open(postgres.PoolConfig{URL: db.URL("sf_snapshot"), MaxConns: 1})
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	s := suiteOn(t, db, pool)
	s.year(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()

	stream, err := s.client.BuildTrainingSet(ctx, asked(askedRows))
	require.NoError(t, err)
	for err == nil {
		_, err = stream.Recv()
	}

	require.ErrorIs(t, err, io.EOF)
	require.Equal(t, []string{"4"}, s.db.Rows(t, "select count(*) from sf_snapshot.training_set_entity"))
}

// A cut-off hides what became known later from entity rows, too.
func TestEntityRowsHaveACutOff(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, march, peopleIn())
	before := s.now(t)
	s.stamped(t, february, with(peopleIn(), "usage", `values ('a', 2, true)`))
	req := asked("id,event_timestamp\na,2024-02-29\n")
	req.TrainingSet, req.Definition = "", leaving()
	req.Definition.Features = []*datasetv1.Feature{{Column: "usage_s.hours"}}
	require.Contains(t, s.csv(t, s.trained(t, req)), ",2024-02-29,2,true\n")
	req.KnownAt = timestamppb.New(before)
	require.Contains(t, s.csv(t, s.trained(t, req)), ",2024-02-29,1.5,true\n")
}

func (s *suite) rebuildOf(manifest string, rows *snapshotv1.EntityRows) (written, error) {
	stream, err := s.client.RebuildTrainingSet(context.Background(), &snapshotv1.RebuildTrainingSetRequest{Manifest: manifest, EntityRows: rows})
	if err != nil {
		return written{}, err
	}
	return receiveFile(stream.Recv)
}

func (s *suite) rebuilt(t *testing.T, manifest string, rows *snapshotv1.EntityRows) string {
	t.Helper()
	w, err := s.rebuildOf(manifest, rows)
	require.NoError(t, err)
	return w.text
}

// unlike is what verify says differs; empty where all is the same.
func (s *suite) unlike(t *testing.T, manifest string, rows *snapshotv1.EntityRows) string {
	t.Helper()
	verified, err := s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: manifest, EntityRows: rows})
	require.NoError(t, err)
	require.Equal(t, verified.GetSame(), len(verified.GetDifferences()) == 0)
	return strings.Join(verified.GetDifferences(), "\n")
}
