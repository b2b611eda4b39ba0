package step

import (
	"testing"

	"github.com/stretchr/testify/require"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func TestSchemaChangesOfAPlan(t *testing.T) {
	t.Parallel()
	check := func(name string, exists bool) *stepv1.RelationCheck {
		return &stepv1.RelationCheck{Name: name, Relation: &stepv1.Relation{Schema: "public", Name: name}, Exists: exists}
	}
	grown := check("users", true)
	grown.Expansions = []*stepv1.RelationDifference{{Found: "expected a column channel text, found none", Mend: "alter table users add column channel text"}}
	refused := check("labels", false)
	refused.Differences = []*stepv1.RelationDifference{{Found: "expected the schema to be there, found none"}}

	got := schemaChanges([]*stepv1.RelationCheck{grown, check("orders", true), check("refunds", false), refused})

	require.Len(t, got, 2)
	for _, f := range got {
		require.Equal(t, "SCHEMA_CHANGES", f.GetReason())
		require.Equal(t, datasetv1.Severity_SEVERITY_INFO, f.GetSeverity())
	}
	require.Equal(t, "public.users: expected a column channel text, found none, and is altered before anything is written: alter table users add column channel text",
		got[0].GetMessage())
	require.Equal(t, `public.refunds is made: create table "public"."refunds"`, got[1].GetMessage())
	require.Empty(t, schemaChanges([]*stepv1.RelationCheck{check("orders", false), check("refunds", false)}), "the first run makes them all, as everybody expects")
}
