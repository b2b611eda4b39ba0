package command_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

const churnRows = "user_id,as_of,churn_label\n7590-VHVEG,2024-01-31,false\n"

// trained is a gateway that has built two training sets.
func trained(t *testing.T) *gatewaytest.Gateway {
	t.Helper()
	return gatewaytest.Start(t, &gatewaytest.Gateway{
		TrainingSets: []*snapshotv1.TrainingSet{
			{
				Id: "trn_01hq7d0002", Dataset: "streamflow", Name: "churn", DatasetVersion: "3f2a",
				Definition: &datasetv1.TrainingSet{Name: "churn", Label: &datasetv1.Label{Column: "labels_snapshots.churn_label", Horizon: proto.Int32(0)}},
				AsOf:       []string{"2024-01-31"}, KnownAt: after(time.Hour / 2), CreatedAt: after(time.Hour / 2), RequestedBy: "ana@desk",
				Rows: 7043, Labelled: 7043, Manifest: "{}\n", ManifestHash: "9a1f",
				Parts: []*snapshotv1.PartRows{{Name: "train", Rows: 5634}, {Name: "test", Rows: 1409}},
				Columns: []*snapshotv1.TrainingColumn{
					{Name: "user_id", Type: "text", Role: "key", Source: "users_snapshots.user_id"}, {Name: "as_of", Type: "date", Role: "as_of"},
					{Name: "churn_label", Type: "boolean", Role: "label", Source: "labels_snapshots.churn_label"},
				},
				Snapshots: []*snapshotv1.PinnedSnapshot{
					{Snapshot: "labels_snapshots", AsOf: "2024-01-31", Revision: 2, ContentHash: "h1:7043:1", KnownAt: after(0), Rows: 7043},
					{Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 1, ContentHash: "h1:7043:2", KnownAt: after(0), Rows: 7043},
				},
				Waived: []*snapshotv1.WaivedGuard{
					{Reason: "LABEL_NOT_LATER", Found: []string{"both are of 2024-01-31"}}, {Reason: "FEATURE_LIFT_HIGH"},
				},
			},
			{
				Id: "trn_01hq7d0001", Name: "churn", AsOf: []string{"2023-11-30", "2023-12-31", "2024-01-31"}, Rows: 21129, Labelled: 21000,
				KnownAt: after(0), CreatedAt: after(0), RequestedBy: "ben",
			},
		},
		Rows: churnRows, Written: &snapshotv1.TrainingFile{Bytes: int64(len(churnRows)), Rows: 1, Sha256: "5ha", Manifest: "{\"file\": 1}\n"},
	})
}

func TestTrainingSetBuild(t *testing.T) {
	t.Parallel()
	g := trained(t)

	got := sfctl(at(g), "training-set", "build", "churn", "--as-of", "2024-01-31", "--horizon", "0", "--waive", "LABEL_NOT_LATER,FEATURE_LIFT_HIGH", "--request-id", "req_7")

	require.Zero(t, got.code, got.err)
	golden.Equal(t, "training-set-build", got.out)
	require.Contains(t, got.err, "sfctl training-set export trn_01hq7d0002 -o churn.csv")
	req := gatewaytest.Requests[*snapshotv1.BuildTrainingSetRequest](g)[0]
	require.True(t, proto.Equal(&snapshotv1.BuildTrainingSetRequest{
		Dataset: "streamflow", TrainingSet: "churn", AsOf: &datasetv1.AsOfDates{Dates: []string{"2024-01-31"}}, Horizon: proto.Int32(0),
		Waive: []string{"LABEL_NOT_LATER", "FEATURE_LIFT_HIGH"}, RequestedBy: "ana@desk", RequestId: "req_7",
	}, req), req)
}

