package orchestrator_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator"
)

// as is a context in which the gateway calls for somebody.
func as(t testing.TB, who *identity.Identity) context.Context {
	t.Helper()
	ctx, err := identity.Outgoing(t.Context(), who)
	require.NoError(t, err)
	return ctx
}

func TestTokensFromMakingToRevoking(t *testing.T) {
	t.Parallel()
	s := setup(t)
	made, err := s.client.CreateToken(t.Context(), &orchestratorv1.CreateTokenRequest{
		Name: "ci", Role: orchestratorv1.Role_ROLE_OPERATOR, Datasets: []string{"shop"}, ExpiresIn: durationpb.New(time.Hour), RequestedBy: asker,
	})
	require.NoError(t, err)
	require.True(t, bearer.Is(bearer.Token, made.GetSecret()))
	require.Equal(t, asker, made.GetToken().GetCreatedBy())
	hash := bearer.Hash(made.GetSecret())

	who, err := s.client.Identify(t.Context(), &orchestratorv1.IdentifyRequest{Hash: hash})
	require.NoError(t, err)
	require.Equal(t, made.GetToken().GetId(), who.GetIdentity().GetToken())
	require.Equal(t, "ci", who.GetIdentity().GetName())
	require.Equal(t, orchestratorv1.Role_ROLE_OPERATOR, who.GetIdentity().GetRole())
	require.Equal(t, []string{"shop"}, who.GetIdentity().GetDatasets())
	require.False(t, who.GetIdentity().GetAllDatasets())

	other, err := s.client.CreateToken(t.Context(), &orchestratorv1.CreateTokenRequest{
		Name: "ann", Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, RequestedBy: asker,
	})
	require.NoError(t, err)
	list := func(req *orchestratorv1.ListTokensRequest) (names []string) {
		for {
			resp, err := s.client.ListTokens(t.Context(), req)
			require.NoError(t, err)
			require.NotContains(t, resp.String(), made.GetSecret())
			for _, found := range resp.GetTokens() {
				names = append(names, found.GetName())
			}
			if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
				return names
			}
		}
	}
	require.ElementsMatch(t, []string{"ann", "ci"}, list(&orchestratorv1.ListTokensRequest{PageSize: 1}))
	_, err = s.client.ListTokens(t.Context(), &orchestratorv1.ListTokensRequest{PageToken: "c2hvcA"})
	require.True(t, problem.Is(err, problem.InvalidRequest), "a token of another list: %v", err)

	revoked, err := s.client.RevokeToken(t.Context(), &orchestratorv1.RevokeTokenRequest{Token: made.GetToken().GetId(), RequestedBy: "ann"})
	require.NoError(t, err)
	require.Equal(t, "ann", revoked.GetToken().GetRevokedBy())
	_, err = s.client.Identify(t.Context(), &orchestratorv1.IdentifyRequest{Hash: hash})
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
	require.Equal(t, []string{"ann"}, list(&orchestratorv1.ListTokensRequest{}))
	require.Len(t, list(&orchestratorv1.ListTokensRequest{Ended: true}), 2)
	require.NotEmpty(t, other.GetSecret())
}

func TestATokenThatCannotBeIsNotMade(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for name, tc := range map[string]struct {
		change func(*orchestratorv1.CreateTokenRequest)
		says   string
	}{
		"no name":             {func(r *orchestratorv1.CreateTokenRequest) { r.Name = "" }, "name: missing"},
		"a name of two":       {func(r *orchestratorv1.CreateTokenRequest) { r.Name = "a b" }, "name: "},
		"no role":             {func(r *orchestratorv1.CreateTokenRequest) { r.Role = 0 }, "role: "},
		"no such role":        {func(r *orchestratorv1.CreateTokenRequest) { r.Role = 9 }, "role: "},
		"for nothing":         {func(r *orchestratorv1.CreateTokenRequest) { r.AllDatasets = false }, "either all_datasets, or the datasets"},
		"for all and one":     {func(r *orchestratorv1.CreateTokenRequest) { r.Datasets = []string{"shop"} }, "either all_datasets, or the datasets"},
		"no such dataset":     {func(r *orchestratorv1.CreateTokenRequest) { r.AllDatasets, r.Datasets = false, []string{"Shop"} }, "datasets[0]: "},
		"one twice":           {func(r *orchestratorv1.CreateTokenRequest) { r.AllDatasets, r.Datasets = false, []string{"a", "a"} }, "datasets: "},
		"over before it is":   {func(r *orchestratorv1.CreateTokenRequest) { r.ExpiresIn = durationpb.New(-time.Hour) }, "expires_in: "},
		"for a second":        {func(r *orchestratorv1.CreateTokenRequest) { r.ExpiresIn = durationpb.New(time.Second) }, "expires_in: "},
		"for a century":       {func(r *orchestratorv1.CreateTokenRequest) { r.ExpiresIn = durationpb.New(100 * 366 * 24 * time.Hour) }, "expires_in: "},
		"asked for by no one": {func(r *orchestratorv1.CreateTokenRequest) { r.RequestedBy = "" }, "requested_by: "},
	} {
		req := &orchestratorv1.CreateTokenRequest{Name: "ci", Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true, RequestedBy: asker}
		tc.change(req)

		_, err := s.client.CreateToken(t.Context(), req)

		require.True(t, problem.Is(err, problem.InvalidRequest), "%s: %v", name, err)
		require.ErrorContains(t, err, tc.says, name)
	}
	require.Equal(t, []string{"0"}, s.db.Rows(t, "select count(*)::text from sf_orchestrator.token"))
}

