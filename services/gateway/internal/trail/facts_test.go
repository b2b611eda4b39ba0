package trail

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/streamflow/streamflow/platform/bearer"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// untold are the texts of requests that the log does not repeat, each for its reason.
var untold = []string{
	"reason",          // people name people in it
	"manifest", "csv", // rows, keys and hashes
	"request_id",      // it is the caller's own
	"requested_by",    // who asks stands in who
	"waive", "secret", // counted; a secret
	"owner_claims",               // of the gateway's own settings
	"dataset", "dataset_version", // it has a place of its own; what the gateway itself puts there
	"run", "token", "training_set", "grant", "validation", // which have a place of their own
}

// Whoever adds a text to a request says here, or in told, whether the log repeats it.
func TestEveryTextOfARequestIsToldOrIsNot(t *testing.T) {
	t.Parallel()
	seen := 0
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if file.Package().Parent().Parent() != "streamflow" {
			return true
		}
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				if m := methods.Get(j); m.Input().Fields().ByName("context") == nil && !unrecorded.MatchString(string(m.Name())) {
					seen += decided(t, m)
				}
			}
		}
		return true
	})
	require.Greater(t, seen, 40)
}

// unrecorded are the steps of runs, which have a context, what reads, and what the gateway and
// the services call among themselves. What is not told is not repeated of those either.
var unrecorded = regexp.MustCompile("^(Get|List|Diff|Verify|Watch|WhoAmI|Plan|Record|DropAudit|Identify|Check)")

func decided(t *testing.T, m protoreflect.MethodDescriptor) (seen int) {
	t.Helper()
	for i := range m.Input().Fields().Len() {
		fd := m.Input().Fields().Get(i)
		if fd.Kind() != protoreflect.StringKind {
			continue
		}
		_, told := told[fd.Name()]
		require.NotEqual(t, told, slices.Contains(untold, string(fd.Name())), "%s of %s: is it repeated in the audit log?", fd.Name(), m.Name())
		seen++
	}
	return seen
}

func TestFacts(t *testing.T) {
	t.Parallel()
	for want, m := range map[string]proto.Message{
		"as_of=2024-01-31 source=/data/2024-01-31 restage=true accept=2": &orchestratorv1.StartRunRequest{
			Dataset: "shop", AsOf: "2024-01-31", Source: "/data/2024-01-31", Restage: true, RequestedBy: "ann", RequestId: "r", Reason: "a person called Smith",
			Accept: []*orchestratorv1.AcceptedFinding{{Reason: "STALE_EXTRACT"}, {}},
		},
		"finding=2 shown=pii:5f3a:9c01d2e4b6f80a1c": &orchestratorv1.UnmaskRunRequest{Run: "run_1", Finding: 2, Shown: "pii:5f3a:9c01d2e4b6f80a1c"},
		"mode=erase erase_table=users erase_keys=2": &orchestratorv1.StartRunRequest{
			Dataset: "shop", Mode: orchestratorv1.RunMode_RUN_MODE_ERASE, EraseTable: "users", EraseKeys: []*stepv1.EraseKey{{Values: []string{"u1"}}, {Values: []string{"u2"}}},
		},
		"source=s3://…": &orchestratorv1.StartRunRequest{Source: "s3://AKIA:hunter2@bucket/x"},
		`name=ci role=operator datasets=inn,shop expires_in=1h0m0s`: &orchestratorv1.CreateTokenRequest{
			Name: "ci", Role: orchestratorv1.Role_ROLE_OPERATOR, Datasets: []string{"inn", "shop"}, ExpiresIn: durationpb.New(time.Hour),
		},
		`source="/a b"`: &orchestratorv1.StartRunRequest{Source: "/a b"},
		"":              &snapshotv1.RebuildTrainingSetRequest{Manifest: `{"x":1}`, EntityRows: &snapshotv1.EntityRows{Csv: "user_id\nu1\n"}},
		"datasets=" + strings.Repeat("d,", 20) + "…30": &orchestratorv1.CreateTokenRequest{Datasets: slices.Repeat([]string{"d"}, 30)},
		`role=admin all_datasets=true issuer=https://login.example subject="a b" claims=1`: &orchestratorv1.GrantRoleRequest{
			Role: 4, AllDatasets: true, Issuer: "https://login.example", Subject: "a b", Claims: []*orchestratorv1.Claim{{Name: "groups", Value: "data"}}, RequestedBy: "x",
		},
		`last_admin=true`: &orchestratorv1.RevokeRoleRequest{Grant: "gra_1", LastAdmin: true, RequestedBy: "x"},
	} {
		require.Equal(t, want, Facts(m))
	}
	require.Empty(t, Facts(nil))
}

func TestSubjects(t *testing.T) {
	t.Parallel()
	require.Equal(t, "shop", Dataset(&orchestratorv1.ApplyDatasetRequest{Dataset: &datasetv1.Dataset{Name: "shop"}}))
	require.Equal(t, "shop", Dataset(&orchestratorv1.StartRunRequest{Dataset: "shop"}))
	require.Empty(t, Dataset(&orchestratorv1.StartRunRequest{Dataset: "a secret, pasted"}))
	require.Empty(t, Dataset(&orchestratorv1.CancelRunRequest{Run: "run_1"}))
	require.Equal(t, "run_1", Target(&orchestratorv1.CancelRunRequest{Run: "run_1"}))
	require.Equal(t, "01hq7d", Target(&orchestratorv1.RevokeTokenRequest{Token: "01hq7d"}))
	secret := bearer.New(bearer.Token)
	for _, pasted := range []string{secret, secret[3:], strings.ToLower(secret[3:])} {
		require.Equal(t, "(no identifier)", Target(&orchestratorv1.RevokeTokenRequest{Token: pasted}))
	}
	require.Equal(t, "run_2", Made(&orchestratorv1.StartRunResponse{Run: &orchestratorv1.Run{Id: "run_2"}}))
	require.Equal(t, "tok_2", Made(&orchestratorv1.CreateTokenResponse{Token: &orchestratorv1.Token{Id: "tok_2"}, Secret: secret}))
	require.Empty(t, Made(nil))
	require.Empty(t, Made(&orchestratorv1.GetRunResponse{}))
}

// Whatever a request holds, none of it that is not told is in the line.
func FuzzFactsTellNoSecret(f *testing.F) {
	f.Add("hunter2")
	f.Add("a=b c")
	f.Fuzz(func(t *testing.T, secret string) {
		if len(secret) < 5 {
			t.Skip("too short to be told from other words")
		}
		m := &orchestratorv1.StartRunRequest{
			Reason: secret, RequestId: secret, RequestedBy: secret, EraseKeys: []*stepv1.EraseKey{{Values: []string{secret}}},
			Accept: []*orchestratorv1.AcceptedFinding{{Reason: secret, Table: secret}},
		}
		require.Equal(t, "accept=1 erase_keys=1", Facts(m))
	})
}

func TestWhoComesByAnIssuerIsToldByIt(t *testing.T) {
	t.Parallel()
	require.Equal(t, `by_issuer=https://login.example by_subject="a b"`, By("https://login.example", "a b"))
	require.LessOrEqual(t, len(By(strings.Repeat("i", 500), strings.Repeat("s", 500))), 230)
	require.Equal(t, "gra_01hq7d", Target(&orchestratorv1.RevokeRoleRequest{Grant: "gra_01hq7d"}))
	require.Equal(t, "gra_01hq7d", Made(&orchestratorv1.GrantRoleResponse{Grant: &orchestratorv1.Grant{Id: "gra_01hq7d"}}))
}
