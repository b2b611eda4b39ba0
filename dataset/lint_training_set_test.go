package dataset_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestLintMistakesOfTrainingSets(t *testing.T) {
	t.Parallel()
	const features = "    features:\n      - column: orders_snapshots.amount\n      - {column: customers_snapshots.visits, as: visits_then, ttl: 2, window: 30}\n"
	const label = "    label: {column: orders_snapshots.amount, as: amount_then, horizon: 2}\n"
	const parts = "parts: [{name: train, share: 0.8}, {name: test, share: 0.2}]"
	const asOf = "as_of: {from: 2024-01-31, to: 2024-06-30}"
	cases := []breakage{
		{"name, pattern", "name: returns", "name: Returns"},
		{"name, twice", "    max_leakage_lift: 0.3\n", "    max_leakage_lift: 0.3\n  - name: returns\n    entities: {snapshot: orders_snapshots}\n    features: [{column: orders_snapshots.amount}]\n    label: {column: orders_snapshots.customer_id}\n"},
		{"entities, unknown snapshot", "snapshot: orders_snapshots", "snapshot: order_snapshots"},
		{"entities, missing", "    entities:\n      snapshot: orders_snapshots\n      where:\n        - {column: amount, is: at_least, values: [\"0.01\"]}\n        - {column: customer_id, is: present}\n", ""},
		{"condition, unknown column", "{column: amount, is", "{column: amout, is"},
		{"condition, no comparison", "{column: customer_id, is: present}", "{column: customer_id}"},
		{"condition, unknown comparison", "is: at_least", "is: least"},
		{"condition, no value", `is: at_least, values: ["0.01"]`, "is: at_least"},
		{"condition, two values", `values: ["0.01"]`, `values: ["0.01", "2"]`},
		{"condition, a value too many", "is: present}", `is: present, values: ["a"]}`},
		{"condition, none of a set", `is: at_least, values: ["0.01"]`, "is: one_of"},
		{"condition, value of another type", `"0.01"`, `"much"`},
		{"condition, number without quotes", `["0.01"]`, `[0.01]`},
		{"features, missing", features, ""},
		{"feature, without a snapshot", "orders_snapshots.amount\n", "amount\n"},
		{"feature, unknown snapshot", "customers_snapshots.visits", "customer_snapshots.visits"},
		{"feature, unknown column", "customers_snapshots.visits", "customers_snapshots.visit"},
		{"feature, renamed since", "      - name: visits\n", "      - name: calls\n        renamed_from: visits\n"},
		{"feature, not of the snapshot", "column: orders_snapshots.amount\n", "column: orders_snapshots.weight\n"},
		{"feature, name taken", "as: visits_then", "as: amount"},
		{"feature, name of the key", "as: visits_then", "as: order_id"},
		{"feature, name of the date", "as: visits_then", "as: as_of"},
		{"feature, name of the split", "as: visits_then", "as: split"},
		{"feature, name of the label", "as: visits_then", "as: amount_then"},
		{"feature, name, pattern", "as: visits_then", `as: "visits then"`},
		{"feature, ttl", "ttl: 2", "ttl: -1"},
		{"feature, ttl, no whole number", "ttl: 2", "ttl: 1.5"},
		{"feature, ttl, a text", "ttl: 2", "ttl: two"},
		{"feature, window", "window: 30", "window: -1"},
		{"feature, window, too large", "window: 30", "window: 3000000000"},
		{"feature, key that the entities lack", "snapshot: orders_snapshots", "snapshot: customers_snapshots"},
		{"feature, key of another type", "      - name: customer_id\n        type: text\n      - name: segment", "      - name: customer_id\n        type: uuid\n      - name: segment"},
		{"label, missing", label, ""},
		{"label, unknown column", "column: orders_snapshots.amount, as", "column: orders_snapshots.amuont, as"},
		{"label, horizon", "horizon: 2", "horizon: -1"},
		{"as_of, off the calendar", "from: 2024-01-31", "from: 2024-01-30"},
		{"as_of, no such day", "from: 2024-01-31", "from: 2024-02-30"},
		{"as_of, no date", "to: 2024-06-30", "to: june"},
		{"as_of, backwards", asOf, "as_of: {from: 2024-06-30, to: 2024-01-31}"},
		{"as_of, one end", ", to: 2024-06-30", ""},
		{"as_of, neither", asOf, "as_of: {}"},
		{"as_of, both", asOf, "as_of: {dates: [2024-01-31], from: 2024-01-31, to: 2024-06-30}"},
		{"as_of, twice", asOf, "as_of: {dates: [2024-01-31, 2024-01-31]}"},
		{"as_of, too many", asOf, "as_of: {from: 1900-01-31, to: 2024-06-30}"},
		{"split, by nothing", "by: hash\n", "\n"},
		{"split, by what", "by: hash", "by: key"},
		{"split, seed of no hash", "by: hash", "by: time"},
		{"split, more parts than dates", asOf + "\n    split:\n      by: hash\n      seed: 17", "as_of: {dates: [2024-01-31]}\n    split:\n      by: time"},
		{"split, one part", parts, "parts: [{name: train, share: 0.8}]"},
		{"split, shares", "share: 0.2", "share: 0.1"},
		{"split, share of nothing", "share: 0.2}", "share: 0}"},
		{"split, part twice", "name: test", "name: train"},
		{"split, part, pattern", "name: test", "name: Test"},
		{"fill, by what", "fill: none", "fill: zero"},
		{"embargo", "embargo: 7", "embargo: -7"},
		{"min_coverage", "min_coverage: 0.9", "min_coverage: 90"},
		{"max_leakage_lift", "max_leakage_lift: 0.3", "max_leakage_lift: -0.3"},
	}
	requireGolden(t, "lint_training_set.golden", reportOn(t, trained(t), dataset.Read, cases))
}

