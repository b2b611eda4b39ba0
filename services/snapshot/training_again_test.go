package snapshot_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func TestTheSameSetGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	built := s.trained(t, trainingRequest(january))
	first, err := s.export(built.GetId())
	require.NoError(t, err)
	sum := sha256.Sum256([]byte(first.text))
	require.Equal(t, hex.EncodeToString(sum[:]), first.file.GetSha256())
	require.EqualValues(t, len(first.text), first.file.GetBytes())
	require.EqualValues(t, 3, first.file.GetRows())
	require.Equal(t, "csv/1", first.head.GetWriter())
	require.Equal(t, "leaving_"+built.GetId()+".csv", first.head.GetName())

	s.stamped(t, march, peopleIn()) // history goes on
	again, err := s.export(built.GetId()[len(built.GetId())-8:])
	require.NoError(t, err)
	rebuilt, err := s.rebuild(first.file.GetManifest())
	require.NoError(t, err)

	require.Equal(t, first.text, again.text)
	require.Equal(t, first.head.String(), again.head.String())
	require.Equal(t, first.file.String(), again.file.String())
	require.Equal(t, first.text, rebuilt.text)
	require.Equal(t, first.file.String(), rebuilt.file.String())
	for _, req := range []*snapshotv1.VerifyTrainingSetRequest{{TrainingSet: built.GetId()}, {Manifest: first.file.GetManifest()}, {Manifest: built.GetManifest()}} {
		verified, err := s.client.VerifyTrainingSet(t.Context(), req)
		require.NoError(t, err)
		require.True(t, verified.GetSame(), verified.GetDifferences())
		require.EqualValues(t, 4, verified.GetSnapshots())
	}
}

// What others ask of a data set they find in the manifest: MLflow a name, a digest, the
// columns with their types, and which of them is the target.
func TestTheManifestSaysWhatAnMLflowDatasetIs(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	w, err := s.export(s.trained(t, trainingRequest(january)).GetId())
	require.NoError(t, err)
	var manifest struct {
		Name    string `json:"name"`
		Columns []struct{ Name, Type, Role string }
		Rows    int64
		File    struct{ SHA256, Format string }
	}
	require.NoError(t, json.Unmarshal([]byte(w.file.GetManifest()), &manifest))
	require.Equal(t, "leaving", manifest.Name)
	require.EqualValues(t, 3, manifest.Rows)
	require.Equal(t, w.file.GetSha256(), manifest.File.SHA256)
	require.Equal(t, "csv", manifest.File.Format)
	var header []string
	for _, c := range manifest.Columns {
		header = append(header, c.Name)
		require.NotEmpty(t, c.Type)
		require.Equal(t, c.Name == "left_us", c.Role == "label")
	}
	require.Equal(t, lines(w.text)[0], strings.Join(header, ","), "in the order of the file")
}

// What the manifest says is what anybody may run: its query gives the rows of the file.
func TestTheQueryOfTheManifestGivesTheRows(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	built := s.trained(t, defined(func(set *datasetv1.TrainingSet) {
		set.Entities.Where = []*datasetv1.Condition{{Column: "city", Is: datasetv1.Comparison_COMPARISON_EQUAL, Values: []string{`Köln, "am Dom"`}}}
		set.Split = &datasetv1.Split{By: datasetv1.SplitBy_SPLIT_BY_HASH, Parts: []*datasetv1.Part{{Name: "train", Share: 0.5}, {Name: "test", Share: 0.5}}}
	}, january))

	got := s.db.Rows(t, "select id || ',' || as_of || ',' || age || ',' || left_us from ("+strings.TrimSuffix(built.GetQuery(), ";")+") q")

	require.Equal(t, []string{"C,2024-01-31,41,true"}, got)
}

