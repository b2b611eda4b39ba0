package command_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/platform/problem"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func foundRevision(r *snapshotv1.VerifiedRevision) *snapshotv1.VerifyResponse {
	return &snapshotv1.VerifyResponse{Message: &snapshotv1.VerifyResponse_Revision{Revision: r}}
}

func foundAll(r *snapshotv1.VerifyResult) *snapshotv1.VerifyResponse {
	return &snapshotv1.VerifyResponse{Message: &snapshotv1.VerifyResponse_Result{Result: r}}
}

// intact is the verification of a history that is as it was stamped.
func intact() []*snapshotv1.VerifyResponse {
	return []*snapshotv1.VerifyResponse{
		foundRevision(&snapshotv1.VerifiedRevision{
			Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 2, State: snapshotv1.RevisionState_REVISION_STATE_INTACT,
			Relation: &stepv1.Relation{Schema: "sf_history", Name: "users_snapshots__2024_01_31__r1"},
			Rows:     7043, FoundRows: proto.Int64(7043), ContentHash: "h1:7043:1", FoundHash: "h1:7043:1",
		}),
		foundRevision(&snapshotv1.VerifiedRevision{
			Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 1, State: snapshotv1.RevisionState_REVISION_STATE_NOT_KEPT, SupersededAt: after(time.Hour),
			Relation: &stepv1.Relation{Schema: "sf_history", Name: "users_snapshots__2024_01_31__r1"},
			Rows:     7043, ContentHash: "h1:7043:9", Found: "its rows were lost before it was superseded, and are kept nowhere",
		}),
		foundAll(&snapshotv1.VerifyResult{Revisions: 2, Intact: 1, Rows: 7043}),
	}
}

// spoilt is the verification of one that is not.
func spoilt() []*snapshotv1.VerifyResponse {
	history := func(name string) *stepv1.Relation { return &stepv1.Relation{Schema: "sf_history", Name: name} }
	return []*snapshotv1.VerifyResponse{
		foundRevision(&snapshotv1.VerifiedRevision{
			Snapshot: "labels_snapshots", AsOf: "2024-02-29", Revision: 1, State: snapshotv1.RevisionState_REVISION_STATE_INTACT,
			Relation: history("labels_snapshots__2024_02_29__r1"), Rows: 7043, FoundRows: proto.Int64(7043), ContentHash: "h1:7043:1", FoundHash: "h1:7043:1",
		}),
		foundRevision(&snapshotv1.VerifiedRevision{
			Snapshot: "users_snapshots", AsOf: "2024-02-29", Revision: 1, State: snapshotv1.RevisionState_REVISION_STATE_TAMPERED,
			Relation: history("users_snapshots__2024_02_29__r1"), Rows: 7043, FoundRows: proto.Int64(7041), ContentHash: "h1:7043:2", FoundHash: "h1:7041:3",
			Found: "expected 7,043 rows in sf_history.users_snapshots__2024_02_29__r1, found 7,041", Mend: "run 2024-02-29 again with restage",
		}),
		foundRevision(&snapshotv1.VerifiedRevision{
			Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 1, State: snapshotv1.RevisionState_REVISION_STATE_MISSING,
			Relation: history("users_snapshots__2024_01_31__r1"), Rows: 7000, ContentHash: "h1:7000:2",
			Found: "its table sf_history.users_snapshots__2024_01_31__r1 is\x1b[2J gone", Mend: "run it again",
		}),
		foundRevision(&snapshotv1.VerifiedRevision{
			Snapshot: "users_snapshots", State: snapshotv1.RevisionState_REVISION_STATE_STRAY, Relation: &stepv1.Relation{Schema: "public", Name: "mine"},
			Found: "public.mine is a partition of public.users_snapshots, and the catalog knows nothing of it", Mend: "detach it",
		}),
		foundAll(&snapshotv1.VerifyResult{Revisions: 4, Intact: 1, Wrong: 3, Rows: 14084}),
	}
}

