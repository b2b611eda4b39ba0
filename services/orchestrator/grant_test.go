package orchestrator_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/platform/bearer"
	"github.com/streamflow/streamflow/platform/daemon"
	"github.com/streamflow/streamflow/platform/identity"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/telemetry"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	"github.com/streamflow/streamflow/services/orchestrator"
)

const loginIssuer = "https://login.example"

// whoIs is what somebody is granted of whom an issuer says things.
func (s *suite) whoIs(t *testing.T, req *orchestratorv1.IdentifySubjectRequest) *orchestratorv1.Identity {
	t.Helper()
	req.Issuer = loginIssuer
	if req.GetName() == "" {
		req.Name = req.GetSubject()
	}
	resp, err := s.client.IdentifySubject(t.Context(), req)
	require.NoError(t, err)
	return resp.GetIdentity()
}

func TestGrantsFromMakingToRevoking(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ann := func() *orchestratorv1.Identity {
		return s.whoIs(t, &orchestratorv1.IdentifySubjectRequest{
			Subject: "1234", Name: "ann@example.com", Claims: []*orchestratorv1.ClaimSaid{{Name: "groups", Value: "data"}},
		})
	}
	require.Equal(t, orchestratorv1.Role_ROLE_UNSPECIFIED, ann().GetRole(), "nobody is anybody by the issuer alone")

	made, err := s.client.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{
		Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true, Issuer: loginIssuer, Claims: []*orchestratorv1.Claim{{Name: "groups", Value: "data"}}, RequestedBy: asker,
	})
	require.NoError(t, err)
	require.Equal(t, asker, made.GetGrant().GetCreatedBy())
	_, err = s.client.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{
		Role: orchestratorv1.Role_ROLE_STEWARD, Datasets: []string{"shop"}, Issuer: loginIssuer, Subject: "1234", RequestedBy: asker,
	})
	require.NoError(t, err)

	who := ann()
	require.Equal(t, "ann@example.com", who.GetName())
	require.Equal(t, "1234", who.GetSubject())
	require.Equal(t, orchestratorv1.Role_ROLE_STEWARD, who.GetRole())
	require.True(t, who.GetAllDatasets())
	require.Len(t, who.GetGrants(), 2)

	page, err := s.client.ListGrants(t.Context(), &orchestratorv1.ListGrantsRequest{PageSize: 1})
	require.NoError(t, err)
	require.Equal(t, "1234", page.GetGrants()[0].GetSubject(), "the newest first")
	page, err = s.client.ListGrants(t.Context(), &orchestratorv1.ListGrantsRequest{PageToken: page.GetNextPageToken()})
	require.NoError(t, err)
	require.Len(t, page.GetGrants(), 1)

	revoked, err := s.client.RevokeRole(t.Context(), &orchestratorv1.RevokeRoleRequest{Grant: made.GetGrant().GetId(), RequestedBy: "bob"})
	require.NoError(t, err)
	require.Equal(t, "bob", revoked.GetGrant().GetRevokedBy())
	require.False(t, ann().GetAllDatasets())
	require.Equal(t, []string{"shop"}, ann().GetDatasets())
	ended, err := s.client.ListGrants(t.Context(), &orchestratorv1.ListGrantsRequest{Ended: true})
	require.NoError(t, err)
	require.Len(t, ended.GetGrants(), 2)
}

func TestAGrantThatCannotBeIsNotMade(t *testing.T) {
	t.Parallel()
	s := setup(t)
	for name, tc := range map[string]struct {
		change func(*orchestratorv1.GrantRoleRequest)
		says   string
	}{
		"no role":         {func(r *orchestratorv1.GrantRoleRequest) { r.Role = 0 }, "role: "},
		"to everybody":    {func(r *orchestratorv1.GrantRoleRequest) { r.Subject = "" }, "an issuer alone is everybody"},
		"no issuer":       {func(r *orchestratorv1.GrantRoleRequest) { r.Issuer = "" }, "issuer: "},
		"no address":      {func(r *orchestratorv1.GrantRoleRequest) { r.Issuer = "login.example" }, "issuer: "},
		"for nothing":     {func(r *orchestratorv1.GrantRoleRequest) { r.AllDatasets = false }, "either all_datasets"},
		"for all and one": {func(r *orchestratorv1.GrantRoleRequest) { r.Datasets = []string{"shop"} }, "either all_datasets"},
		"a claim of none": {func(r *orchestratorv1.GrantRoleRequest) { r.Claims = []*orchestratorv1.Claim{{Value: "x"}} }, "claims[0].name: "},
		"a claim with =": {func(r *orchestratorv1.GrantRoleRequest) {
			r.Claims = []*orchestratorv1.Claim{{Name: "a=b", Value: "x"}}
		}, "claims[0].name: "},
		"a claim empty": {func(r *orchestratorv1.GrantRoleRequest) { r.Claims = []*orchestratorv1.Claim{{Name: "a"}} }, "claims[0].value: "},
		"a line break":  {func(r *orchestratorv1.GrantRoleRequest) { r.Subject = "a\nb" }, "subject: "},
		"by no one":     {func(r *orchestratorv1.GrantRoleRequest) { r.RequestedBy = "" }, "requested_by: "},
	} {
		req := &orchestratorv1.GrantRoleRequest{Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true, Issuer: loginIssuer, Subject: "1234", RequestedBy: asker}
		tc.change(req)
		_, err := s.client.GrantRole(t.Context(), req)
		require.True(t, problem.Is(err, problem.InvalidRequest), "%s: %v", name, err)
		require.ErrorContains(t, err, tc.says, name)
	}
	for _, id := range []string{"", "abc", "file:1", "tok_1234"} {
		_, err := s.client.RevokeRole(t.Context(), &orchestratorv1.RevokeRoleRequest{Grant: id, RequestedBy: asker})
		require.True(t, problem.Is(err, problem.InvalidRequest), "%s: %v", id, err)
	}
	require.Equal(t, []string{"0"}, s.db.Rows(t, "select count(*)::text from sf_orchestrator.role_grant"))
}