// Another installation has the same content under other numbers and names: what decides
// is the hash of the content.
func TestAManifestIsRebuiltElsewhere(t *testing.T) {
	t.Parallel()
	here, there := newSuite(t), newSuite(t)
	here.stamped(t, january, peopleIn())
	here.stamped(t, february, peopleIn())
	equal := with(peopleIn(), "usage", `values ('C', null::numeric, null::boolean), ('b', 2.25, false), ('a', 1.5000, true)`)
	there.stamped(t, february, equal)
	there.stamped(t, january, equal)
	built := here.trained(t, trainingRequest(january))
	first, err := here.export(built.GetId())
	require.NoError(t, err)

	rebuilt, err := there.rebuild(first.file.GetManifest())

	require.NoError(t, err)
	require.Equal(t, first.text, rebuilt.text, "values that are equal are written alike")
	verified, err := there.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: first.file.GetManifest()})
	require.NoError(t, err)
	require.True(t, verified.GetSame())

	elsewhere := newSuite(t)
	elsewhere.stamped(t, january, peopleIn())
	elsewhere.stamped(t, february, with(peopleIn(), "outcomes", `values ('a', false)`))
	_, err = elsewhere.rebuild(first.file.GetManifest())
	p := requireReason(t, err, problem.TrainingSetChanged)
	require.Contains(t, p.Message, "outcomes_s as of 2024-02-29: expected revision 1 with h1:3:")
	verified, err = elsewhere.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: first.file.GetManifest()})
	require.NoError(t, err)
	require.False(t, verified.GetSame())
	require.Len(t, verified.GetDifferences(), 1)

	nowhere := newSuite(t)
	_, err = nowhere.rebuild(first.file.GetManifest())
	require.Len(t, requireReason(t, err, problem.TrainingSetChanged).Violations, 4)
}

func TestRowsThatWereTamperedWithAreNamed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	built := s.trained(t, trainingRequest(january))
	first, err := s.export(built.GetId())
	require.NoError(t, err)

	s.db.Exec(t, "update sf_history.usage_s__2024_01_31__r1 set hours = 99 where id = 'a'")

	for _, req := range []*snapshotv1.VerifyTrainingSetRequest{{TrainingSet: built.GetId()}, {Manifest: first.file.GetManifest()}} {
		verified, err := s.client.VerifyTrainingSet(t.Context(), req)
		require.NoError(t, err)
		require.False(t, verified.GetSame())
		require.Contains(t, strings.Join(verified.GetDifferences(), "\n"), "usage_s as of 2024-01-31: expected h1:3:")
	}
	_, err = s.rebuild(first.file.GetManifest())
	p := requireReason(t, err, problem.TrainingSetChanged)
	require.Contains(t, p.Message, "what was written is not the file of the manifest; usage_s as of 2024-01-31: expected h1:3:")
	require.Equal(t, "usage_s", p.Violations[0].Subject)

	s.db.Exec(t, "drop table sf_history.usage_s__2024_01_31__r1")
	_, err = s.export(built.GetId())
	require.Contains(t, requireReason(t, err, problem.TrainingSetChanged).Message, "usage_s__2024_01_31__r1")
	verified, err := s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{TrainingSet: built.GetId()})
	require.NoError(t, err)
	require.Equal(t, []string{"usage_s as of 2024-01-31: expected its rows in sf_history.usage_s__2024_01_31__r1, found no such table; `sfctl snapshot verify --as-of 2024-01-31 --all` says what mends it"},
		verified.GetDifferences())
}

// A file that was exported from rows which somebody had changed is no good one, though it can
// be made again: the snapshot is named. Once its rows are right again, the file is said to be
// of others, and what writes the right one.
func TestAFileOfRowsThatWereTamperedWithIsTold(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	built := s.trained(t, trainingRequest(january))
	s.db.Exec(t, "update sf_history.usage_s__2024_01_31__r1 set hours = 99 where id = 'a'")
	forged, err := s.export(built.GetId())
	require.NoError(t, err)
	manifest := &snapshotv1.VerifyTrainingSetRequest{Manifest: forged.file.GetManifest()}

	verified, err := s.client.VerifyTrainingSet(t.Context(), manifest)
	require.NoError(t, err)
	require.False(t, verified.GetSame())
	require.Len(t, verified.GetDifferences(), 1, "the file can be made again")
	require.Contains(t, verified.GetDifferences()[0], "usage_s as of 2024-01-31: expected h1:3:")
	require.Contains(t, verified.GetDifferences()[0], "`sfctl snapshot verify --as-of 2024-01-31 --all` says what mends it")

	s.db.Exec(t, "update sf_history.usage_s__2024_01_31__r1 set hours = 1.5 where id = 'a'")
	verified, err = s.client.VerifyTrainingSet(t.Context(), manifest)
	require.NoError(t, err)
	require.Equal(t, string(problem.TrainingSetChanged), verified.GetReason())
	require.Len(t, verified.GetDifferences(), 2)
	for _, says := range []string{"snapshots: each holds what the manifest has of it", "`sfctl training-set export " + built.GetId() + "` writes it from what was stamped"} {
		require.Contains(t, verified.GetDifferences()[1], says)
	}
	_, err = s.rebuild(forged.file.GetManifest())
	require.Contains(t, requireReason(t, err, problem.TrainingSetChanged).Message, "of the snapshots each holds what the manifest has of it")
	right, err := s.export(built.GetId())
	require.NoError(t, err)
	verified, err = s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{Manifest: right.file.GetManifest()})
	require.NoError(t, err)
	require.True(t, verified.GetSame())
}

