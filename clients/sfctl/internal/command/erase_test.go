package command_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/platform/problem"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

const eraseLine = "dataset erase --table users --reason ticket"

// erasedRun is a run that erased two keys.
func erasedRun() *orchestratorv1.Run {
	run := succeeded()
	run.Mode, run.Source, run.AsOf, run.Batch, run.Validation = orchestratorv1.RunMode_RUN_MODE_ERASE, "", "", "", ""
	run.SupersedeReason, run.EraseTable, run.EraseKeys = "ticket\x1b[2J 1", "users", 2
	run.Steps = run.Steps[:2]
	run.Steps[0].Kind, run.Steps[0].Counts, run.Steps[0].Summary = orchestratorv1.StepKind_STEP_KIND_FIND, nil, "2 keys asked for: rows that would go: 1 of live, 3 of revisions"
	run.Steps[1].Kind, run.Steps[1].Counts, run.Steps[1].Summary = orchestratorv1.StepKind_STEP_KIND_ERASE, nil, "rows that went: 1 of live, 3 of revisions"
	run.Erased = []*stepv1.ErasedRows{
		{From: stepv1.ErasedFrom_ERASED_FROM_LIVE, Table: "users", AsOf: "2024-02-29", Rows: 1, Source: "/data/february"},
		{From: stepv1.ErasedFrom_ERASED_FROM_REVISION, Table: "users", Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 2, Rows: 3, Source: "/data/january"},
		{From: stepv1.ErasedFrom_ERASED_FROM_LEDGER, Table: "users", Rows: 1},
		{From: stepv1.ErasedFrom_ERASED_FROM_ENTITIES, Snapshot: "users_snapshots", TrainingSet: "trn_01hq7d", Rows: 2},
	}
	run.Findings = []*stepv1.Finding{{Reason: "KEYS_NOT_FOUND", Severity: datasetv1.Severity_SEVERITY_WARNING, Table: "users", Count: 1, Message: "expected rows of every key, found 1 of 2 keys that no row has: number 2"}}
	return run
}

func TestAnEraseIsReported(t *testing.T) {
	t.Parallel()
	g := holding(t, erasedRun())

	r := sfctl(at(g), append(strings.Fields(eraseLine), "--key", "u1", "--key", `"a, b"`)...)

	require.Zero(t, r.code, r.err)
	golden.Equal(t, "dataset-erase", "--- stdout\n"+r.out+"--- stderr\n"+r.err)
	req := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)[0]
	require.Equal(t, orchestratorv1.RunMode_RUN_MODE_ERASE, req.GetMode())
	require.Equal(t, "users", req.GetEraseTable())
	require.Equal(t, "ticket", req.GetReason())
	require.Empty(t, req.GetAsOf())
	require.Empty(t, req.GetSource())
	require.Equal(t, [][]string{{"u1"}, {"a, b"}}, valuesOf(req))
	require.NotContains(t, r.out+r.err, "a, b", "the keys are not shown")
}

func valuesOf(req *orchestratorv1.StartRunRequest) (all [][]string) {
	for _, k := range req.GetEraseKeys() {
		all = append(all, k.GetValues())
	}
	return all
}

// Keys come from a file, or from stdin, as CSV of one key to a line.
func TestKeysAreRead(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		text string
		want [][]string
	}{
		"lines":              {"u1\nu2\n", [][]string{{"u1"}, {"u2"}}},
		"without an end":     {"u1\r\nu2", [][]string{{"u1"}, {"u2"}}},
		"blank lines":        {"\nu1\n\n", [][]string{{"u1"}}},
		"two columns":        {"7,2\n\"7,1\",\"say \"\"hi\"\"\"\n", [][]string{{"7", "2"}, {"7,1", `say "hi"`}}},
		"a byte order mark":  {"\ufeffu1\n", [][]string{{"u1"}}},
		"blanks are a value": {" u1 \n", [][]string{{" u1 "}}},
		"a blank last line":  {"u1\n \nu2\r\n \t\n\n  \n", [][]string{{"u1"}, {" "}, {"u2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "keys.csv")
			require.NoError(t, os.WriteFile(file, []byte(tc.text), 0o600))
			g := holding(t, erasedRun())

			r := sfctl(at(g), append(strings.Fields(eraseLine), "--keys-file", file, "--plan", "--detach")...)

			require.Zero(t, r.code, r.err)
			req := gatewaytest.Requests[*orchestratorv1.StartRunRequest](g)[0]
			require.Equal(t, orchestratorv1.RunMode_RUN_MODE_ERASE_PLAN, req.GetMode())
			require.Equal(t, tc.want, valuesOf(req))
		})
	}
}

// A first line that has the name of the key's column is a header, unless it is said to be a
// key.
func TestAHeaderIsNoKey(t *testing.T) {
	t.Parallel()
	for text, header := range map[string]bool{
		"user_id\nu1\n": true, "USER_ID\r\nu1": true, "\ufeff user_id \n": true, "uid\nu1\n": true, "u1\nuser_id\n": false, "user_id,x\n": false, "name\n": false,
	} {
		for _, flag := range []string{"", "--no-header"} {
			g := holding(t, erasedRun())
			g.Datasets = []*orchestratorv1.DatasetVersion{{Dataset: &datasetv1.Dataset{Tables: []*datasetv1.Table{
				{Name: "other", Key: []string{"name"}}, {Name: "users", Key: []string{"user_id"}, Columns: []*datasetv1.Column{{Name: "user_id", RenamedFrom: "uid"}}},
			}}}}
			file := filepath.Join(t.TempDir(), "keys.csv")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))

			r := sfctl(at(g), strings.Fields(eraseLine+" --detach --keys-file "+file+" "+flag)...)

			if header && flag == "" {
				require.Equal(t, problem.ExitUsage, r.code, "%q", text)
				require.Contains(t, r.err, "its first line has the name of the key of users, user_id: take the header away, or say with --no-header that it is a key")
				require.Empty(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g))
			} else {
				require.Zero(t, r.code, "%q: %s", text, r.err)
				require.Len(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g), 1)
			}
		}
	}
}

