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

// What of others is called on an adopted table is a note of its own reason: whoever adopted
// the table agreed to it.
func TestCodeOfOthersIsNoted(t *testing.T) {
	t.Parallel()
	check := &stepv1.RelationCheck{Name: "users", Relation: &stepv1.Relation{Schema: "public", Name: "users"}, Exists: true, Warnings: []*stepv1.RelationDifference{
		{Found: "found trigger t, which runs as sf_ingest", Mend: "see whose it is", Reason: "FOREIGN_CODE"},
		{Found: "found trigger t before a row is written", Mend: "take it away"},
	}}

	got := warningsOf("LIVE_TABLE_DIFFERS", []*stepv1.RelationCheck{check})

	require.Len(t, got, 2)
	require.Equal(t, "FOREIGN_CODE", got[0].GetReason())
	require.Equal(t, datasetv1.Severity_SEVERITY_INFO, got[0].GetSeverity())
	require.Equal(t, "public.users: found trigger t, which runs as sf_ingest; see whose it is", got[0].GetMessage())
	require.Equal(t, "LIVE_TABLE_DIFFERS", got[1].GetReason())
	require.Equal(t, datasetv1.Severity_SEVERITY_WARNING, got[1].GetSeverity())
}
