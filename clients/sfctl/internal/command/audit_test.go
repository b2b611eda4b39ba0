package command_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/platform/audit"
	"github.com/streamflow/streamflow/platform/audit/audittest"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func entries() []*orchestratorv1.AuditEntry {
	line := func(number int64, kind orchestratorv1.AuditKind, who, what, dataset, facts string) *orchestratorv1.AuditLine {
		return &orchestratorv1.AuditLine{
			Chain: "chn_1", Number: number, At: timestamppb.New(begin), Kind: kind, Who: who, What: what, Dataset: dataset, From: "10.0.0.7:1", Role: "admin", Facts: facts, RequestId: "req_1",
		}
	}
	more := line(9, orchestratorv1.AuditKind_AUDIT_KIND_MORE_REFUSALS, "", "", "", "")
	more.Count = 7
	return []*orchestratorv1.AuditEntry{
		{Line: more, Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED},
		{Line: line(8, orchestratorv1.AuditKind_AUDIT_KIND_REFUSAL, "", "GET /", "", ""), Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_REFUSED, Reason: "UNAUTHENTICATED"},
		{Line: line(4, orchestratorv1.AuditKind_AUDIT_KIND_INTENT, "ann\u202e", "OrchestratorService/DeleteDataset", "shop", ""), Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN},
		{Line: line(2, orchestratorv1.AuditKind_AUDIT_KIND_INTENT, "ann", "OrchestratorService/StartRun", "shop", "as_of=2024-01-31"), Outcome: orchestratorv1.AuditOutcome_AUDIT_OUTCOME_DONE, Target: "run_1"},
		{Line: line(1, orchestratorv1.AuditKind_AUDIT_KIND_STARTED, "", "", "", "")},
	}
}

func TestAuditList(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Entries: entries()})
	r := sfctl(at(g), "audit", "list", "--who", "ann", "--what", "StartRun", "--on", "shop", "--outcome", "unknown", "--since", "24h", "--until", "2024-03-01")
	require.Zero(t, r.code, r.err)
	require.Equal(t, `AT                    WHO        WHAT                 ON          OUTCOME
2024-02-01T00:00:00Z  -          (7 more refusals)    -           refused
2024-02-01T00:00:00Z  -          GET /                -           refused UNAUTHENTICATED
2024-02-01T00:00:00Z  ann\u202e  DeleteDataset        shop        unknown
2024-02-01T00:00:00Z  ann        StartRun             shop run_1  done
2024-02-01T00:00:00Z  -          (a gateway started)  -
`, r.out)
	req := gatewaytest.Requests[*orchestratorv1.ListAuditRequest](g)[0]
	require.Equal(t, "ann StartRun shop", req.GetWho()+" "+req.GetWhat()+" "+req.GetOn())
	require.Equal(t, orchestratorv1.AuditOutcome_AUDIT_OUTCOME_UNKNOWN, req.GetOutcome())
	require.Equal(t, time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC), req.GetUntil().AsTime())
	require.NotNil(t, req.GetSince())
	require.Equal(t, "chn_1:9\nchn_1:8\nchn_1:4\nchn_1:2\nchn_1:1\n", sfctl(at(g), "audit", "list", "-o", "name").out)
	require.Contains(t, sfctl(at(g), "audit", "list", "-o", "wide").out, "as_of=2024-01-31")
	require.Contains(t, sfctl(at(g), "audit", "list", "-o", "json").out, `"outcome": "unknown"`)
	for says, args := range map[string][]string{
		`--outcome "sold": want done, failed, refused, unknown`:                    {"--outcome", "sold"},
		"--since: expected a moment as 2024-02-01T00:00:00Z, a date as 2024-02-01": {"--since", "yesterday"},
		"--until: expected a moment":                                               {"--until", "-5h"},
		"--limit -1: want 0":                                                       {"--limit", "-1"},
	} {
		r := sfctl(at(g), append([]string{"audit", "list"}, args...)...)
		require.Equal(t, 2, r.code, says)
		require.Contains(t, r.err, says)
	}
}

// written is a log with a signature, and the file of its public key.
func written(t *testing.T) (log *audittest.Log, public string, kept *orchestratorv1.AuditCheckpoint) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "audit-key")
	require.NoError(t, audit.MakeKey(path))
	key, err := audit.ReadKey(path)
	require.NoError(t, err)
	log = &audittest.Log{}
	previous := audit.Genesis
	for n := int64(1); n <= 5; n++ {
		line, err := log.Record(&orchestratorv1.RecordAuditRequest{
			Chain: "chn_1", Number: n, Previous: previous, Kind: orchestratorv1.AuditKind_AUDIT_KIND_INTENT, Who: fmt.Sprint("é<", n), Outcome: orchestratorv1.AuditOutcome(n - 1),
		})
		require.NoError(t, err)
		previous = line.GetHash()
		if n == 4 {
			kept = &orchestratorv1.AuditCheckpoint{Chain: "chn_1", Ordinal: 1, Number: n, Hash: line.GetHash(), At: line.GetAt()}
			key.Sign(kept)
			log.Keep(kept)
		}
	}
	return log, path + ".pub", kept
}