func TestLintTakesTrainingSets(t *testing.T) {
	t.Parallel()
	d, mistakes := dataset.Read("trained.yaml", []byte(trained(t)))
	require.Empty(t, mistakes)
	require.Empty(t, dataset.LintTrainingSet(d, d.GetTrainingSets()[0]))

	for _, change := range []func(*datasetv1.TrainingSet){
		func(set *datasetv1.TrainingSet) { set.AsOf = nil },
		func(set *datasetv1.TrainingSet) { set.Split = nil },
		func(set *datasetv1.TrainingSet) { set.Split.By, set.Split.Seed = datasetv1.SplitBy_SPLIT_BY_TIME, 0 },
		func(set *datasetv1.TrainingSet) { set.Entities.Where = nil },
		func(set *datasetv1.TrainingSet) { set.Label.Horizon = proto.Int32(0) },
	} {
		set := proto.CloneOf(d.GetTrainingSets()[0])
		change(set)
		require.Empty(t, dataset.LintTrainingSet(d, set))
	}
}

func TestLintTrainingSetBeginsPathsAtTheSet(t *testing.T) {
	t.Parallel()
	d := builtin.Streamflow()
	set := d.GetTrainingSets()[0]
	set.Name, set.Features[3].Column = "\x00", "users_snapshots.gender"
	set.MinCoverage = proto.Float64(math.NaN())

	mistakes := dataset.LintTrainingSet(d, set)

	require.Equal(t, `name: expected a text without NUL characters, which PostgreSQL does not hold, found "\x00"
name: expected a name of lower case letters, digits and underscores that begins with a letter, at most 48 bytes, found "\x00"
features[3].column: expected a column of snapshot "users_snapshots", found "gender": did you mean "user_gender"?
min_coverage: expected a share from 0 to 1, found NaN`, mistakes.String())
}

func TestLintTakesNoTrainingSetAtAll(t *testing.T) {
	t.Parallel()
	require.NotEmpty(t, dataset.LintTrainingSet(builtin.Streamflow(), nil))
	require.NotEmpty(t, dataset.LintTrainingSet(nil, &datasetv1.TrainingSet{}))
}

func TestDefaultsOfTrainingSets(t *testing.T) {
	t.Parallel()
	set := &datasetv1.TrainingSet{}
	require.Equal(t, 1, dataset.Horizon(set.GetLabel()))
	require.InDelta(t, 0.95, dataset.MinCoverage(set), 0)
	require.InDelta(t, 0.4, dataset.MaxLeakageLift(set), 0)
	require.InDelta(t, 0.4, dataset.MaxLeakageLift(nil), 0)

	set = &datasetv1.TrainingSet{Label: &datasetv1.Label{Horizon: proto.Int32(0)}, MinCoverage: proto.Float64(0), MaxLeakageLift: proto.Float64(0)}
	require.Zero(t, dataset.Horizon(set.GetLabel()))
	require.Zero(t, dataset.MinCoverage(set))
	require.Zero(t, dataset.MaxLeakageLift(set))
}

func TestSnapshotColumnsMayHavePoints(t *testing.T) {
	t.Parallel()
	require.Equal(t, dataset.SnapshotColumn{Snapshot: "a", Column: "b.c"}, dataset.ParseSnapshotColumn("a.b.c"))
	require.Equal(t, "a.b.c", dataset.ParseSnapshotColumn("a.b.c").String())
	require.Equal(t, "b.c", dataset.FeatureName(&datasetv1.Feature{Column: "a.b.c"}))
	require.Equal(t, "d", dataset.LabelName(&datasetv1.Label{Column: "a.b.c", As: "d"}))
}

func TestAsOfDatesOfARange(t *testing.T) {
	t.Parallel()
	monthly := &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END}
	for name, test := range map[string]struct {
		dates *datasetv1.AsOfDates
		want  []string
	}{
		"none":      {nil, nil},
		"a list":    {&datasetv1.AsOfDates{Dates: []string{"2024-03-31", "2024-01-31"}}, []string{"2024-01-31", "2024-03-31"}},
		"a range":   {&datasetv1.AsOfDates{From: "2024-01-31", To: "2024-04-30"}, []string{"2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"}},
		"one":       {&datasetv1.AsOfDates{From: "2024-01-31", To: "2024-01-31"}, []string{"2024-01-31"}},
		"backwards": {&datasetv1.AsOfDates{From: "2024-04-30", To: "2024-01-31"}, nil},
	} {
		var got []string
		for _, asOf := range dataset.AsOfDatesOf(monthly, test.dates) {
			got = append(got, dataset.FormatAsOf(asOf))
		}
		require.Equal(t, test.want, got, name)
	}
	january := time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC)
	require.Equal(t, "2024-02-29", dataset.FormatAsOf(dataset.StepAsOf(monthly, january, 1)))
	require.Equal(t, "2023-11-30", dataset.FormatAsOf(dataset.StepAsOf(monthly, january, -2)))
	require.True(t, dataset.StepAsOf(nil, january, 1).IsZero())
}