func TestTrainingSetBuildOfItsOwn(t *testing.T) {
	t.Parallel()
	g := trained(t)

	got := sfctl(at(g), "training-set", "build", "--features", "a.x,b.y", "--label", "c.z", "--as-of", "2024-01-31..2024-03-31",
		"--known-at", "2024-04-01T00:00:00Z", "--dataset", "shop", "-o", "name")

	require.Zero(t, got.code, got.err)
	require.Equal(t, "trn_01hq7d0002\n", got.out)
	req := gatewaytest.Requests[*snapshotv1.BuildTrainingSetRequest](g)[0]
	require.Equal(t, "a", req.GetDefinition().GetEntities().GetSnapshot())
	require.Equal(t, "b.y", req.GetDefinition().GetFeatures()[1].GetColumn())
	require.Equal(t, "c.z", req.GetDefinition().GetLabel().GetColumn())
	require.Equal(t, "2024-03-31", req.GetAsOf().GetTo())
	require.Nil(t, req.Horizon)
	require.EqualValues(t, 1711929600, req.GetKnownAt().GetSeconds())
	require.NotEmpty(t, req.GetRequestId())
}

// What a set of one's own calls its columns is said as in SQL.
func TestTrainingSetBuildCallsColumns(t *testing.T) {
	t.Parallel()
	g := trained(t)

	got := sfctl(at(g), "training-set", "build", "--features", "a.x as hours, b.x  AS days,b.y", "--label", "c.z as churned", "--as-of", "2024-01-31", "-o", "name")

	require.Zero(t, got.code, got.err)
	d := gatewaytest.Requests[*snapshotv1.BuildTrainingSetRequest](g)[0].GetDefinition()
	require.Equal(t, "a", d.GetEntities().GetSnapshot())
	for i, want := range [][]string{{"a.x", "hours"}, {"b.x", "days"}, {"b.y", ""}} {
		require.Equal(t, want, []string{d.GetFeatures()[i].GetColumn(), d.GetFeatures()[i].GetAs()})
	}
	require.Equal(t, []string{"c.z", "churned"}, []string{d.GetLabel().GetColumn(), d.GetLabel().GetAs()})
}

func TestTrainingSetBuildInTheWrongWay(t *testing.T) {
	t.Parallel()
	g := trained(t)
	for says, args := range map[string][]string{
		"NAME is missing":               {"--as-of", "2024-01-31"},
		"churn is declared":             {"churn", "--label", "a.b"},
		"--known-at: expected a moment": {"churn", "--known-at", "yesterday"},
		"event_timestamp; give one":     {"churn", "--as-of", "2024-01-31", "--entity-file", "x.csv"},
		"no such file":                  {"churn", "--entity-file", "no-such.csv"},
		"stdin: expected entity rows":   {"churn", "--entity-file", "-"},
		"want YYYY-MM-DD":               {"churn", "--as-of", "january"},
		`--features: expected snapshot.column, or snapshot.column as NAME, found "a.x hours"`: {"--features", "a.x hours", "--label", "c.z"},
		`--label: expected snapshot.column, or snapshot.column as NAME, found "c.z as"`:       {"--features", "a.x", "--label", "c.z as"},
		`found "a.x is hours"`:               {"--features", "a.x is hours", "--label", "c.z"},
		`found ""`:                           {"--features", "a.x,", "--label", "c.z"},
		"expected dates, or one range":       {"churn", "--as-of", "2024-01-31..2024-03-31,2024-05-31"},
		`unexpected argument "b" after NAME`: {"a", "b"},
	} {
		got := sfctl(at(g), append([]string{"training-set", "build"}, args...)...)
		require.Equal(t, problem.ExitUsage, got.code, says)
		require.Contains(t, got.err, says)
	}
	require.Empty(t, gatewaytest.Requests[*snapshotv1.BuildTrainingSetRequest](g))
}

func TestATrainingSetThatWouldLeakHasItsExitCode(t *testing.T) {
	t.Parallel()
	g := trained(t)
	g.Err = problem.New(problem.LabelNotLater, "training set churn would leak: both are of 2024-01-31").
		Violate("labels_snapshots.churn_label", "LABEL_NOT_LATER: both are of 2024-01-31")

	got := sfctl(at(g), "training-set", "build", "churn")

	require.Equal(t, problem.ExitLeak, got.code)
	golden.Equal(t, "training-set-refused", got.err)
}

