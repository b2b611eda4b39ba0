package command_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/dataset"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// commands are the command lines that read, by the name of their golden files.
var commands = map[string]string{
	"run-start":             "run start --as-of 2024-01-31 --source /data/month_000",
	"run-detach":            "run start --as-of 2024-01-31 --source /data/month_000 --detach",
	"run-watch":             "run watch run_01",
	"run-list":              "run list",
	"run-get":               "run get run_01",
	"run-cancel":            "run cancel run_01",
	"batch-list":            "batch list",
	"batch-get":             "batch get bat_01",
	"snapshot-list":         "snapshot list",
	"snapshot-get":          "snapshot get 2024-01-31",
	"snapshot-revisions":    "snapshot revisions --as-of 2024-01-31",
	"snapshot-restatements": "snapshot restatements",
	"snapshot-gaps":         "snapshot gaps",
	"snapshot-restore":      "snapshot restore --as-of 2024-01-31 --into january",
	"snapshot-verify":       "snapshot verify --all",
	"snapshot-diff":         "snapshot diff 2024-01-31 2024-02-29",
	"validation-list":       "validation list",
	"validation-get":        "validation get val_01",
	"dataset-list":          "dataset list",
	"dataset-get":           "dataset get small",
	"dataset-lint":          "dataset lint testdata/small.yaml",
	"dataset-apply":         "dataset apply testdata/small.yaml",
	"dataset-versions":      "dataset versions small",
	"dataset-diff":          "dataset diff small",
	"dataset-delete":        "dataset delete small --keep-tables",
}

func TestTables(t *testing.T) {
	t.Parallel()
	for name, line := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := holding(t, succeeded())

			r := sfctl(at(g), strings.Fields(line)...)

			require.Zero(t, r.code, r.err)
			require.NotContains(t, r.out+r.err, "\x1b", "no control sequences off a terminal")
			golden.Equal(t, name, "--- stdout\n"+r.out+"--- stderr\n"+r.err)
		})
	}
}

func TestJSONAndYAMLAreTheResponse(t *testing.T) {
	t.Parallel()
	for name, line := range commands {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := holding(t, succeeded())
			fields := strings.Fields(line)

			asJSON := sfctl(at(g), append(fields, "-o", "json")...)
			asYAML := sfctl(at(g), append(fields, "-o", "yaml")...)

			require.Zero(t, asJSON.code, asJSON.err)
			require.Zero(t, asYAML.code, asYAML.err)
			var fromJSON, fromYAML map[string]any
			require.NoError(t, json.Unmarshal([]byte(asJSON.out), &fromJSON))
			require.NoError(t, yaml.Unmarshal([]byte(asYAML.out), &fromYAML))
			text, err := json.Marshal(fromYAML)
			require.NoError(t, err)
			require.JSONEq(t, asJSON.out, string(text))
		})
	}
}

func TestJSONHasEveryFieldUnderItsProtoName(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())

	r := sfctl(at(g), "run", "get", "run_01", "-o", "json")

	golden.Equal(t, "run-get.json", r.out)
}

func TestQuietLeavesOnlyResults(t *testing.T) {
	t.Parallel()
	g := holding(t, succeeded())
	g.AlreadyRunning = true

	loud := sfctl(at(g), strings.Fields(commands["run-start"])...)
	quiet := sfctl(at(g), append(strings.Fields(commands["run-start"]), "-q")...)

	require.Contains(t, loud.err, "The same is under way already: this is that run, run_01hq7d.")
	require.Empty(t, quiet.err)
	require.Equal(t, loud.out, quiet.out)
}

func TestEmptyLists(t *testing.T) {
	t.Parallel()
	g := holding(t)
	g.Batches, g.Snapshots, g.Datasets, g.Validation = nil, nil, nil, nil
	for _, noun := range []string{"run", "batch", "snapshot", "dataset", "validation"} {
		r := sfctl(at(g), noun, "list")
		require.Zero(t, r.code)
		require.Empty(t, r.out, "a script that counts lines counts none")
		require.Contains(t, r.err, "No "+map[string]string{"batch": "batches"}[noun])
	}
}

func TestListsFollowPages(t *testing.T) {
	t.Parallel()
	var runs []*orchestratorv1.Run
	for range 1500 {
		runs = append(runs, succeeded())
	}
	g := holding(t, runs...)

	all := sfctl(at(g), "run", "list", "--limit", "0")
	some := sfctl(at(g), "run", "list", "--limit", "3")

	require.Equal(t, 1501, strings.Count(all.out, "\n"))
	require.Empty(t, all.err)
	require.Equal(t, 4, strings.Count(some.out, "\n"))
	require.Contains(t, some.err, "there are more")
}

func TestDatasetGetCanBeAppliedAgain(t *testing.T) {
	t.Parallel()
	g := holding(t)

	r := sfctl(at(g), "dataset", "get", "small")

	d, mistakes := dataset.Read("out.yaml", []byte(r.out))
	require.Empty(t, mistakes)
	require.Equal(t, dataset.Hash(g.Datasets[0].GetDataset()), dataset.Hash(d))
}