func TestTheLastAdminTokenIsRevokedWhenItIsSaid(t *testing.T) {
	t.Parallel()
	s := setup(t)
	made, err := s.client.CreateToken(t.Context(), &orchestratorv1.CreateTokenRequest{Name: "ann", Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, RequestedBy: asker})
	require.NoError(t, err)
	req := &orchestratorv1.RevokeTokenRequest{Token: made.GetToken().GetId(), RequestedBy: "ann"}
	_, err = s.client.RevokeToken(t.Context(), req)
	require.True(t, problem.Is(err, problem.LastAdmin), "%v", err)
	require.ErrorContains(t, err, "of ann is the last by which anybody is admin")
	req.LastAdmin = true
	_, err = s.client.RevokeToken(t.Context(), req)
	require.NoError(t, err)
}

// Links and sessions hang on a token: who has none is told so.
func TestALinkIsForWhoHasATokenOfTheSuite(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ann := &identity.Identity{Name: "ann", Issuer: loginIssuer, Subject: "1234"}
	ann.Hold([]identity.Grant{{Role: identity.Admin, All: true}})
	_, err := s.client.CreateLogin(as(t, ann), &orchestratorv1.CreateLoginRequest{})
	require.True(t, problem.Is(err, problem.PermissionDenied), "%v", err)
	require.ErrorContains(t, err, "ann came by the issuer "+loginIssuer)
}

// Of a shared issuer nobody is anybody until a grant names whose they are.
func TestASharedIssuersSubjectsNeedAnOwner(t *testing.T) {
	t.Parallel()
	s := setup(t)
	build := func() *orchestratorv1.Identity {
		return s.whoIs(t, &orchestratorv1.IdentifySubjectRequest{
			Subject: "repo:shop/etl", Shared: true, OwnerClaims: []string{"repository"},
			Claims: []*orchestratorv1.ClaimSaid{{Name: "repository", Value: "shop/etl"}, {Name: "environment", Value: "production"}},
		})
	}
	grant := func(req *orchestratorv1.GrantRoleRequest) {
		req.Role, req.AllDatasets, req.Issuer, req.RequestedBy = orchestratorv1.Role_ROLE_OPERATOR, true, loginIssuer, asker
		_, err := s.client.GrantRole(t.Context(), req)
		require.NoError(t, err)
	}
	grant(&orchestratorv1.GrantRoleRequest{Subject: "repo:shop/etl"})
	grant(&orchestratorv1.GrantRoleRequest{Claims: []*orchestratorv1.Claim{{Name: "environment", Value: "production"}}})
	require.Equal(t, orchestratorv1.Role_ROLE_UNSPECIFIED, build().GetRole())
	grant(&orchestratorv1.GrantRoleRequest{Claims: []*orchestratorv1.Claim{{Name: "environment", Value: "production"}, {Name: "repository", Value: "shop/etl"}}})
	require.Equal(t, orchestratorv1.Role_ROLE_OPERATOR, build().GetRole())
}