// Keys of another encoding are refused with the name of it, and without the key.
func TestKeysAreInUTF8(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"u1\nJos\xe9\n":              "line 2: expected text in UTF-8, found byte 0xE9, which is é in Windows-1252 and Latin-1; save it as UTF-8",
		"\xff\xfeu\x001\x00\n\x00":   "expected text in UTF-8, found UTF-16 text; save it as UTF-8",
		"u\x001\x00\r\x00\n\x00":     "found UTF-16 text",
		"\xef\xe2\xe0\xed\xee\xe2\n": "of an encoding that is neither UTF-8 nor one of Western Europe",
	} {
		g := holding(t, erasedRun())
		file := filepath.Join(t.TempDir(), "keys.csv")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))

		r := sfctl(at(g), strings.Fields(eraseLine+" --keys-file "+file)...)

		require.Equal(t, problem.ExitUsage, r.code, "%q", text)
		require.Contains(t, r.err, says)
		require.NotContains(t, r.err, "Jos")
		require.Empty(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g))
	}
	g := holding(t, erasedRun())
	require.Contains(t, sfctl(at(g), append(strings.Fields(eraseLine), "--key", "Jos\xe9")...).err, "--key: expected a record of CSV: line 1: expected text in UTF-8")
}

func TestAnEraseIsToldWhatAndWhy(t *testing.T) {
	t.Parallel()
	bad := filepath.Join(t.TempDir(), "bad.csv")
	require.NoError(t, os.WriteFile(bad, []byte("a\n\"b\n"), 0o600))
	for line, said := range map[string]string{
		"dataset erase --key u1": "reason", eraseLine: "no key is given", eraseLine + " --key u1 --fail-on error": "--fail-on",
		eraseLine + " --keys-file " + bad: "--keys-file", eraseLine + " --keys-file /nowhere/keys": "--keys-file", eraseLine + ` --key "u1`: "--key",
	} {
		g := holding(t, erasedRun())

		r := sfctl(at(g), strings.Fields(line)...)

		require.Equal(t, problem.ExitUsage, r.code, line)
		require.Contains(t, r.err, said, line)
		require.Empty(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g), line)
	}
}

// The reason is kept for ever: one that names a key is refused, and the key not repeated.
func TestAReasonThatNamesAKeyIsRefused(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"jane-7", "u1,jane-7"} {
		g := holding(t, erasedRun())

		r := sfctl(at(g), "dataset", "erase", "--table", "users", "--key", key, "--reason", "asked for by Jane-7, by mail")

		require.Equal(t, problem.ExitUsage, r.code)
		require.Contains(t, r.err, "--reason has one of the keys in it")
		require.NotContains(t, strings.ToLower(r.out+r.err), "jane")
		require.Empty(t, gatewaytest.Requests[*orchestratorv1.StartRunRequest](g))
	}
}

// Lists say of a training set that it cannot be made again, and its report what is lost.
func TestAnErasedTrainingSetIsMarked(t *testing.T) {
	t.Parallel()
	g := holding(t, erasedRun())
	g.TrainingSets = []*snapshotv1.TrainingSet{
		{Id: "trn_01hq7d", Dataset: "streamflow", Name: "churn", AsOf: []string{"2024-01-31"}, Lost: "ERASED_SINCE", LostSays: []string{"users_snapshots as of 2024-01-31: ERASED_SINCE: 3 rows\x1b[2J were erased"}},
		{Id: "trn_02", Dataset: "streamflow", Name: "churn"},
	}

	list, got := sfctl(at(g), "training-set", "list"), sfctl(at(g), "training-set", "get", "trn_01hq7d")

	golden.Equal(t, "training-set-list-lost", list.out)
	require.Contains(t, got.out, "cannot be made again: users_snapshots as of 2024-01-31: ERASED_SINCE: 3 rows")
	require.NotContains(t, got.out, "\x1b[2J")
	g.TrainingSets = g.TrainingSets[1:]
	require.NotContains(t, sfctl(at(g), "training-set", "list").out, "LOST")
}

// A training set from which rows were erased says so, and how many.
func TestAnErasedTrainingSetIsVerified(t *testing.T) {
	t.Parallel()
	g := holding(t, erasedRun())
	g.Verified = &snapshotv1.VerifyTrainingSetResponse{
		Snapshots: 2, Reason: "ERASED_SINCE", ErasedRows: 3, Differences: []string{"users_snapshots as of 2024-01-31: ERASED_SINCE: 3 rows were erased"},
	}

	r := sfctl(at(g), "training-set", "verify", "trn_01hq7d")

	require.Equal(t, problem.ExitConflict, r.code)
	require.Contains(t, r.out, "trn_01hq7d: ERASED_SINCE, 3 rows\n  users_snapshots as of 2024-01-31")
	require.Contains(t, r.err, "erase the keys from the files that were exported", "the advice is of ERASED_SINCE")
}
