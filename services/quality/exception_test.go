package quality_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/platform/relation"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/quality/internal/deliver"
)

// quotients is a candidate whose column c PostgreSQL computes as it is read, and of one
// row cannot: it divides by zero.
func quotients(t *testing.T, s *suite, table *datasetv1.Table) *stepv1.DeliveredTable {
	t.Helper()
	staged := deliver.Stage(t, s.db, table, []string{"a", "2"}, []string{"b", "0"})
	rows := relation.Of(staged.GetCandidate().GetRelation())
	view := relation.Relation{Schema: rows.Schema, Name: rows.Name + "_quotients"}
	s.db.Exec(t, "create view "+view.SQL()+" as select id, 10 / c as c, sf_file, sf_line from "+rows.SQL())
	s.db.Exec(t, "grant select on "+view.SQL()+" to sf_quality")
	staged.Candidate.Relation = view.Proto()
	return staged
}

// An error of SQLSTATE class 22 would be the same at every attempt: it is the verdict.
func TestWhatPostgreSQLCannotComputeIsAVerdictAndNoError(t *testing.T) {
	t.Parallel()
	for name, severity := range map[string]datasetv1.Severity{
		"critical": datasetv1.Severity_SEVERITY_CRITICAL, "warning": datasetv1.Severity_SEVERITY_WARNING,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup(t)
			table := deliver.Table("t", "id text", "c integer")
			deliver.Expect(t, table, expectation.ColumnValuesToBeBetween, map[string]any{"column": "c", "min_value": 1})
			deliver.Expect(t, table, expectation.ColumnValuesToNotBeNull, map[string]any{"column": "id"})
			table.Expectations[0].Severity = severity

			v := s.mustValidate(t, s.request([]*datasetv1.Table{table}, quotients(t, s, table)))

			require.Equal(t, severity == datasetv1.Severity_SEVERITY_WARNING, v.GetSuccess())
			require.Equal(t, [5]int32{2, 1, 1, 0, 50}, numbers(v))
			got, err := s.client.GetValidation(context.Background(), &qualityv1.GetValidationRequest{Validation: v.GetId()})
			require.NoError(t, err)
			r := got.GetValidation().GetResults()[0]
			require.True(t, r.GetExceptionInfo().GetRaisedException())
			require.Equal(t, "division by zero (SQLSTATE 22012)", r.GetExceptionInfo().GetExceptionMessage())
			require.False(t, got.GetValidation().GetResults()[1].GetExceptionInfo().GetRaisedException())
			f := got.GetValidation().GetFindings()[0]
			require.Equal(t, "t.c: PostgreSQL cannot evaluate the rule over this data: division by zero (SQLSTATE 22012) "+
				"(expect_column_values_to_be_between)", f.GetMessage())
			require.Equal(t, severity, f.GetSeverity())
		})
	}
}
