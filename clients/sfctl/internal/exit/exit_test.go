package exit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/golden"
	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

const server = "127.0.0.1:7100"

// overTheWire is an error as a client sees it.
func overTheWire(p *problem.Error) error { return status.FromProto(p.GRPCStatus().Proto()).Err() }

func TestEveryReasonOfTheRegistryHasItsExitCode(t *testing.T) {
	t.Parallel()
	for _, entry := range problem.Registry() {
		if entry.Code == codes.OK {
			continue // a notice: it never is an error of a call
		}
		t.Run(string(entry.Reason), func(t *testing.T) {
			t.Parallel()
			err := fmt.Errorf("while asking: %w", overTheWire(problem.New(entry.Reason, "it failed at %s", "users")))

			f := exit.Of(err, server)

			require.Equal(t, entry.Exit, f.Code)
			require.Equal(t, string(entry.Reason), f.Reason)
			require.Equal(t, "it failed at users", f.Message, "the service's words, without gRPC's around them")
			if entry.Reason != problem.Internal {
				require.Equal(t, printer.Flags(problem.New(entry.Reason, "").Action()), f.Action)
			}
		})
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	_, missing := os.Open("/there/is/no/such/file")
	tests := map[string]struct {
		err     error
		code    int
		reason  string
		message string
	}{
		"wrong usage":                   {exit.BadUsage(errors.New("no such flag")), 2, exit.Usage, "no such flag"},
		"own failure, wrapped":          {fmt.Errorf("x: %w", &exit.Failure{Code: 4, Reason: "R", Message: "m"}), 4, "R", "m"},
		"local problem":                 {problem.New(problem.RunNotFound, "no run"), 5, "RUN_NOT_FOUND", "no run"},
		"unavailable without a reason":  {status.Error(codes.Unavailable, `connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:7100: connect: connection refused"`), 8, "SERVICE_UNAVAILABLE", "nothing answers at 127.0.0.1:7100 (connection refused)"},
		"no answer in time":             {status.Error(codes.DeadlineExceeded, "context deadline exceeded"), 8, "SERVICE_UNAVAILABLE", "no answer from 127.0.0.1:7100 in time"},
		"no answer in time, on our own": {fmt.Errorf("wait: %w", context.DeadlineExceeded), 8, "SERVICE_UNAVAILABLE", "no answer from 127.0.0.1:7100 in time"},
		"a name without an address":     {status.Error(codes.Unavailable, "no children to pick from"), 8, "SERVICE_UNAVAILABLE", "cannot reach 127.0.0.1:7100: no address is known of this host"},
		"a name that nobody knows":      {status.Error(codes.Unavailable, `name resolver error: produced zero addresses`), 8, "SERVICE_UNAVAILABLE", "cannot reach 127.0.0.1:7100: no address is known of this host"},
		"a proxy in between":            {status.Error(codes.Unimplemented, "unexpected HTTP status code received from server: 404 (Not Found); malformed header: missing HTTP content-type"), 8, "SERVICE_UNAVAILABLE", "something else than the gateway's gRPC port answers at 127.0.0.1:7100"},
		"a web server":                  {status.Error(codes.Unknown, `unexpected HTTP status code received from server: 200 (OK); transport: received unexpected content-type "text/html"`), 8, "SERVICE_UNAVAILABLE", "something else than the gateway's gRPC port answers at 127.0.0.1:7100"},
		"interrupted":                   {fmt.Errorf("wait: %w", context.Canceled), 130, exit.Interrupted, "interrupted"},
		"interrupted in a call":         {status.Error(codes.Canceled, "context canceled"), 130, exit.Interrupted, "interrupted"},
		"not authenticated":             {status.Error(codes.Unauthenticated, "no token"), 7, "UNAUTHENTICATED", "no token"},
		"no reason, invalid argument":   {status.Error(codes.InvalidArgument, "bad field"), 2, "INVALID_REQUEST", "bad field"},
		"no reason, unknown":            {status.Error(codes.Unknown, "odd"), 1, "INTERNAL", "odd"},
		"of this machine":               {fmt.Errorf("read: %w", missing), 1, "INTERNAL", "read: open /there/is/no/such/file: no such file or directory"},
		"a notice is no success":        {problem.New(problem.DeparturesUnguarded, "stale"), 1, "DEPARTURES_UNGUARDED", "stale"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			f := exit.Of(tt.err, server)

			require.Equal(t, tt.code, f.Code)
			require.Equal(t, tt.reason, f.Reason)
			require.Equal(t, tt.message, f.Message)
			require.Equal(t, tt.message, f.Error())
		})
	}
	require.Nil(t, exit.Of(nil, server))
	require.ErrorIs(t, exit.Of(missing, server), os.ErrNotExist, "the cause can be asked for")
}