func TestTrainingSetListAndGet(t *testing.T) {
	t.Parallel()
	g := trained(t)

	golden.Equal(t, "training-set-list", sfctl(at(g), "training-set", "list").out)
	require.Equal(t, sfctl(at(g), "training-set", "get", "--last").out, sfctl(at(g), "training-set", "get", "trn_01hq7d0002").out)
	require.Equal(t, problem.ExitNotFound, sfctl(at(g), "training-set", "get", "trn_nobody").code)
	require.Contains(t, sfctl(at(g), "training-set", "get", "run_01hq7d").err, "is the id of a run")
	sfctl(at(g), "training-set", "list", "--name", "churn", "--limit", "1")
	lists := gatewaytest.Requests[*snapshotv1.ListTrainingSetsRequest](g)
	require.Equal(t, "churn", lists[len(lists)-1].GetTrainingSet())
}

func TestTrainingSetExport(t *testing.T) {
	t.Parallel()
	g := trained(t)
	file := filepath.Join(t.TempDir(), "churn.csv")

	got := sfctl(at(g), "training-set", "export", "--last", "-o", file)

	require.Zero(t, got.code, got.err)
	require.Empty(t, got.out)
	require.Equal(t, file+": 1 row, 54 bytes, SHA-256 5ha; its manifest is "+file+".manifest.json\n", got.err)
	requireFile(t, file, churnRows)
	requireFile(t, file+".manifest.json", "{\"file\": 1}\n")
	require.Equal(t, churnRows, sfctl(at(g), "training-set", "export", "trn_01hq7d0002", "-q").out, "without a file, to stdout")

	require.Zero(t, sfctl(at(g), "training-set", "rebuild", file+".manifest.json", "-o", file+".again").code)
	requireFile(t, file+".again", churnRows)
	require.Equal(t, "{\"file\": 1}\n", gatewaytest.Requests[*snapshotv1.RebuildTrainingSetRequest](g)[0].GetManifest())
	require.Equal(t, problem.ExitUsage, sfctl(at(g), "training-set", "rebuild", file+".nowhere").code)
	require.Equal(t, problem.ExitUsage, sfctl(at(g), "training-set", "export", "--last", "-o", filepath.Join(file, "in a file")).code)
}

// A file is there once it is whole; one that was there before stays as it was.
func TestAnExportThatBreaksOffLeavesNothing(t *testing.T) {
	t.Parallel()
	g := trained(t)
	g.Broken = problem.New(problem.TrainingSetChanged, "outcomes_s as of 2024-02-29 is another one")
	dir := t.TempDir()
	file := filepath.Join(dir, "churn.csv")
	require.NoError(t, os.WriteFile(file, []byte("before"), 0o600))

	for _, args := range [][]string{{"export", "--last"}, {"rebuild", file}} {
		got := sfctl(at(g), append([]string{"training-set"}, append(args, "-o", file)...)...)

		require.Equal(t, problem.ExitConflict, got.code)
		require.Contains(t, got.err, "outcomes_s as of 2024-02-29 is another one")
		requireFile(t, file, "before")
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, left, 1)
	}
}

func TestTrainingSetVerify(t *testing.T) {
	t.Parallel()
	g := trained(t)
	manifest := filepath.Join(t.TempDir(), "m.json")
	require.NoError(t, os.WriteFile(manifest, []byte("{}"), 0o600))

	g.Verified = &snapshotv1.VerifyTrainingSetResponse{Same: true, Snapshots: 4, Rows: 7043, Sha256: "5ha"}
	got := sfctl(at(g), "training-set", "verify", manifest)
	require.Zero(t, got.code, got.err)
	require.Equal(t, manifest+": the same (7,043 rows of 4 snapshots, SHA-256 5ha)\n", got.out)

	g.Verified = &snapshotv1.VerifyTrainingSetResponse{Same: true, Snapshots: 4}
	require.Equal(t, "trn_01hq7d0002: the same (the rows of 4 snapshots have the hashes of the manifest)\n",
		sfctl(at(g), "training-set", "verify", "trn_01hq7d0002").out)

	g.Verified = &snapshotv1.VerifyTrainingSetResponse{Snapshots: 4, Differences: []string{"labels_snapshots as of 2024-02-29: another one", "and more"}}
	got = sfctl(at(g), "training-set", "verify", manifest)
	require.Equal(t, problem.ExitConflict, got.code)
	require.Equal(t, manifest+": changed\n  labels_snapshots as of 2024-02-29: another one\n  and more\n", got.out)

	reqs := gatewaytest.Requests[*snapshotv1.VerifyTrainingSetRequest](g)
	require.Equal(t, "{}", reqs[0].GetManifest())
	require.Equal(t, "trn_01hq7d0002", reqs[1].GetTrainingSet())
	require.Equal(t, problem.ExitUsage, sfctl(at(g), "training-set", "verify", "no-such/file.json").code)
}

