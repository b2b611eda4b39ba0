package identity_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/metadata"

	"github.com/streamflow/streamflow/platform/identity"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func TestARoleCoversThoseBeforeIt(t *testing.T) {
	t.Parallel()
	for i, have := range identity.Roles() {
		for j, need := range identity.Roles() {
			require.Equal(t, i >= j, have.Covers(need), "%s for %s", have, need)
		}
		require.Equal(t, have, identity.RoleOf(have.Proto()))
		require.Equal(t, "ROLE_"+strings.ToUpper(string(have)), have.Proto().String())
		parsed, err := identity.ParseRole(string(have))
		require.NoError(t, err)
		require.Equal(t, have, parsed)
		require.False(t, identity.Role("").Covers(have), "who has no role may nothing")
		require.False(t, have.Covers(""), "and what asks for none is allowed to nobody")
	}
	require.Empty(t, identity.RoleOf(orchestratorv1.Role_ROLE_UNSPECIFIED))
	require.Empty(t, identity.RoleOf(99))
	require.Len(t, orchestratorv1.Role_name, len(identity.Roles())+1)
	_, err := identity.ParseRole("root")
	require.ErrorContains(t, err, `role "root": want reader, operator, steward, admin`)
}

func TestATokenIsForItsDatasets(t *testing.T) {
	t.Parallel()
	all, two := &identity.Identity{All: true}, &identity.Identity{Datasets: []string{"shop", "inn"}}
	require.True(t, all.For("anything"))
	require.True(t, two.For("inn"))
	require.False(t, two.For("in"))
	require.False(t, two.For(""))
	require.False(t, (&identity.Identity{}).For("shop"), "none is not all")
	require.Equal(t, "all datasets", all.Scope())
	require.Equal(t, "datasets shop, inn", two.Scope())
	require.Equal(t, "dataset shop", (&identity.Identity{Datasets: []string{"shop"}}).Scope())
}

func TestWhoCallsIsPassedOn(t *testing.T) {
	t.Parallel()
	end := time.Date(2024, 2, 1, 3, 4, 5, 0, time.UTC)
	who := &identity.Identity{Token: "tok_1", Name: "ann", Role: identity.Steward, Datasets: []string{"shop"}, ExpiresAt: &end}
	ctx := metadata.AppendToOutgoingContext(context.Background(), identity.Key, "forged", "other", "kept")

	ctx, err := identity.Outgoing(ctx, who)
	require.NoError(t, err)

	sent, _ := metadata.FromOutgoingContext(ctx)
	require.Equal(t, []string{"kept"}, sent.Get("other"))
	require.Len(t, sent.Get(identity.Key), 1, "what was said before is gone")
	got, err := identity.Incoming(metadata.NewIncomingContext(context.Background(), sent))
	require.NoError(t, err)
	require.Equal(t, who, got)
}

func TestNobodyIsPassedOnAsNobody(t *testing.T) {
	t.Parallel()
	ctx := metadata.AppendToOutgoingContext(context.Background(), identity.Key, "forged")

	ctx, err := identity.Outgoing(ctx, nil)
	require.NoError(t, err)

	sent, _ := metadata.FromOutgoingContext(ctx)
	require.Empty(t, sent.Get(identity.Key))
	got, err := identity.Incoming(metadata.NewIncomingContext(context.Background(), sent))
	require.NoError(t, err)
	require.Nil(t, got)
	got, err = identity.Incoming(context.Background())
	require.NoError(t, err)
	require.Nil(t, got)
}

func TestACallerThatCannotBeReadIsNobodysGuess(t *testing.T) {
	t.Parallel()
	for _, said := range [][]string{{"\xff\xff\xff"}, {"", ""}} {
		_, err := identity.Incoming(metadata.NewIncomingContext(context.Background(), metadata.MD{identity.Key: said}))
		require.Error(t, err)
	}
}