func TestNothingListens(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := lis.Addr().String()
	require.NoError(t, lis.Close())
	conn, err := grpcserver.Dial(address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()

	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).GetRun(context.Background(), &orchestratorv1.GetRunRequest{Run: "run_1"})

	require.True(t, exit.Unreachable(err))
	f := exit.Of(err, address)
	require.Equal(t, problem.ExitUnavailable, f.Code)
	require.Equal(t, "nothing answers at "+address+" (connection refused)", f.Message)
	require.Contains(t, f.Action, "sfctl dev")
}

func TestSomethingElseListens(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.NotFoundHandler())
	defer web.Close()
	address := web.Listener.Addr().String()
	conn, err := grpcserver.Dial(address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()

	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).GetRun(context.Background(), &orchestratorv1.GetRunRequest{Run: "run_1"})

	f := exit.Of(err, address)
	require.Equal(t, problem.ExitUnavailable, f.Code)
	require.Equal(t, "something else than the gateway's gRPC port answers at "+address, f.Message, err)
	require.Contains(t, f.Action, "Is it the REST port?")
}

func TestAConnectionThatIsResetIsNotTheRESTPort(t *testing.T) {
	t.Parallel()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = lis.Close() }()
	go func() { // a load balancer whose backends are gone
		for {
			conn, err := lis.Accept()
			if err != nil {
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}
	}()
	conn, err := grpcserver.Dial(lis.Addr().String())
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()

	_, err = orchestratorv1.NewOrchestratorServiceClient(conn).GetRun(context.Background(), &orchestratorv1.GetRunRequest{Run: "run_1"})

	f := exit.Of(err, lis.Addr().String())
	require.Equal(t, problem.ExitUnavailable, f.Code)
	require.NotContains(t, f.Action, "REST port", err)
	require.Contains(t, f.Message, "nothing answers at")
}

func TestUnreachableIsNotWhatAServiceSays(t *testing.T) {
	t.Parallel()
	require.False(t, exit.Unreachable(nil))
	require.False(t, exit.Unreachable(overTheWire(problem.New(problem.DatabaseUnavailable, "away"))))
	require.False(t, exit.Unreachable(status.Error(codes.NotFound, "no")))
	require.True(t, exit.TimedOut(status.Error(codes.DeadlineExceeded, "late")))
	require.False(t, exit.TimedOut(status.Error(codes.Unavailable, "refused")))
	require.False(t, exit.TimedOut(nil))
}

func failure() *exit.Failure {
	p := problem.New(problem.DatasetInvalid, "2 mistakes in d.yaml").
		Violate("d.yaml:3:1", "tables[0].type: expected a type,\nfound \x1b[1m").
		Violate("d.yaml:9:5", "tables[1].key: expected a column")
	return exit.Of(overTheWire(p), server)
}

func TestPrint(t *testing.T) {
	t.Parallel()
	for _, f := range []printer.Format{printer.Table, printer.JSON, printer.YAML} {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer

			require.NoError(t, failure().Print(&out, f, printer.Style{}))

			golden.Equal(t, "print."+string(f), out.String())
		})
	}
}

func TestPrintSaysNothingTwice(t *testing.T) {
	t.Parallel()
	f := &exit.Failure{Code: 2, Message: "the request breaks a declared rule: run: does not have prefix run_"}
	f.Violations = []problem.Violation{{Subject: "run", Description: "does not have prefix run_"}, {Subject: "as_of", Description: "is empty"}}
	var out bytes.Buffer

	require.NoError(t, f.Print(&out, printer.Table, printer.Style{}))

	require.Equal(t, "sfctl: the request breaks a declared rule: run: does not have prefix run_\n  as_of: is empty\n", out.String())
}

func TestPrintBoundsWhatAPersonReads(t *testing.T) {
	t.Parallel()
	f := &exit.Failure{Code: 3, Message: "many"}
	for range 250 {
		f.Violations = append(f.Violations, problem.Violation{Subject: "s", Description: "d"})
	}
	var words, object bytes.Buffer

	require.NoError(t, f.Print(&words, printer.Table, printer.Style{}))
	require.NoError(t, f.Print(&object, printer.JSON, printer.Style{}))

	require.Contains(t, words.String(), "… and 150 more")
	require.Equal(t, 250, strings.Count(object.String(), "subject"), "programs get all")
}