func TestTheCutOffHidesWhatBecameKnownLater(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, march, with(peopleIn(), "usage", `values ('a', 3, true)`))
	var before time.Time
	require.NoError(t, s.db.Owner.QueryRow(t.Context(), "select clock_timestamp()").Scan(&before))
	s.stamped(t, february, with(peopleIn(), "usage", `values ('b', 2, true)`)) // late
	s.stamped(t, "2024-04-30", peopleIn())
	req := defined(func(set *datasetv1.TrainingSet) { set.Features = []*datasetv1.Feature{{Column: "usage_s.hours"}} }, march)

	now := s.trained(t, req)
	require.Equal(t, []string{"C,2024-03-31,,true", "a,2024-03-31,3,true", "b,2024-03-31,2,false"}, lines(s.csv(t, now))[1:])

	req.KnownAt, req.Waive = timestamppb.New(before), []string{"LABEL_NOT_STAMPED"}
	then := s.trained(t, req)
	require.Equal(t, []string{"C,2024-03-31,,", "a,2024-03-31,3,", "b,2024-03-31,2.25,"}, lines(s.csv(t, then))[1:],
		"neither February's features nor April's labels were known")
	require.Equal(t, before.UTC().Truncate(time.Microsecond), then.GetKnownAt().AsTime().Truncate(time.Microsecond))
}

func TestARequestMayBeSentAgain(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	req := trainingRequest(january)
	req.RequestId = "req_1"

	first := s.trained(t, req)
	s.stamped(t, march, peopleIn())
	again := s.trained(t, req)
	require.Equal(t, first.String(), again.String())

	other := proto.CloneOf(req)
	other.Waive = []string{"LABEL_COVERAGE_LOW"}
	_, _, err := s.train(other)
	requireReason(t, err, problem.RequestIDReused)

	req.RequestId = ""
	one, another := s.trained(t, req), s.trained(t, req)
	require.NotEqual(t, one.GetId(), another.GetId(), "without a key each call builds one")
}

// Sent at once, both are answered with the one that is recorded.
func TestTwoAtOnceUnderOneKeyAreOne(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	req := trainingRequest(january)
	req.RequestId = "req_1"
	ids := make(chan string, 8)
	for range cap(ids) {
		go func() {
			built, _, err := s.train(req)
			if err != nil {
				ids <- err.Error()
				return
			}
			ids <- built.GetId()
		}()
	}
	first := <-ids
	for range cap(ids) - 1 {
		require.Equal(t, first, <-ids)
	}
	require.Equal(t, []string{first}, s.db.Rows(t, "select id from sf_snapshot.training_set"))
	require.Equal(t, []string{"4"}, s.db.Rows(t, "select count(*) from sf_snapshot.training_set_pin"))
}

func TestTrainingSetsAreListedInPages(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	var all []string
	for range 5 {
		all = append([]string{s.trained(t, trainingRequest(january)).GetId()}, all...)
	}
	for _, size := range []int32{0, 1, 2, 5} {
		var got []string
		req := &snapshotv1.ListTrainingSetsRequest{Dataset: "people", TrainingSet: "leaving", PageSize: size}
		for {
			page, err := s.client.ListTrainingSets(t.Context(), req)
			require.NoError(t, err)
			for _, set := range page.GetTrainingSets() {
				got = append(got, set.GetId())
			}
			if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
				break
			}
		}
		require.Equal(t, all, got)
	}
	none, err := s.client.ListTrainingSets(t.Context(), &snapshotv1.ListTrainingSetsRequest{Dataset: "people", TrainingSet: "other"})
	require.NoError(t, err)
	require.Empty(t, none.GetTrainingSets())
	_, err = s.client.ListTrainingSets(t.Context(), &snapshotv1.ListTrainingSetsRequest{Dataset: "people", PageToken: "dHJr"})
	requireReason(t, err, problem.InvalidRequest)

	got, err := s.client.GetTrainingSet(t.Context(), &snapshotv1.GetTrainingSetRequest{TrainingSet: all[2]})
	require.NoError(t, err)
	require.Equal(t, all[2], got.GetTrainingSet().GetId())
	_, err = s.client.GetTrainingSet(t.Context(), &snapshotv1.GetTrainingSetRequest{TrainingSet: "trn_0"})
	requireReason(t, err, problem.AmbiguousID)
	require.ErrorContains(t, err, fmt.Sprintf("which %s, %s, %s and others have", all[4], all[3], all[2]), "as of runs and batches")
	_, err = s.client.GetTrainingSet(t.Context(), &snapshotv1.GetTrainingSetRequest{TrainingSet: "trn_nobody"})
	requireReason(t, err, problem.TrainingSetNotFound)
	_, err = s.export("nobody")
	requireReason(t, err, problem.TrainingSetNotFound)
}

func TestManifestsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	good := s.trained(t, trainingRequest(january)).GetManifest()
	for name, test := range map[string]struct{ from, to, says string }{
		"another format":       {"streamflow.training-set/1", "streamflow.training-set/2", `expected format "streamflow.training-set/1", found "streamflow.training-set/2"`},
		"a field too many":     {`"rows": 3,`, `"rows": 3, "cols": 4,`, `unknown field "cols"`},
		"no JSON":              {"{", "<", "invalid character"},
		"something behind":     {"\n}\n", "\n}\n{}", "found something behind its end"},
		"another name":         {`"as": "watched"`, `"as": "seen"`, "columns: expected those of the definition, found others"},
		"SQL for a name":       {`"as": "watched"`, `"as": "x\" from pg_authid --"`, "expected a name of lower case letters"},
		"another column":       {`"column": "persons_s.age"`, `"column": "persons_s.salary"`, `expected a column of snapshot "persons_s", found "salary"`},
		"SQL for a type":       {"\"name\": \"hours\",\n          \"type\": \"numeric\"", "\"name\": \"hours\", \"type\": \"numeric); drop table x; --\"", "tables: usage_s.hours: expected one of text"},
		"a snapshot less":      {`"as_of": "2024-02-29",`, `"as_of": "2024-03-31",`, "snapshots: expected those that the joins use, found more"},
		"a feature of later":   {`"sources": [`, `"sources": [ ["2024-02-29"],`, "joins: expected 3 sources as of 2024-01-31, found 4"},
		"a definition of none": {`"definition": {`, `"definition": {"nonsense": 1,`, "definition: "},
	} {
		require.Contains(t, good, test.from, name)
		_, err := s.rebuild(strings.Replace(good, test.from, test.to, 1))
		require.Contains(t, requireReason(t, err, problem.TrainingManifestInvalid).Message, test.says, name)
	}
	var dense bytes.Buffer
	require.NoError(t, json.Compact(&dense, []byte(good)))
	w, err := s.rebuild(dense.String())
	require.NoError(t, err, "another layout is the same manifest")
	var manifest map[string]any
	require.NoError(t, json.Unmarshal([]byte(w.file.GetManifest()), &manifest))
	require.Contains(t, manifest, "file")

	_, err = s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{})
	requireReason(t, err, problem.InvalidRequest)
	_, err = s.client.VerifyTrainingSet(t.Context(), &snapshotv1.VerifyTrainingSetRequest{TrainingSet: "x", Manifest: "y"})
	requireReason(t, err, problem.InvalidRequest)
}

func TestRequestsThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	s.stamped(t, february, peopleIn())
	for name, test := range map[string]struct {
		change func(*snapshotv1.BuildTrainingSetRequest)
		reason problem.Reason
		says   string
	}{
		"no such set": {func(r *snapshotv1.BuildTrainingSetRequest) { r.TrainingSet = "leavin" }, problem.TrainingSetNotFound,
			`expected a training set of dataset people, found "leavin": did you mean "leaving"?; it declares leaving`},
		"neither": {func(r *snapshotv1.BuildTrainingSetRequest) { r.TrainingSet = "" }, problem.InvalidRequest, "found neither"},
		"both":    {func(r *snapshotv1.BuildTrainingSetRequest) { r.Definition = leaving() }, problem.InvalidRequest, "found both"},
		"no dates": {func(r *snapshotv1.BuildTrainingSetRequest) { r.AsOf = nil }, problem.TrainingSetInvalid,
			"as_of: expected the dates to build the set for, found none"},
		"off the calendar": {func(r *snapshotv1.BuildTrainingSetRequest) { r.AsOf.Dates = []string{"2024-01-30"} }, problem.TrainingSetInvalid,
			"as_of.dates[0]: expected the last day of a month, found 2024-01-30; the closest is 2024-01-31"},
		"not stamped": {func(r *snapshotv1.BuildTrainingSetRequest) { r.AsOf.Dates = []string{march} }, problem.SnapshotNotFound,
			"found nothing of persons_s as of 2024-03-31 (the newest is of 2024-02-29)"},
		"not collected": {func(r *snapshotv1.BuildTrainingSetRequest) {
			r.AsOf.Dates = []string{"2023-12-31"}
			r.Declaration.Tables[0].Since = january
		}, problem.SnapshotNotFound, "found nothing of persons_s as of 2023-12-31 (the newest is of 2024-02-29): its table is collected since 2024-01-31 only"},
		"not known": {func(r *snapshotv1.BuildTrainingSetRequest) { r.KnownAt = timestamppb.New(time.Unix(0, 0)) }, problem.SnapshotNotFound,
			"found nothing of persons_s as of 2024-01-31 (nothing of it is); of persons_s at any date until as of 2024-01-31 (nothing of it is)"},
		"the future": {func(r *snapshotv1.BuildTrainingSetRequest) { r.KnownAt = timestamppb.New(time.Now().Add(time.Hour)) }, problem.TrainingSetInvalid,
			"known_at: expected a moment that has passed"},
		"no guard": {func(r *snapshotv1.BuildTrainingSetRequest) { r.Waive = []string{"LABEL_NOT_LATR"} }, problem.InvalidRequest,
			`did you mean "LABEL_NOT_LATER"?`},
		"nobody asks":         {func(r *snapshotv1.BuildTrainingSetRequest) { r.RequestedBy = "" }, problem.InvalidRequest, "requested_by"},
		"without the content": {func(r *snapshotv1.BuildTrainingSetRequest) { r.Declaration = nil }, problem.InvalidRequest, "declaration"},
		"no row": {func(r *snapshotv1.BuildTrainingSetRequest) {
			r.Declaration.TrainingSets[0].Entities.Where = []*datasetv1.Condition{{Column: "age", Is: datasetv1.Comparison_COMPARISON_LESS, Values: []string{"0"}}}
		}, problem.TrainingSetInvalid, "expected rows, found none: no row of persons_s at these dates meets the conditions"},
	} {
		req := trainingRequest(january)
		test.change(req)
		_, _, err := s.train(req)
		require.Contains(t, requireReason(t, err, test.reason).Message, test.says, name)
	}
	require.Empty(t, s.db.Rows(t, "select id from sf_snapshot.training_set"))
}

// A set that the request itself defines is judged as one that is declared: what is not
// there is refused with the nearest name that is.
func TestAMisspeltNameOfASetThatIsDeclaredNowhereIsGuessed(t *testing.T) {
	t.Parallel()
	s := newSuite(t)
	s.stamped(t, january, peopleIn())
	for name, test := range map[string]struct {
		change func(*datasetv1.TrainingSet)
		path   string
		says   string
	}{
		"a feature": {func(d *datasetv1.TrainingSet) { d.Features[1].Column = "usage_s.huors" }, "features[1].column",
			`expected a column of snapshot "usage_s", found "huors": did you mean "hours"?`},
		"a feature's snapshot": {func(d *datasetv1.TrainingSet) { d.Features[0].Column = "person_s.age" }, "features[0].column",
			`found "person_s": did you mean "persons_s"?`},
		"the label": {func(d *datasetv1.TrainingSet) { d.Label.Column = "outcomes_s.left_as" }, "label.column",
			`expected a column of snapshot "outcomes_s", found "left_as": did you mean "left_us"?`},
		"the entities": {func(d *datasetv1.TrainingSet) { d.Entities.Snapshot = "persons" }, "entities.snapshot",
			`found "persons": did you mean "persons_s"?`},
		"like nothing that is there": {func(d *datasetv1.TrainingSet) { d.Features[0].Column = "persons_s.zzzzzzzz" }, "features[0].column",
			`expected a column of snapshot "persons_s", found "zzzzzzzz"`},
	} {
		_, _, err := s.train(defined(test.change, january))

		p := requireReason(t, err, problem.TrainingSetInvalid)
		require.NotEmpty(t, p.Violations, name)
		require.Equal(t, test.path, p.Violations[0].Subject, name)
		require.Contains(t, p.Violations[0].Description, test.says, name)
		require.Equal(t, strings.Contains(test.says, "did you mean"), strings.Contains(p.Violations[0].Description, "did you mean"), name)
	}
}
