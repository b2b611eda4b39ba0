package command_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// told is an error as -o json and -o yaml have it.
type told struct {
	Reason     string `json:"reason" yaml:"reason"`
	Message    string `json:"message" yaml:"message"`
	Action     string `json:"action" yaml:"action"`
	Exit       int    `json:"exit" yaml:"exit"`
	Violations []struct {
		Subject     string `json:"subject" yaml:"subject"`
		Description string `json:"description" yaml:"description"`
	} `json:"violations" yaml:"violations"`
}

// remote are the command lines that ask the gateway.
func remote() map[string]string {
	lines := map[string]string{
		"plan": "plan --as-of 2024-01-31 --source /data", "dataset-migrate": "dataset migrate small",
		"run-get-last": "run get --last", "batch-get-last": "batch get --last", "validation-get-last": "validation get --last",
	}
	for name, line := range commands {
		if name != "dataset-lint" {
			lines[name] = line
		}
	}
	return lines
}

func TestEveryCommandPassesOnWhatTheGatewaySays(t *testing.T) {
	t.Parallel()
	for name, line := range remote() {
		for reason, code := range map[problem.Reason]int{
			problem.InvalidRequest: 2, problem.DatasetNotFound: 5, problem.DatasetInUse: 6, problem.NotExposed: 7, problem.Internal: 1,
		} {
			t.Run(name+" "+string(reason), func(t *testing.T) {
				t.Parallel()
				g := holding(t, succeeded())
				g.Err = problem.New(reason, "the gateway says no").Violate("field", "is wrong")
				fields := strings.Fields(line)

				words := sfctl(at(g), fields...)
				asJSON := sfctl(at(g), append(fields, "-o", "json")...)
				asYAML := sfctl(at(g), append(fields, "-o", "yaml")...)

				for _, r := range []result{words, asJSON, asYAML} {
					require.Equal(t, code, r.code, r.err)
					require.Empty(t, r.out, "nothing on stdout for a script to take for a result")
				}
				require.Contains(t, words.err, "sfctl: the gateway says no\n")
				require.Contains(t, words.err, "  field: is wrong\n")
				require.NotContains(t, words.err, "rpc error")
				var inJSON, inYAML told
				require.NoError(t, json.Unmarshal([]byte(asJSON.err), &inJSON), asJSON.err)
				require.NoError(t, yaml.Unmarshal([]byte(asYAML.err), &inYAML), asYAML.err)
				require.Equal(t, inJSON, inYAML)
				require.Equal(t, string(reason), inJSON.Reason)
				require.Equal(t, "the gateway says no", inJSON.Message)
				require.Equal(t, code, inJSON.Exit)
				require.Len(t, inJSON.Violations, 1)
				require.Equal(t, "field", inJSON.Violations[0].Subject)
				if reason != problem.Internal {
					require.Equal(t, printer.Flags(problem.Lookup(reason).Do), inJSON.Action)
				}
			})
		}
	}
}

func TestEveryCommandSaysThatNothingAnswers(t *testing.T) {
	t.Parallel()
	for name, line := range remote() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sfctl(map[string]string{"SFCTL_SERVER": "127.0.0.1:1"}, strings.Fields(line)...)

			require.Equal(t, 8, r.code, r.err)
			require.Empty(t, r.out)
			require.Contains(t, r.err, "sfctl: nothing answers at 127.0.0.1:1 (connection refused)\n")
			require.Contains(t, r.err, "sfctl dev")
		})
	}
}

func TestEveryCommandRefusesAnAddressThatIsNone(t *testing.T) {
	t.Parallel()
	for name, line := range remote() {
		for server, says := range map[string]string{
			"gateway": "its port is missing", "gateway:": "its port is missing", "gateway:70000": "is no port", "http://gateway:8080": "drop http://",
		} {
			r := sfctl(nil, append(strings.Fields(line), "--server", server)...)
			require.Equal(t, 2, r.code, "%s %s: %s", name, server, r.err)
			require.Contains(t, r.err, says, "%s %s", name, server)
			require.Empty(t, r.out)
		}
	}
}

func TestEveryCommandTakesEveryFormAndNoOther(t *testing.T) {
	t.Parallel()
	for name, line := range remote() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fields := strings.Fields(line)
			for _, form := range []string{"table", "wide", "json", "jsonl", "yaml", "name"} {
				g := holding(t, succeeded())
				g.Migrated = migrated()
				r := sfctl(at(g), append(fields, "-o", form)...)
				require.Zero(t, r.code, "%s: %s", form, r.err)
				require.NotEmpty(t, r.out, form)
				require.True(t, strings.HasSuffix(r.out, "\n"), "%s: a last line that has no end is lost by read", form)
				if form == "name" {
					require.NotContains(t, strings.TrimSpace(r.out), "  ", "a name a line, and no table")
				}
				if form == "jsonl" {
					for _, l := range strings.Split(strings.TrimSpace(r.out), "\n") {
						require.True(t, json.Valid([]byte(l)), l)
					}
				}
			}
			wrong := sfctl(at(holding(t)), append(fields, "-o", "xml")...)
			require.Equal(t, 2, wrong.code)
			require.Contains(t, wrong.err, `output format "xml": want table, wide, json, jsonl, yaml, name`)
		})
	}
}

// migrated is a migration that has one table to rewrite.
func migrated() *orchestratorv1.MigrateDatasetResponse {
	return &orchestratorv1.MigrateDatasetResponse{Altered: []*stepv1.AlteredRelation{{
		Name: "orders", Relation: &stepv1.Relation{Schema: "public", Name: "orders"}, Bytes: 300 << 20, LockedMs: 5250,
		Found: "expected column items to be bigint, found integer", Mend: `alter table "public"."orders" alter column "items" type bigint`,
	}}}
}
