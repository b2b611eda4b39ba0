package feast_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/internal/feast"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/dataset/builtin"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func repository(t *testing.T, d *datasetv1.Dataset) string {
	t.Helper()
	files, err := feast.Files(d, "3f2a")
	require.NoError(t, err)
	require.Len(t, files, 2)
	return string(files["repository.py"])
}

func TestTheRepositoryOfTheBuiltInDataset(t *testing.T) {
	t.Parallel()
	files, err := feast.Files(builtin.Streamflow(), "3f2a")
	require.NoError(t, err)
	golden.Equal(t, "repository.py", string(files["repository.py"]))
	golden.Equal(t, "feature_store.yaml", string(files["feature_store.yaml"]))
}

// shop is a dataset that has what the built-in one has not.
func shop() *datasetv1.Dataset {
	d := &datasetv1.Dataset{
		Name: "shop", Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_QUARTER_END}, Schema: "retail",
		Tables: []*datasetv1.Table{{Name: "sales", Key: []string{"store", "day"}}},
		Snapshots: []*datasetv1.Snapshot{
			{Name: "sales_s", From: "sales"},
			{Name: "narrow", From: "sales", Columns: []string{"class"}},
		},
		TrainingSets: []*datasetv1.TrainingSet{{
			Name: "next", Description: `say "when" \ never`, Entities: &datasetv1.Entities{Snapshot: "sales_s"}, Label: &datasetv1.Label{Column: "sales_s.flag"},
			Features: []*datasetv1.Feature{
				{Column: "sales_s.small", As: "tiny"}, {Column: "sales_s.store"}, {Column: "sales_s.big", Ttl: proto.Int32(2)},
				{Column: "narrow.class", Ttl: proto.Int32(0)}, {Column: "sales_s.money", Ttl: proto.Int32(2)},
			},
		}},
	}
	for name, of := range map[string]string{"store": "integer", "day": "date"} {
		d.Tables[0].Columns = append(d.Tables[0].Columns, &datasetv1.Column{Name: name, Type: of})
	}
	for _, c := range [][2]string{
		{"small", "smallint"}, {"big", "bigint"}, {"money", "numeric(10,2)"}, {"single", "real"}, {"double_", "double precision"}, {"flag", "boolean"},
		{"at", "timestamptz"}, {"class", "varchar(9)"}, {"doc", "jsonb"}, {"id", "uuid"}, {"known_at", "timestamp"},
	} {
		d.Tables[0].Columns = append(d.Tables[0].Columns, &datasetv1.Column{Name: c[0], Type: c[1]})
	}
	return d
}

func TestEveryTypeHasOneOfFeast(t *testing.T) {
	t.Parallel()
	got := repository(t, shop())
	for _, want := range []string{
		`entity_store = Entity(name="store", join_keys=["store"], value_type=ValueType.INT32)`,
		`entity_day = Entity(name="day", join_keys=["day"], value_type=ValueType.STRING)`,
		"entities=[entity_store, entity_day]",
		`Field(name="small", dtype=Int32)`, `Field(name="big", dtype=Int64)`, `Field(name="money", dtype=Float64)`, `Field(name="single", dtype=Float32)`,
		`Field(name="double_", dtype=Float64)`, `Field(name="flag", dtype=Bool)`, `Field(name="at", dtype=UnixTimestamp)`, `Field(name="class", dtype=String)`,
		`Field(name="doc", dtype=String)`, `Field(name="id", dtype=String)`,
		`\"day\"::text as \"day\"`, `\"doc\"::text as \"doc\"`, `\"money\"::double precision as \"money\"`, `\"small\"::integer as \"small\"`,
		`from \"retail\".\"sales_s_revisions\" where superseded_at is null`,
		`sf_known_at as created_timestamp`, // the snapshot has a known_at of its own
	} {
		require.Contains(t, got, want)
	}
}

// Where the dataset has views for tools, Feast reads those.
func TestViewsForToolsAreRead(t *testing.T) {
	t.Parallel()
	d := shop()
	d.ReadSchema = "shop_read"
	d.Tables[0].Columns = append(d.Tables[0].Columns, &datasetv1.Column{Name: "created_timestamp", Type: "date"})
	got := repository(t, d)
	require.Contains(t, got, `event_timestamp, sf_created_timestamp as created_timestamp from \"shop_read\".\"sales_s\""`)
	require.Contains(t, got, `event_timestamp, created_timestamp as created_timestamp from \"shop_read\".\"narrow\""`)
	require.NotContains(t, got, "_revisions")
}

// An age is in days, of which a period has so many at most. The same date alone is a
// second: none is no limit to Feast.
func TestFeaturesOfAnAgeHaveAViewOfTheirOwn(t *testing.T) {
	t.Parallel()
	got := repository(t, shop())
	for _, want := range []string{
		"view_sales_s = FeatureView(\n    name=\"sales_s\",\n    entities=[entity_store, entity_day],\n    ttl=timedelta(0),",
		"view_sales_s_ttl_2 = FeatureView(\n    name=\"sales_s_ttl_2\",\n    entities=[entity_store, entity_day],\n    ttl=timedelta(days=184),",
		"view_narrow_ttl_0 = FeatureView(\n    name=\"narrow_ttl_0\",\n    entities=[entity_store, entity_day],\n    ttl=timedelta(seconds=1),",
		"        view_sales_s[[\"small\"]],\n        view_sales_s_ttl_2[[\"big\", \"money\"]],\n        view_narrow_ttl_0[[\"class\"]],\n",
		"# In the training set sales_s.small is called tiny.",
		`description="say \"when\" \\ never"`,
	} {
		require.Contains(t, got, want)
	}
	require.Equal(t, 1, strings.Count(got, "view_sales_s_ttl_2 = "))
}

func TestTheRepositoryIsPython(t *testing.T) {
	t.Parallel()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 here")
	}
	for _, d := range []*datasetv1.Dataset{shop(), builtin.Streamflow(), {Name: "empty"}} {
		file := filepath.Join(t.TempDir(), "repository.py")
		require.NoError(t, os.WriteFile(file, []byte(repository(t, d)), 0o600))
		out, err := exec.CommandContext(t.Context(), python, "-c", "import ast, sys; ast.parse(open(sys.argv[1]).read())", file).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

func TestATypeThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	d := shop()
	d.Tables[0].Columns[3].Type = "money"
	_, err := feast.Files(d, "3f2a")
	require.ErrorContains(t, err, "snapshot sales_s: column big: expected one of text")
}
