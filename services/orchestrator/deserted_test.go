package orchestrator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// Over the tables that a deleted dataset left, another one is told whose they are, in one
// line; the dataset itself goes on with them.
func TestTablesOfADeletedDatasetAreNamedAsThat(t *testing.T) {
	t.Parallel()
	s := setup(t)
	ran := s.did(t, ask())
	requireState(t, ran, succeeded)
	s.stand("shop_orders", true, differs("found a column x", "alter table shop_orders drop column x"), differs("found a column y", "alter table shop_orders drop column y"))
	s.stand("shop_orders_snapshots", true, differs("expected no partition in the way", "alter table shop_orders_snapshots detach partition p"))
	_, err := s.remove("shop", true)
	require.NoError(t, err)
	heir := dataset("heir")
	heir.Tables[0].Name, heir.Snapshots[0].From, heir.Snapshots[0].Name = "shop_orders", "shop_orders", "shop_orders_snapshots"

	refused := s.applyErr(t, heir)

	requireReason(t, refused, problem.DatasetRefused)
	p := problem.FromError(refused)
	require.Len(t, p.Violations, 1)
	require.Equal(t, "public.shop_orders, public.shop_orders_snapshots are tables of dataset shop (stamped as_of "+ran.GetAsOf()+" to "+ran.GetAsOf()+
		"), which was deleted and left its tables, and not as this dataset declares: take other names, or apply dataset shop again, which goes on with them",
		p.Violations[0].Description)
	s.stand("shop_orders", true)
	s.stand("shop_orders_snapshots", true)
	require.NoError(t, s.applyErr(t, dataset("shop")), "what it left is its own")
	requireReason(t, s.applyErr(t, heir), problem.TableTaken)
}
