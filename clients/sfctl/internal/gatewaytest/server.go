package gatewaytest

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/telemetry"
	ingestv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

// Gateway answers for the services. Set its fields before the first call; a test that
// changes them later holds Lock.
type Gateway struct {
	sync.Mutex
	// Err, where set, is the answer to every call.
	Err error
	// Breaks is how many calls are taken whose connection breaks before they are answered.
	Breaks int
	// Runs are what ListRuns lists, newest first, and GetRun finds by prefix.
	Runs []*orchestratorv1.Run
	// AlreadyRunning is what StartRun says of the first of Runs, which it returns.
	AlreadyRunning bool
	// Cancelled is the state that CancelRun leaves a run in; unspecified leaves it.
	Cancelled orchestratorv1.RunState
	// Events are those of every run.
	Events []*orchestratorv1.Event
	// Cut ends a stream of events after so many with CutErr (nil: as if all were
	// told); 0 never does.
	Cut    int
	CutErr error
	// Hang keeps a stream open that has told all of Events.
	Hang bool
	// Datasets, Batches, Snapshots and Validation are what the services hold.
	Datasets []*orchestratorv1.DatasetVersion
	// Versions are those of a dataset, Changes what differs between the first two of
	// them, Warnings and Notes what applying tells besides, and Deleted what a deletion comes to.
	Versions []*orchestratorv1.DatasetVersion
	Changes  []*orchestratorv1.DatasetChange
	// NextRun is what the next run alters, as applying and comparing say.
	NextRun  []*stepv1.AlteredRelation
	Warnings []string
	Notes    []string
	Deleted  *orchestratorv1.DeleteDatasetResponse
	// Migrated is what a migration comes to.
	Migrated  *orchestratorv1.MigrateDatasetResponse
	Unchanged bool
	Batches   []*ingestv1.Batch
	Snapshots []*snapshotv1.Snapshot
	// Readmitted is what taking keys back comes to.
	Readmitted *ingestv1.ReadmitKeysResponse
	// Unmasked are the values that are unmasked of whatever is asked.
	Unmasked []*stepv1.UnmaskedValue
	// Restatements are what ListRestatements answers with.
	Restatements []*snapshotv1.Restatement
	// Gaps are what ListGaps answers with.
	Gaps []*snapshotv1.Gap
	// Restored is the answer to every restore.
	Restored   *snapshotv1.RestoreResponse
	Validation *qualityv1.Validation
	// Retention is the answer to every question what a history keeps.
	Retention *snapshotv1.PlanRetentionResponse
	// Verification is what Verify found, one message after the other.
	Verification []*snapshotv1.VerifyResponse
	// Difference is what Diff found, one message after the other.
	Difference []*snapshotv1.DiffResponse
	// TrainingSets are those that were built, newest first; Rows is the file of each of
	// them, Written what is said of it, and Broken what ends it in the middle. Verified is
	// what became of them.
	TrainingSets []*snapshotv1.TrainingSet
	Rows         string
	Written      *snapshotv1.TrainingFile
	Broken       error
	Verified     *snapshotv1.VerifyTrainingSetResponse

	// Grants are what ListGrants lists; GrantRole answers with the first.
	Grants []*orchestratorv1.Grant
	// Wants is the token that calls must show; empty for any or none. Identity is whom it
	// takes the caller for, Tokens are those that it knows, and Secret is what it makes.
	Wants    string
	Identity *orchestratorv1.Identity
	Tokens   []*orchestratorv1.Token
	Secret   string

	// Entries are what ListAudit answers with, and Audit what ExportAudit sends, which then
	// ends with Broken.
	Entries []*orchestratorv1.AuditEntry
	Audit   []*orchestratorv1.ExportAuditResponse

	shown    []string
	requests []any
	address  string
	server   *grpc.Server
}

// Start makes a gateway listen, and stops it with the test.
func Start(tb testing.TB, g *Gateway) *Gateway {
	tb.Helper()
	g.address = "127.0.0.1:0"
	g.Restart(tb)
	tb.Cleanup(g.Stop)
	return g
}

// Address is where the gateway listens.
func (g *Gateway) Address() string { return g.address }

// Stop ends every call and listens no more.
func (g *Gateway) Stop() { g.server.Stop() }

// Restart listens again on the same address.
func (g *Gateway) Restart(tb testing.TB) {
	tb.Helper()
	var lc net.ListenConfig
	lis, err := lc.Listen(tb.Context(), "tcp", g.address)
	require.NoError(tb, err)
	srv, err := grpcserver.New(telemetry.Discard(), grpc.ChainUnaryInterceptor(g.ask))
	require.NoError(tb, err)
	orchestratorv1.RegisterOrchestratorServiceServer(srv, orchestrator{Gateway: g})
	ingestv1.RegisterIngestServiceServer(srv, ingest{Gateway: g})
	qualityv1.RegisterQualityServiceServer(srv, quality{Gateway: g})
	snapshotv1.RegisterSnapshotServiceServer(srv, snapshot{Gateway: g})
	g.address, g.server = lis.Addr().String(), srv.Server
	go func() { _ = srv.Server.Serve(lis) }() // ends with Stop
}

// note keeps a request and returns the answer that every call gets.
func (g *Gateway) note(req any) error {
	g.Lock()
	defer g.Unlock()
	g.requests = append(g.requests, req)
	if g.Breaks > 0 {
		g.Breaks--
		return status.Error(codes.Unavailable, "error reading from server: EOF")
	}
	return g.Err
}

// Requests returns the requests of a type that came, in order.
func Requests[T any](g *Gateway) []T {
	g.Lock()
	defer g.Unlock()
	var of []T
	for _, r := range g.requests {
		if req, ok := r.(T); ok {
			of = append(of, req)
		}
	}
	return of
}