// What is wrong with the past alone is said to be so, and has an exit code of its own.
func TestSnapshotVerifyOfASpoiltPast(t *testing.T) {
	t.Parallel()
	past := foundRevision(&snapshotv1.VerifiedRevision{
		Snapshot: "users_snapshots", AsOf: "2024-01-31", Revision: 2, State: snapshotv1.RevisionState_REVISION_STATE_TAMPERED, SupersededAt: after(time.Hour),
		Relation: &stepv1.Relation{Schema: "sf_history", Name: "users_snapshots__2024_01_31__r2__kept"}, Rows: 3, FoundRows: proto.Int64(3), ContentHash: "h1:3:1", FoundHash: "h1:3:2",
		Found: "expected other values", Mend: "nothing to do for what is current: revision 3 took its place on 2024-02-01",
	})
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Verification: []*snapshotv1.VerifyResponse{past, foundAll(&snapshotv1.VerifyResult{Revisions: 3, Intact: 2, Wrong: 1, WrongSuperseded: 1, Rows: 9})}})
	r := sfctl(at(g), "snapshot", "verify", "--all")
	require.Equal(t, problem.ExitWarnings, r.code, r.err)
	require.Contains(t, r.err, "1 of 3 revisions are not as they were stamped, and none of them is current")
	golden.Equal(t, "snapshot-verify-past", r.out)

	both := gatewaytest.Start(t, &gatewaytest.Gateway{Verification: []*snapshotv1.VerifyResponse{past, foundAll(&snapshotv1.VerifyResult{Revisions: 3, Intact: 1, Wrong: 2, WrongSuperseded: 1, Rows: 9})}})
	r = sfctl(at(both), "snapshot", "verify", "--all")
	require.Equal(t, problem.ExitConflict, r.code, r.err)
	require.Contains(t, r.err, "2 of 3 revisions are not as they were stamped, of which 1 was superseded")
	require.Contains(t, r.out, "2 wrong, 1 of them superseded")
}

func TestSnapshotVerifyOfASpoiltHistory(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Verification: spoilt()})

	table := sfctl(at(g), "snapshot", "verify", "--as-of", "2024-02-29", "--snapshot", "users_snapshots", "--dataset", "small")
	wide := sfctl(at(g), "snapshot", "verify", "-o", "wide")
	lines := sfctl(at(g), "snapshot", "verify", "-o", "jsonl", "-q")
	names := sfctl(at(g), "snapshot", "verify", "-o", "name")

	for _, r := range []result{table, wide, lines, names} {
		require.Equal(t, problem.ExitConflict, r.code, r.err)
		require.Contains(t, r.err, "3 of 4 revisions are not as they were stamped")
	}
	golden.Equal(t, "snapshot-verify-spoilt", table.out)
	golden.Equal(t, "snapshot-verify-wide", wide.out)
	require.Equal(t, 4, strings.Count(lines.out, "\n"))
	var first map[string]any
	require.NoError(t, json.Unmarshal([]byte(lines.out[:strings.IndexByte(lines.out, '\n')]), &first))
	require.Equal(t, "intact", first["state"])
	require.Equal(t, "labels_snapshots/2024-02-29/1\nusers_snapshots/2024-02-29/1\nusers_snapshots/2024-01-31/1\npublic.mine\n", names.out)
	requireRequest(t, &snapshotv1.VerifyRequest{Dataset: "small", AsOf: "2024-02-29", Snapshot: "users_snapshots"}, gatewaytest.Requests[*snapshotv1.VerifyRequest](g)[0])
	require.Equal(t, problem.ExitUsage, sfctl(at(g), "snapshot", "verify", "--as-of", "january").code)
}

func requireRequest(t *testing.T, want, got proto.Message) {
	t.Helper()
	require.True(t, proto.Equal(want, got), "want %v\ngot  %v", want, got)
}

// A verification that was cut off has verified nothing.
func TestSnapshotVerifyThatIsCutOff(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Verification: intact()[:1]})

	cut := sfctl(at(g), "snapshot", "verify")
	g.Broken = problem.New(problem.DatabaseUnavailable, "the database went away")
	broken := sfctl(at(g), "snapshot", "verify")

	require.Equal(t, problem.ExitUnavailable, cut.code)
	require.Contains(t, cut.err, "the call was cut off")
	require.Equal(t, problem.ExitUnavailable, broken.code)
	require.Contains(t, broken.err, "the database went away")
	require.Empty(t, cut.out+broken.out)
}