func TestGrantsOfAFileCountBesides(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "grants.yaml")
	write := func(role string) {
		require.NoError(t, os.WriteFile(path, []byte("grants:\n  - {role: "+role+", all_datasets: true, issuer: "+loginIssuer+", subject: ann}\n"), 0o600))
	}
	write("steward")
	s, cfg := idle(t), quick()
	cfg.GrantsFile = path
	s.client = s.replica(t, cfg, "").client
	ann := func() orchestratorv1.Role {
		return s.whoIs(t, &orchestratorv1.IdentifySubjectRequest{Subject: "ann"}).GetRole()
	}
	require.Equal(t, orchestratorv1.Role_ROLE_STEWARD, ann())
	listed, err := s.client.ListGrants(t.Context(), &orchestratorv1.ListGrantsRequest{})
	require.NoError(t, err)
	require.Equal(t, "file:1", listed.GetGrants()[0].GetId())
	require.True(t, listed.GetGrants()[0].GetFromFile())

	write("admin")
	require.Eventually(t, func() bool { return ann() == orchestratorv1.Role_ROLE_ADMIN }, time.Minute, 50*time.Millisecond, "it is read again")

	for _, text := range []string{"grants: [{role: root}]", ""} {
		bad := filepath.Join(t.TempDir(), "bad.yaml")
		if text != "" {
			require.NoError(t, os.WriteFile(bad, []byte(text), 0o600))
		}
		_, err = orchestrator.New(orchestrator.Config{GrantsFile: bad}, daemon.Deps{Pool: s.db.Pool(t, "sf_orchestrator"), Log: telemetry.Discard()})
		require.ErrorContains(t, err, "grants-file: ")
	}
}

func TestTheFileOfGrantsIsASetting(t *testing.T) {
	t.Parallel()
	var help strings.Builder
	code := daemon.Command(context.Background(), orchestrator.Daemon(orchestrator.Config{}), []string{"-h"}, func(string) (string, bool) { return "", false }, &help)
	require.Zero(t, code)
	require.Contains(t, help.String(), "SF_GRANTS_FILE")
}

// A session of somebody who signed in may what is granted to them, as their token may: it is
// asked for each time.
func TestASessionMayWhatIsGranted(t *testing.T) {
	t.Parallel()
	s := setup(t)
	begin := func(once string) (*orchestratorv1.BeginSessionResponse, error) {
		return s.client.BeginSession(t.Context(), &orchestratorv1.BeginSessionRequest{
			Issuer: loginIssuer, Subject: "1234", Name: "ann@example.com", Claims: []*orchestratorv1.ClaimSaid{{Name: "groups", Value: "data"}},
			ExpiresAt: timestamppb.New(time.Now().Add(time.Hour)), Once: bearer.Hash(once),
		})
	}
	begun, err := begin("1")
	require.NoError(t, err)
	_, err = begin("1")
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
	who := func() *orchestratorv1.Identity {
		resp, err := s.client.Identify(t.Context(), &orchestratorv1.IdentifyRequest{Hash: bearer.Hash(begun.GetSecret()), Session: true})
		require.NoError(t, err)
		return resp.GetIdentity()
	}
	require.Equal(t, "1234", who().GetSubject())
	require.Equal(t, loginIssuer, who().GetIssuer())
	require.Equal(t, orchestratorv1.Role_ROLE_UNSPECIFIED, who().GetRole(), "nobody is anybody by signing in alone")

	made, err := s.client.GrantRole(t.Context(), &orchestratorv1.GrantRoleRequest{
		Role: orchestratorv1.Role_ROLE_READER, Datasets: []string{"shop"}, Issuer: loginIssuer, Claims: []*orchestratorv1.Claim{{Name: "groups", Value: "data"}}, RequestedBy: asker,
	})
	require.NoError(t, err)
	require.Equal(t, []string{"shop"}, who().GetDatasets())
	_, err = s.client.RevokeRole(t.Context(), &orchestratorv1.RevokeRoleRequest{Grant: made.GetGrant().GetId(), RequestedBy: asker})
	require.NoError(t, err)
	require.Equal(t, orchestratorv1.Role_ROLE_UNSPECIFIED, who().GetRole(), "nor once it was taken back")

	_, err = s.client.EndSession(t.Context(), &orchestratorv1.EndSessionRequest{Hash: bearer.Hash(begun.GetSecret())})
	require.NoError(t, err)
	_, err = s.client.Identify(t.Context(), &orchestratorv1.IdentifyRequest{Hash: bearer.Hash(begun.GetSecret()), Session: true})
	require.True(t, problem.Is(err, problem.Unauthenticated), "%v", err)
	for name, wrong := range map[string]*orchestratorv1.BeginSessionRequest{
		"nobody":     {Issuer: loginIssuer, Name: "x", ExpiresAt: timestamppb.Now(), Once: bearer.Hash("2")},
		"for ever":   {Issuer: loginIssuer, Subject: "x", Name: "x", Once: bearer.Hash("2")},
		"every time": {Issuer: loginIssuer, Subject: "x", Name: "x", ExpiresAt: timestamppb.Now()},
	} {
		_, err := s.client.BeginSession(t.Context(), wrong)
		require.True(t, problem.Is(err, problem.InvalidRequest), "%s: %v", name, err)
	}
}