func TestAuditExportAndVerify(t *testing.T) {
	t.Parallel()
	log, public, kept := written(t)
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Audit: log.Export()})
	const fine = "5 lines in 1 chain under 1 signature; 1 not signed yet, 0 removed by retention.\n"
	ofSuite := sfctl(at(g), "audit", "verify", "--public-key", public)
	require.Zero(t, ofSuite.code, ofSuite.err)
	require.Equal(t, fine, ofSuite.out)

	exported := sfctl(at(g), "audit", "export")
	require.Zero(t, exported.code, exported.err)
	require.Equal(t, 8, strings.Count(exported.out, "\n"), "the head, five lines, a checkpoint and the result")
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	require.NoError(t, os.WriteFile(file, []byte(exported.out), 0o600))
	ofFile := sfctl(nil, "audit", "verify", "--public-key", public, file)
	require.Zero(t, ofFile.code, ofFile.err)
	require.Equal(t, fine, ofFile.out)

	for name, tc := range map[string]struct {
		change func(string) string
		code   int
		says   string
	}{
		"a word changed":       {func(s string) string { return strings.Replace(s, "é<3", "é<8", 1) }, 6, "chn_1     3  the line was changed: it says something else than its hash"},
		"an outcome changed":   {func(s string) string { return strings.Replace(s, `"failed"`, `"refused"`, 1) }, 6, "the line was changed"},
		"a line taken out":     {func(s string) string { return without(s, "é<2") }, 6, "chn_1     2  the line was removed: line 3 follows"},
		"the end cut off":      {func(s string) string { return without(s, "é<5") }, 6, "chn_1     5  the line was removed: the chain's head says"},
		"another line behind":  {func(s string) string { return strings.Replace(s, "\n", "\n"+s[:strings.Index(s, "\n")+1], 1) }, 0, fine},
		"cut off in a stream":  {func(s string) string { return without(s, `"result"`) }, 8, "it was cut off"},
		"a line that is none":  {func(s string) string { return s + "x\n" }, 2, "audit.jsonl, line 9: expected a line of the audit log"},
		"the signature is out": {func(s string) string { return without(s, `"signature"`) }, 0, "5 lines in 1 chain under 0 signatures; 5 not signed yet"},
	} {
		require.NoError(t, os.WriteFile(file, []byte(tc.change(exported.out)), 0o600))
		r := sfctl(nil, "audit", "verify", "--public-key", public, file)
		require.Equal(t, tc.code, r.code, "%s: %s%s", name, r.out, r.err)
		require.Contains(t, r.out+r.err, tc.says, name)
	}

	checkpoints := filepath.Join(t.TempDir(), "checkpoints.jsonl")
	require.NoError(t, os.WriteFile(checkpoints, []byte(checkpointLine(exported.out)), 0o600))
	require.NotNil(t, kept)
	require.NoError(t, os.WriteFile(file, []byte(without(without(without(exported.out, `"signature"`), "é<4"), "é<5")), 0o600))
	r := sfctl(nil, "audit", "verify", "--public-key", public, "--checkpoints", checkpoints, file)
	require.Equal(t, 6, r.code, r.err)
	require.Contains(t, r.out, "lines 4 to 5 were removed")
	require.Contains(t, sfctl(nil, "audit", "verify", "--public-key", public, "-o", "json", file).out, `"number": 4`)
	require.Equal(t, "chn_1:4\n", sfctl(nil, "audit", "verify", "--public-key", public, "-o", "name", file).out)
}

// without takes the lines out that hold a text.
func without(s, text string) (left string) {
	for line := range strings.Lines(s) {
		if !strings.Contains(line, text) {
			left += line
		}
	}
	return left
}

func checkpointLine(exported string) string {
	for line := range strings.Lines(exported) {
		if inside, ok := strings.CutPrefix(line, `{"checkpoint":`); ok {
			return strings.TrimSuffix(inside, "}\n") + "\n"
		}
	}
	return ""
}

func TestAuditKeys(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "audit-key")
	made := sfctl(nil, "audit", "key", path)
	require.Zero(t, made.code, made.err)
	require.Contains(t, made.out, path+".pub verifies")
	require.Equal(t, made.out, sfctl(nil, "audit", "key", path).out, "the one that is there is kept")
	for says, args := range map[string][]string{
		"--public-key is missing":                           {"verify", "x"},
		"--public-key: open /nothing":                       {"verify", "--public-key", "/nothing"},
		"--public-key: " + path + ": expected a public key": {"verify", "--public-key", path},
		"--checkpoints: open /nothing":                      {"verify", "--public-key", path + ".pub", "--checkpoints", "/nothing"},
		"open /nothing":                                     {"verify", "--public-key", path + ".pub", "/nothing"},
		"FILE is missing":                                   {"key"},
	} {
		r := sfctl(nil, append([]string{"audit"}, args...)...)
		require.Equal(t, 2, r.code, "%s: %s", says, r.err)
		require.Contains(t, r.err, says)
	}
}
