package identity_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/streamflow/streamflow/platform/identity"
)

func subject(grants ...identity.Grant) *identity.Identity {
	who := &identity.Identity{Name: "ann", Issuer: "https://login.example", Subject: "1234"}
	who.Hold(grants)
	return who
}

func TestWhatASubjectIsGranted(t *testing.T) {
	t.Parallel()
	of := func(r identity.Role, datasets ...string) identity.Grant {
		return identity.Grant{Role: r, All: len(datasets) == 0, Datasets: datasets}
	}
	for name, tc := range map[string]struct {
		who             *identity.Identity
		role, all, shop identity.Role
		datasets        []string
		held            string
	}{
		"nothing":          {subject(), "", "", "", nil, "granted nothing"},
		"one for all":      {subject(of(identity.Steward)), identity.Steward, identity.Steward, identity.Steward, nil, "granted steward of all datasets"},
		"one for one":      {subject(of(identity.Admin, "shop")), identity.Admin, "", identity.Admin, []string{"shop"}, "granted admin of dataset shop"},
		"one for another":  {subject(of(identity.Admin, "inn")), identity.Admin, "", "", []string{"inn"}, "granted admin of dataset inn"},
		"more for one":     {subject(of(identity.Reader), of(identity.Operator, "shop")), identity.Operator, identity.Reader, identity.Operator, nil, "granted reader of all datasets, operator of dataset shop"},
		"less for one":     {subject(of(identity.Operator), of(identity.Reader, "shop")), identity.Operator, identity.Operator, identity.Operator, nil, "granted operator of all datasets, reader of dataset shop"},
		"two for the same": {subject(of(identity.Steward, "shop", "inn"), of(identity.Reader, "shop")), identity.Steward, "", identity.Steward, []string{"inn", "shop"}, "granted steward of datasets shop, inn, reader of dataset shop"},
	} {
		require.Equal(t, tc.role, tc.who.Role, name)
		require.Equal(t, tc.all, tc.who.RoleForAll(), name)
		require.Equal(t, tc.shop, tc.who.RoleFor("shop"), name)
		require.Equal(t, tc.all != "", tc.who.All, name)
		require.Equal(t, tc.datasets, tc.who.Datasets, name)
		require.Equal(t, tc.held, tc.who.Held(), name)
	}
}

func TestATokenHasItsRoleForAllThatItIsFor(t *testing.T) {
	t.Parallel()
	one := &identity.Identity{Role: identity.Steward, Datasets: []string{"shop"}}
	require.Equal(t, identity.Steward, one.RoleFor("shop"))
	require.Empty(t, one.RoleFor("inn"))
	require.Empty(t, one.RoleForAll())
	all := &identity.Identity{Role: identity.Reader, All: true}
	require.Equal(t, identity.Reader, all.RoleFor("inn"))
	require.Equal(t, identity.Reader, all.RoleForAll())
	// What an identity of a subject says beside its grants counts for nothing.
	forged := &identity.Identity{Subject: "x", Role: identity.Admin, All: true}
	require.Empty(t, forged.RoleForAll())
}

func TestASubjectIsPassedOn(t *testing.T) {
	t.Parallel()
	who := subject(identity.Grant{Role: identity.Reader, All: true}, identity.Grant{Role: identity.Admin, Datasets: []string{"shop"}})
	ctx, err := identity.Outgoing(context.Background(), who)
	require.NoError(t, err)
	sent, _ := metadata.FromOutgoingContext(ctx)
	got, err := identity.Incoming(metadata.NewIncomingContext(context.Background(), sent))
	require.NoError(t, err)
	require.Equal(t, who, got)
}

func TestWhoIsToldFromOthers(t *testing.T) {
	t.Parallel()
	require.Equal(t, "https://login.example 1234", subject().Key())
	require.Equal(t, "tok_1", (&identity.Identity{Token: "tok_1"}).Key())
}