// The name of the file says the format, a flag says it where there is none.
func TestTrainingSetExportInAFormat(t *testing.T) {
	t.Parallel()
	g := trained(t)
	dir := t.TempDir()
	for _, test := range []struct {
		args []string
		want snapshotv1.TrainingFormat
	}{
		{[]string{"-o", filepath.Join(dir, "churn.csv")}, snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV},
		{[]string{"-o", filepath.Join(dir, "churn.parquet")}, snapshotv1.TrainingFormat_TRAINING_FORMAT_PARQUET},
		{[]string{"-o", filepath.Join(dir, "churn.Arrow")}, snapshotv1.TrainingFormat_TRAINING_FORMAT_ARROW},
		{[]string{"-o", filepath.Join(dir, "churn")}, snapshotv1.TrainingFormat_TRAINING_FORMAT_UNSPECIFIED},
		{[]string{"-o", filepath.Join(dir, "churn.dat"), "--format", "csv"}, snapshotv1.TrainingFormat_TRAINING_FORMAT_CSV},
		{[]string{"-o", filepath.Join(dir, "churn.csv"), "--format", "parquet"}, snapshotv1.TrainingFormat_TRAINING_FORMAT_PARQUET},
		{[]string{"--format", "Arrow"}, snapshotv1.TrainingFormat_TRAINING_FORMAT_ARROW},
		{nil, snapshotv1.TrainingFormat_TRAINING_FORMAT_UNSPECIFIED},
	} {
		got := sfctl(at(g), append([]string{"training-set", "export", "--last"}, test.args...)...)
		require.Zero(t, got.code, got.err)
		asked := gatewaytest.Requests[*snapshotv1.ExportTrainingSetRequest](g)
		require.Equal(t, test.want, asked[len(asked)-1].GetFormat(), test.args)
	}
	for _, other := range []string{"churn.xlsx", "churn.csv.gz", "churn.json"} {
		got := sfctl(at(g), "training-set", "export", "--last", "-o", filepath.Join(dir, other))
		require.Equal(t, problem.ExitUsage, got.code)
		require.Contains(t, got.err, other+": expected one of csv, parquet, arrow, found")
		require.NoFileExists(t, filepath.Join(dir, other), "no file is called what it is not")
	}
	for _, none := range []string{"orc", "unspecified"} {
		got := sfctl(at(g), "training-set", "export", "--last", "--format", none)
		require.Equal(t, problem.ExitUsage, got.code)
		require.Contains(t, got.err, "--format: expected one of csv, parquet, arrow")
	}
}

// Rows that another version of the writer wrote are the same, and the bytes are not.
func TestTheSameRowsInOtherBytesAreSaid(t *testing.T) {
	t.Parallel()
	g := trained(t)
	g.Written.Writer, g.Written.OtherWriter = "parquet/2", "parquet/1"
	manifest := filepath.Join(t.TempDir(), "m.json")
	require.NoError(t, os.WriteFile(manifest, []byte("{}"), 0o600))

	for _, args := range [][]string{{manifest}, {manifest, "-o", manifest + ".parquet"}} {
		got := sfctl(at(g), append([]string{"training-set", "rebuild"}, args...)...)
		require.Zero(t, got.code, got.err)
		require.Contains(t, got.err, "The rows are those of the manifest, by their content hash; the bytes are not: parquet/1 wrote them then, parquet/2 now.")
	}

	g.Verified = &snapshotv1.VerifyTrainingSetResponse{SameRows: true, Snapshots: 4, Rows: 7043, Sha256: "5ha", Writer: "parquet/2", ManifestWriter: "parquet/1"}
	got := sfctl(at(g), "training-set", "verify", manifest)
	require.Zero(t, got.code, got.err)
	require.Equal(t, manifest+": the same rows in other bytes (7,043 rows of 4 snapshots; parquet/1 wrote them then, parquet/2 now)\n", got.out)
}

func requireFile(t *testing.T, path, want string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, want, string(text))
}