func TestWhoAmIIsWhoTheGatewaySays(t *testing.T) {
	t.Parallel()
	s := setup(t)
	nobody, err := s.client.WhoAmI(t.Context(), &orchestratorv1.WhoAmIRequest{})
	require.NoError(t, err)
	require.Nil(t, nobody.GetIdentity())
	ann := &identity.Identity{Token: "tok_1", Name: "ann", Role: identity.Reader, Datasets: []string{"shop"}}
	got, err := s.client.WhoAmI(as(t, ann), &orchestratorv1.WhoAmIRequest{})
	require.NoError(t, err)
	require.Equal(t, ann, identity.Of(got.GetIdentity()))
	_, err = s.client.WhoAmI(metadata.AppendToOutgoingContext(t.Context(), identity.Key, "\xff\xff"), &orchestratorv1.WhoAmIRequest{})
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
}

func TestALinkIsMadeForWhoCalls(t *testing.T) {
	t.Parallel()
	s := setup(t)
	_, err := s.client.CreateLogin(t.Context(), &orchestratorv1.CreateLoginRequest{})
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
	made, err := s.client.CreateToken(t.Context(), &orchestratorv1.CreateTokenRequest{Name: "ann", Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true, RequestedBy: asker})
	require.NoError(t, err)

	link, err := s.client.CreateLogin(as(t, &identity.Identity{Token: made.GetToken().GetId()}), &orchestratorv1.CreateLoginRequest{})
	require.NoError(t, err)
	session, err := s.client.RedeemLogin(t.Context(), &orchestratorv1.RedeemLoginRequest{Secret: link.GetSecret()})
	require.NoError(t, err)
	who, err := s.client.Identify(t.Context(), &orchestratorv1.IdentifyRequest{Hash: bearer.Hash(session.GetSecret()), Session: true})
	require.NoError(t, err)
	require.Equal(t, "ann", who.GetIdentity().GetName())
	_, err = s.client.RedeemLogin(t.Context(), &orchestratorv1.RedeemLoginRequest{Secret: link.GetSecret()})
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
}

// What somebody is not granted is not in their lists, and the pages of these are as full as
// everybody's: nothing tells that more is there.
func TestListsHoldWhatTheCallerIsGranted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for _, name := range []string{"bank", "inn", "zoo"} {
		s.apply(t, dataset(name))
	}
	mine := s.did(t, ask()).GetId()
	others := ask()
	others.Dataset = "inn"
	theirs := s.did(t, others).GetId()
	datasets := func(ctx context.Context) (names []string) {
		resp, err := s.client.ListDatasets(ctx, &orchestratorv1.ListDatasetsRequest{PageSize: 2})
		require.NoError(t, err)
		for _, v := range resp.GetVersions() {
			names = append(names, v.GetDataset().GetName())
		}
		if resp.GetNextPageToken() != "" {
			names = append(names, "and more")
		}
		return names
	}
	runs := func(ctx context.Context) (ids []string) {
		resp, err := s.client.ListRuns(ctx, &orchestratorv1.ListRunsRequest{})
		require.NoError(t, err)
		for _, r := range resp.GetRuns() {
			ids = append(ids, r.GetId())
		}
		return ids
	}

	for name, tc := range map[string]struct {
		who      *identity.Identity
		datasets []string
		runs     []string
	}{
		"nobody asks": {nil, []string{"bank", "inn", "and more"}, []string{theirs, mine}},
		"all":         {&identity.Identity{All: true}, []string{"bank", "inn", "and more"}, []string{theirs, mine}},
		"two":         {&identity.Identity{Datasets: []string{"shop", "bank"}}, []string{"bank", "shop"}, []string{mine}},
		"one of none": {&identity.Identity{Datasets: []string{"moon"}}, nil, nil},
		"none":        {&identity.Identity{}, nil, nil},
	} {
		require.Equal(t, tc.datasets, datasets(as(t, tc.who)), name)
		require.Equal(t, tc.runs, runs(as(t, tc.who)), name)
	}
}

