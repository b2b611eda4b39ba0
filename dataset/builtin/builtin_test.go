package builtin_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func TestStreamflowIsACopy(t *testing.T) {
	t.Parallel()
	builtin.Streamflow().Name = "changed"
	require.Equal(t, builtin.Name, builtin.Streamflow().GetName())
	builtin.YAML()[0] = 'x'
	require.True(t, strings.HasPrefix(string(builtin.YAML()), "# The dataset"))
}

func TestStreamflowHasNoMistakes(t *testing.T) {
	t.Parallel()
	_, mistakes := dataset.Read("dataset.yaml", builtin.YAML())
	require.Empty(t, mistakes)
}

// The tables that the data set's users already have: their queries name these,
// in schema public.
const liveTables = `
users: user_id text, signup_date date, user_gender text, user_is_senior boolean, has_family boolean, has_dependents boolean
subscriptions: user_id text, months_active integer, plan_stream_tv boolean, plan_stream_movies boolean, contract_type text, paperless_billing boolean, monthly_fee numeric, total_paid numeric, net_service text, add_on_security boolean?, add_on_backup boolean?, add_on_device_protect boolean?, add_on_support boolean?
usage_agg_30d: user_id text, watch_hours_30d numeric, avg_session_mins_7d numeric, unique_devices_30d integer, skips_7d integer, rebuffer_events_7d integer
payments_agg_90d: user_id text, failed_payments_90d integer
support_agg_90d: user_id text, support_tickets_90d integer, ticket_avg_resolution_hrs_90d numeric
labels: user_id text, churn_label boolean`

func TestStreamflowDeclaresTheTables(t *testing.T) {
	t.Parallel()
	d := builtin.Streamflow()
	require.Equal(t, "public", dataset.Schema(d))
	require.Equal(t, datasetv1.Period_PERIOD_MONTH_END, d.GetCalendar().GetPeriod())
	var lines strings.Builder
	for _, table := range d.GetTables() {
		var columns []string
		for _, column := range table.GetColumns() {
			text := column.GetName() + " " + column.GetType()
			if column.GetOptional() {
				text += "?"
			}
			columns = append(columns, text)
		}
		lines.WriteString("\n" + table.GetName() + ": " + strings.Join(columns, ", "))
		require.Equal(t, []string{"user_id"}, table.GetKey())
		require.Equal(t, table.GetName()+".csv", dataset.File(table))
		require.Equal(t, datasetv1.Extract_EXTRACT_FULL, table.GetExtract())
		require.Equal(t, datasetv1.DepartedKeys_DEPARTED_KEYS_IGNORE, table.GetDepartedKeys())
		if table.GetName() == "users" {
			require.Empty(t, table.GetReferences())
			continue
		}
		require.Len(t, table.GetReferences(), 1)
		require.Equal(t, "users", table.GetReferences()[0].GetTable())
		require.Equal(t, []string{"user_id"}, table.GetReferences()[0].GetColumns())
	}
	require.Equal(t, liveTables, lines.String())
}

const snapshotTables = `
subscriptions_profile_snapshots: user_id, months_active, monthly_fee, paperless_billing, plan_stream_tv, plan_stream_movies, net_service
usage_agg_30d_snapshots: user_id, watch_hours_30d, avg_session_mins_7d, unique_devices_30d, skips_7d, rebuffer_events_7d
payments_agg_90d_snapshots: user_id, failed_payments_90d
support_agg_90d_snapshots: user_id, support_tickets_90d, ticket_avg_resolution_hrs_90d
users_snapshots: user_id, signup_date, user_gender, user_is_senior, has_family, has_dependents
labels_snapshots: user_id, churn_label
subscriptions_snapshots: user_id, months_active, plan_stream_tv, plan_stream_movies, contract_type, paperless_billing, monthly_fee, total_paid, net_service, add_on_security, add_on_backup, add_on_device_protect, add_on_support`

func TestStreamflowDeclaresTheSnapshots(t *testing.T) {
	t.Parallel()
	d := builtin.Streamflow()
	var lines strings.Builder
	for _, snapshot := range d.GetSnapshots() {
		var columns []string
		for _, column := range dataset.SnapshotColumns(d, snapshot) {
			columns = append(columns, column.GetName())
		}
		lines.WriteString("\n" + snapshot.GetName() + ": " + strings.Join(columns, ", "))
	}
	require.Equal(t, snapshotTables, lines.String())
}

// The rules that gate the tables today, as `table kind column` with the bound.
func TestStreamflowKeepsTheRulesOfToday(t *testing.T) {
	t.Parallel()
	d := builtin.Streamflow()
	for _, table := range []string{"users", "subscriptions", "usage_agg_30d"} {
		require.True(t, declares(d, table, "expect_table_columns_to_match_set", "", false), table)
	}
	for _, table := range d.GetTables() {
		require.True(t, declares(d, table.GetName(), "expect_column_values_to_not_be_null", "user_id", false), table.GetName())
		require.True(t, declares(d, table.GetName(), "expect_column_values_to_be_unique", "user_id", false), table.GetName())
	}
	for column, table := range map[string]string{
		"months_active": "subscriptions", "monthly_fee": "subscriptions",
		"watch_hours_30d": "usage_agg_30d", "avg_session_mins_7d": "usage_agg_30d",
	} {
		require.True(t, declares(d, table, "expect_column_values_to_be_between", column, true), column)
	}
}

// declares is true where the table has a critical expectation of the kind and
// column, with a lower bound of 0 where that is asked for.
func declares(d *datasetv1.Dataset, table, kind, column string, fromZero bool) bool {
	for _, e := range dataset.TableByName(d, table).GetExpectations() {
		critical := e.GetSeverity() <= datasetv1.Severity_SEVERITY_CRITICAL
		fields := e.GetKwargs().GetFields()
		low := fields["min_value"]
		if critical && e.GetType() == kind && fields["column"].GetStringValue() == column &&
			(!fromZero || low != nil && low.GetNumberValue() == 0) {
			return true
		}
	}
	return false
}

func TestStreamflowSurvivesWritingAndReading(t *testing.T) {
	t.Parallel()
	text, err := dataset.Marshal(builtin.Streamflow())
	require.NoError(t, err)
	again, mistakes := dataset.Read("again.yaml", text)
	require.Empty(t, mistakes)
	require.Equal(t, dataset.Hash(builtin.Streamflow()), dataset.Hash(again))
}
