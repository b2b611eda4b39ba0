package attack

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/grpcserver"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/ingest/v1" // the contracts that are attacked
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	_ "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
	"github.com/streamflow/streamflow/test/cluster"
)

// doors is a suite whose gateway asks for tokens, and an attacker in front of it.
type doors struct {
	*suite
	reader, narrow *orchestratorv1.CreateTokenResponse // of all datasets, and of one of none of ours
}

func openDoors(t *testing.T) *doors {
	t.Helper()
	d := &doors{suite: setup(t, func(cfg *cluster.Config) { cfg.Tokens = true })}
	create := func(req *orchestratorv1.CreateTokenRequest) *orchestratorv1.CreateTokenResponse {
		req.RequestedBy = "attack"
		made, err := d.client.CreateToken(t.Context(), req)
		require.NoError(t, err)
		return made
	}
	d.reader = create(&orchestratorv1.CreateTokenRequest{Name: "reader", Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true})
	d.narrow = create(&orchestratorv1.CreateTokenRequest{Name: "narrow", Role: orchestratorv1.Role_ROLE_ADMIN, Datasets: []string{"elsewhere"}})
	return d
}

// The doors of a suite as it is deployed, which one attack after the other tries to open.
func TestTheDoors(t *testing.T) {
	d := openDoors(t)
	for name, attack := range map[string]func(*testing.T){
		"nobody comes in with a bad token":                d.nobodyComesInWithABadToken,
		"nobody does more than their token may":           d.nobodyDoesMoreThanTheirTokenMay,
		"nobody is who they say they are":                 d.nobodyIsWhoTheySayTheyAre,
		"a link is good once, and its session only reads": d.aLinkIsGoodOnceAndItsSessionOnlyReads,
		"made-up tokens keep nobody out":                  d.madeUpTokensKeepNobodyOut,
	} {
		t.Run(name, attack)
	}
}

func (d *doors) as(t *testing.T, token string) *grpc.ClientConn {
	t.Helper()
	var show []grpc.DialOption
	if token != "" {
		show = append(show, bearer.Call(token))
	}
	conn, err := grpcserver.Dial(d.Address(cluster.Gateway), show...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// each tries every RPC of every contract with an empty request and a dataset's name, and
// returns what each answered.
func each(t *testing.T, conn *grpc.ClientConn) map[string]error {
	t.Helper()
	answers := map[string]error{}
	for _, service := range []protoreflect.FullName{
		"streamflow.orchestrator.v1.OrchestratorService", "streamflow.ingest.v1.IngestService",
		"streamflow.quality.v1.QualityService", "streamflow.snapshot.v1.SnapshotService",
	} {
		found, err := protoregistry.GlobalFiles.FindDescriptorByName(service)
		require.NoError(t, err)
		methods := found.(protoreflect.ServiceDescriptor).Methods()
		for i := range methods.Len() {
			m := methods.Get(i)
			answers[string(m.Name())+" of "+string(service.Name())] = try(t, conn, m)
		}
	}
	return answers
}

func try(t *testing.T, conn *grpc.ClientConn, m protoreflect.MethodDescriptor) error {
	t.Helper()
	full := "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	req, resp := dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output())
	if fd := m.Input().Fields().ByName("dataset"); fd != nil && fd.Kind() == protoreflect.StringKind {
		req.Set(fd, protoreflect.ValueOfString("streamflow"))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if !m.IsStreamingServer() {
		return conn.Invoke(ctx, full, req, resp)
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, full)
	require.NoError(t, err)
	require.NoError(t, stream.SendMsg(req))
	require.NoError(t, stream.CloseSend())
	return stream.RecvMsg(resp)
}

// Forged, used up, revoked, or not there: no RPC of any service answers.
func (d *doors) nobodyComesInWithABadToken(t *testing.T) {
	ended, err := d.client.CreateToken(t.Context(), &orchestratorv1.CreateTokenRequest{Name: "ended", Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, RequestedBy: "attack"})
	require.NoError(t, err)
	execute(t, d.url, "update sf_orchestrator.token set expires_at = now() where name = 'ended'")
	revoked, err := d.client.CreateToken(t.Context(), &orchestratorv1.CreateTokenRequest{Name: "revoked", Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, RequestedBy: "attack"})
	require.NoError(t, err)
	_, err = d.client.RevokeToken(t.Context(), &orchestratorv1.RevokeTokenRequest{Token: revoked.GetToken().GetId(), RequestedBy: "attack"})
	require.NoError(t, err)
	for name, token := range map[string]string{
		"none": "", "forged": bearer.New(bearer.Token), "ended": ended.GetSecret(), "revoked": revoked.GetSecret(),
		"a letter off": d.Token()[:20] + "0" + d.Token()[21:], "cut short": "sf_" + string([]byte(d.Token())[3:30]),
	} {
		tried := 0
		for rpc, err := range each(t, d.as(t, token)) {
			if problem.Is(err, problem.NotExposed) {
				continue
			}
			tried++
			require.True(t, problem.Is(err, problem.Unauthenticated), "%s with a token that is %s: %v", rpc, name, err)
		}
		require.Greater(t, tried, 35)
		t.Logf("attacks: %d", tried)
	}
}

// A reader changes nothing, and an admin of another dataset gets to nothing of this one.
func (d *doors) nobodyDoesMoreThanTheirTokenMay(t *testing.T) {
	changes := map[string]bool{
		"ApplyDataset": true, "DeleteDataset": true, "MigrateDataset": true, "StartRun": true, "CancelRun": true, "CreateToken": true, "ListTokens": true, "RevokeToken": true,
		"GrantRole": true, "RevokeRole": true, "ListGrants": true,
		"Pin": true, "Unpin": true, "BuildTrainingSet": true, "ForgetTrainingSet": true, "UnmaskRun": true, "UnmaskValidation": true, "ReadmitKeys": true,
	}
	for rpc, err := range each(t, d.as(t, d.reader.GetSecret())) {
		if name, _, _ := strings.Cut(rpc, " "); changes[name] {
			require.True(t, problem.Is(err, problem.PermissionDenied) || problem.Is(err, problem.InvalidRequest), "%s by a reader: %v", rpc, err)
		}
		require.Error(t, orNothing(err), rpc)
	}
	client := orchestratorv1.NewOrchestratorServiceClient(d.as(t, d.reader.GetSecret()))
	_, err := client.StartRun(t.Context(), &orchestratorv1.StartRunRequest{Dataset: "streamflow", AsOf: "2024-01-31", Source: "/etc", RequestedBy: "x"})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)

	narrow := orchestratorv1.NewOrchestratorServiceClient(d.as(t, d.narrow.GetSecret()))
	_, err = narrow.GetDataset(t.Context(), &orchestratorv1.GetDatasetRequest{Dataset: "streamflow"})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)
	_, err = narrow.DeleteDataset(t.Context(), &orchestratorv1.DeleteDatasetRequest{Dataset: "streamflow", RequestedBy: "x"})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)
	_, err = narrow.CreateToken(t.Context(), &orchestratorv1.CreateTokenRequest{Name: "x", Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, RequestedBy: "x"})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)
	listed, err := narrow.ListDatasets(t.Context(), &orchestratorv1.ListDatasetsRequest{})
	require.NoError(t, err)
	require.Empty(t, listed.GetVersions())
}