// token runs `orchestratord token …` on the suite's database.
func (s *suite) token(t *testing.T, args ...string) (out, stderr string, err error) {
	t.Helper()
	var o, e bytes.Buffer
	env := func(name string) (string, bool) {
		return s.db.URL("sf_orchestrator"), name == "SF_DATABASE_URL"
	}
	err = orchestrator.Daemon(orchestrator.Config{}).Commands["token"](t.Context(), args, env, &o, &e)
	return o.String(), e.String(), err
}

func TestTheFirstTokenIsMadeWithTheDatabaseAlone(t *testing.T) {
	t.Parallel()
	s := setup(t)
	secret, said, err := s.token(t, "create", "--role", "admin")
	require.NoError(t, err)
	require.Regexp(t, `^tok_[0-9a-z]{26} of admin: admin of all datasets\n$`, said)
	who, err := s.client.Identify(t.Context(), &orchestratorv1.IdentifyRequest{Hash: bearer.Hash(strings.TrimSpace(secret))})
	require.NoError(t, err)
	require.Equal(t, orchestratorv1.Role_ROLE_ADMIN, who.GetIdentity().GetRole())
	require.True(t, who.GetIdentity().GetAllDatasets())
	require.Nil(t, who.GetIdentity().GetExpiresAt())

	path := filepath.Join(t.TempDir(), "token")
	out, said, err := s.token(t, "create", "--name", "ci", "--role", "operator", "--dataset", "shop", "--expires-in", "1h", "--out", path)
	require.NoError(t, err)
	require.Empty(t, out, "it is in the file")
	require.Contains(t, said, "of ci: operator of dataset shop")
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	secret, ok := strings.CutPrefix(string(text), "Authorization: Bearer ")
	require.True(t, ok, "curl -H @FILE sends it as it is")
	who, err = s.client.Identify(t.Context(), &orchestratorv1.IdentifyRequest{Hash: bearer.Hash(strings.TrimSpace(secret))})
	require.NoError(t, err)
	require.Equal(t, []string{"shop"}, who.GetIdentity().GetDatasets())
	require.NotNil(t, who.GetIdentity().GetExpiresAt())

	_, _, err = s.token(t, "create", "--out", path)
	require.ErrorContains(t, err, "file exists", "what is there is not written over")
	_, _, err = s.token(t, "create", "--out", path, "--if-missing")
	require.NoError(t, err)
	again, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, text, again)
	require.Equal(t, []string{"2"}, s.db.Rows(t, "select count(*)::text from sf_orchestrator.token"), "no token was made for nothing")
}

func TestATokenCommandThatCannotBeUnderstood(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for says, args := range map[string][]string{
		"orchestratord token create --name NAME":  nil,
		"want: orchestratord token create":        {"list"},
		`role "root": want reader, operator`:      {"create", "--role", "root"},
		`unexpected argument "ci"`:                {"create", "ci"},
		"give the database's URL":                 {"create", "--database-url", ""},
		"expires-in: expected a time above 0":     {"create", "--expires-in", "-1h"},
		"--if-missing is about the file of --out": {"create", "--if-missing"},
	} {
		_, _, err := s.token(t, args...)
		require.ErrorIs(t, err, daemon.ErrUsage, says)
		require.ErrorContains(t, err, says)
	}
	_, _, err := s.token(t, "create", "--out", filepath.Join(t.TempDir(), "no", "such", "folder"))
	require.ErrorContains(t, err, "write the token")
	require.Equal(t, []string{"0"}, s.db.Rows(t, "select count(*)::text from sf_orchestrator.token"))
}
