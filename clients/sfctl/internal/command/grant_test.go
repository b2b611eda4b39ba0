package command_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/streamflow/streamflow/clients/sfctl/internal/gatewaytest"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

const login = "https://login.example"

func grants() []*orchestratorv1.Grant {
	return []*orchestratorv1.Grant{
		{Id: "file:1", Role: orchestratorv1.Role_ROLE_ADMIN, AllDatasets: true, Issuer: login, Subject: "1", FromFile: true},
		{
			Id: "gra_01hq7d", Role: orchestratorv1.Role_ROLE_OPERATOR, Datasets: []string{"inn", "shop"}, Issuer: login,
			Claims:    []*orchestratorv1.Claim{{Name: "environment", Value: "production"}, {Name: "repository", Value: "shop/etl"}},
			CreatedBy: "ana", CreatedAt: timestamppb.New(begin), LastUsedAt: timestamppb.New(begin),
		},
		{
			Id: "gra_01hq7c", Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true, Issuer: login, Subject: "2",
			CreatedBy: "ana", CreatedAt: timestamppb.New(begin), RevokedAt: timestamppb.New(begin), RevokedBy: "ben",
		},
	}
}

func TestGrantCreate(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Grants: grants()[1:]})
	r := sfctl(at(g), "grant", "create", "--role", "operator", "--dataset", "inn", "--issuer", login, "--subject", "x", "--group", "data", "--claim", "repository=shop/etl", "--claim", "a=b=c")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "gra_01hq7d: operator of inn, shop, to environment=production and repository=shop/etl of https://login.example\n", r.out)
	asked := gatewaytest.Requests[*orchestratorv1.GrantRoleRequest](g)[0]
	require.Equal(t, []string{"inn"}, asked.GetDatasets())
	require.False(t, asked.GetAllDatasets())
	require.Equal(t, "x", asked.GetSubject())
	require.Equal(t, "ana@desk", asked.GetRequestedBy())
	said := ""
	for _, c := range asked.GetClaims() {
		said += c.GetName() + " is " + c.GetValue() + "; "
	}
	require.Equal(t, "groups is data; repository is shop/etl; a is b=c; ", said)

	require.Zero(t, sfctl(at(g), "grant", "create", "--role", "reader", "--issuer", login, "--group", "data", "-o", "json").code)
	require.True(t, gatewaytest.Requests[*orchestratorv1.GrantRoleRequest](g)[1].GetAllDatasets())
	for line, says := range map[string]string{
		"--role reader --issuer " + login:                    "alone is everybody that it knows",
		"--role root --subject x --issuer " + login:          `role "root"`,
		"--role reader --subject x":                          "issuer",
		"--role reader --claim repository --issuer " + login: "want NAME=VALUE",
		"--role reader --claim =x --issuer " + login:         "want NAME=VALUE",
		"--role reader --claim x= --issuer " + login:         "want NAME=VALUE",
		"--role reader --subject x more --issuer " + login:   "unexpected argument",
	} {
		r := sfctl(at(g), append([]string{"grant", "create"}, strings.Fields(line)...)...)
		require.Equal(t, 2, r.code, line)
		require.Contains(t, r.err, says, line)
	}
	require.Len(t, gatewaytest.Requests[*orchestratorv1.GrantRoleRequest](g), 2)
}

func TestGrantList(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Grants: grants()})
	r := sfctl(at(g), "grant", "list", "--ended")
	require.Zero(t, r.code, r.err)
	for _, row := range []string{
		`file:1 +admin +all datasets +1 +https://login.example`,
		`gra_01hq7d +operator +inn, shop +environment=production and repository=shop/etl +https://login.example +\S+`,
		`gra_01hq7c +reader +all datasets +2 +https://login.example +revoked by ben`,
	} {
		require.Regexp(t, row, r.out)
	}
	require.Equal(t, "file:1\ngra_01hq7d\n", sfctl(at(g), "grant", "list", "-o", "name").out)
	require.Contains(t, sfctl(at(g), "grant", "list", "-o", "wide").out, "CREATED")
}

func TestGrantRevoke(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Grants: grants()})
	r := sfctl(at(g), "grant", "revoke", "01hq7d")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "gra_01hq7d: operator of inn, shop is environment=production and repository=shop/etl's no more, revoked by ana@desk")
	require.False(t, gatewaytest.Requests[*orchestratorv1.RevokeRoleRequest](g)[0].GetLastAdmin())
	require.Zero(t, sfctl(at(g), "grant", "revoke", "01hq7d", "--yes").code)
	require.True(t, gatewaytest.Requests[*orchestratorv1.RevokeRoleRequest](g)[1].GetLastAdmin())
	require.Equal(t, 5, sfctl(at(g), "grant", "revoke", "gra_none").code)
	require.Equal(t, 2, sfctl(at(g), "grant", "revoke").code)
}

// Somebody whom an issuer tells of learns who they are, also where they are granted nothing.
func TestAuthStatusOfASubject(t *testing.T) {
	t.Parallel()
	g := gatewaytest.Start(t, &gatewaytest.Gateway{Identity: &orchestratorv1.Identity{
		Name: "ann@example.com", Issuer: login, Subject: "1234", Role: orchestratorv1.Role_ROLE_OPERATOR, AllDatasets: true,
		Grants: []*orchestratorv1.GrantedRole{{Role: orchestratorv1.Role_ROLE_READER, AllDatasets: true}, {Role: orchestratorv1.Role_ROLE_OPERATOR, Datasets: []string{"shop"}}},
	}})
	r := sfctl(at(g), "auth", "status")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "ann@example.com at "+g.Address()+"\n  issuer    https://login.example\n  subject   1234\n  granted   reader of all datasets\n  granted   operator of shop\n", r.out)
	require.Empty(t, r.err)

	g = gatewaytest.Start(t, &gatewaytest.Gateway{Identity: &orchestratorv1.Identity{Name: "eve", Issuer: login, Subject: "6;7"}})
	r = sfctl(at(g), "auth", "status")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "granted   nothing")
	require.Contains(t, r.err, "sfctl grant create --role reader --issuer https://login.example --subject '6;7'")
}