// orNothing takes an answer for an error: what is asked for here is not there, and only
// lists and who one is have an answer.
func orNothing(err error) error {
	if err == nil {
		return io.EOF
	}
	return err
}

// Who says in the metadata that they are somebody else is who their token says.
func (d *doors) nobodyIsWhoTheySayTheyAre(t *testing.T) {
	root := &identity.Identity{Token: "tok_root", Name: "root", Role: identity.Admin, All: true}
	ctx, err := identity.Outgoing(t.Context(), root)
	require.NoError(t, err)
	for _, key := range []string{"x-sf-user", "x-forwarded-user", "grpc-metadata-" + identity.Key} {
		ctx = metadata.AppendToOutgoingContext(ctx, strings.TrimSuffix(key, "-bin"), "root")
	}
	me, err := orchestratorv1.NewOrchestratorServiceClient(d.as(t, d.reader.GetSecret())).WhoAmI(ctx, &orchestratorv1.WhoAmIRequest{})
	require.NoError(t, err)
	require.Equal(t, "reader", me.GetIdentity().GetName())
	_, err = orchestratorv1.NewOrchestratorServiceClient(d.as(t, "")).WhoAmI(ctx, &orchestratorv1.WhoAmIRequest{})
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
}

func (d *doors) aLinkIsGoodOnceAndItsSessionOnlyReads(t *testing.T) {
	link, err := d.client.CreateLogin(t.Context(), &orchestratorv1.CreateLoginRequest{})
	require.NoError(t, err)
	do := func(method, path string, header ...string) *http.Response {
		req, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.HTTP()+path, strings.NewReader(""))
		require.NoError(t, err)
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp
	}
	at := "/login?token=" + link.GetSecret()
	var wg sync.WaitGroup
	cookies := make(chan *http.Cookie, 16)
	for range cap(cookies) {
		wg.Go(func() {
			for _, c := range do(http.MethodGet, at).Cookies() {
				cookies <- c
			}
		})
	}
	wg.Wait()
	close(cookies)
	require.Len(t, cookies, 1, "of sixteen at once one comes in")
	session := <-cookies
	cookie := session.Name + "=" + session.Value

	require.Equal(t, http.StatusOK, do(http.MethodGet, "/v1/runs", "Cookie", cookie).StatusCode)
	require.Equal(t, http.StatusUnauthorized, do(http.MethodGet, "/v1/runs", "Authorization", "Bearer "+session.Value).StatusCode, "a session is no token")
	require.Equal(t, http.StatusUnauthorized, do(http.MethodGet, "/v1/runs", "Cookie", session.Name+"="+d.Token()).StatusCode, "and a token no session")
	require.Equal(t, http.StatusUnauthorized, do(http.MethodDelete, "/v1/datasets/streamflow", "Cookie", cookie).StatusCode)
	require.Equal(t, http.StatusForbidden, do(http.MethodDelete, "/v1/datasets/streamflow", "Cookie", cookie, "Origin", "http://evil.example", "Sec-Fetch-Site", "cross-site").StatusCode)
	for _, path := range []string{"/v1/runs?token=" + d.Token(), "/v1/runs?access_token=" + d.Token(), "/?token=" + d.Token(), "/login?token=" + d.Token()} {
		require.Equal(t, http.StatusUnauthorized, do(http.MethodGet, path).StatusCode, "a token in the address lets nobody in: %s", path)
	}
}

// Thousands of made-up tokens keep nobody out who is known.
func (d *doors) madeUpTokensKeepNobodyOut(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for ctx.Err() == nil {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.HTTP()+"/v1/runs", nil)
				if err != nil {
					return
				}
				req.Header.Set("Authorization", "Bearer "+bearer.New(bearer.Token))
				if resp, err := http.DefaultClient.Do(req); err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				}
			}
		})
	}
	for range 50 {
		_, err := d.client.ListRuns(t.Context(), &orchestratorv1.ListRunsRequest{})
		require.NoError(t, err)
	}
	stop()
	wg.Wait()
}
