package dataset_test

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/builtin"
)

func ExampleRead() {
	_, mistakes := dataset.Read("shop.yaml", []byte(`name: shop
calendar: {period: month_end}
tables:
  - name: orders
    columns:
      - {name: order_id, typ: bigint}
      - {name: amount, type: money}
    key: [orderid]
`))
	fmt.Println(mistakes.Err())
	// Output:
	// shop.yaml:6:26: tables[0].columns[0].typ: unknown field "typ": did you mean "type"?
	// shop.yaml:7:30: tables[0].columns[1].type: expected one of text, varchar(n), char(n), smallint, integer, bigint, numeric, numeric(p,s), real, double precision, boolean, date, timestamp, timestamptz, uuid or jsonb, found "money": write numeric
	// shop.yaml:8:11: tables[0].key[0]: expected a column of table "orders", found "orderid": did you mean "order_id"?
}

func ExamplePublishOrder() {
	for _, table := range dataset.PublishOrder(builtin.Streamflow()) {
		fmt.Println(table.GetName(), "from", dataset.File(table))
	}
	// Output:
	// users from users.csv
	// subscriptions from subscriptions.csv
	// usage_agg_30d from usage_agg_30d.csv
	// payments_agg_90d from payments_agg_90d.csv
	// support_agg_90d from support_agg_90d.csv
	// labels from labels.csv
}

func ExampleSnapshotColumns() {
	d := builtin.Streamflow()
	for _, column := range dataset.SnapshotColumns(d, d.GetSnapshots()[0]) {
		columnType, _ := dataset.ParseType(column.GetType())
		fmt.Println(column.GetName(), columnType.SQL())
	}
	// Output:
	// user_id text
	// months_active integer
	// monthly_fee numeric
	// paperless_billing boolean
	// plan_stream_tv boolean
	// plan_stream_movies boolean
	// net_service text
}

func ExampleClosestAsOf() {
	calendar := builtin.Streamflow().GetCalendar()
	asOf, _ := dataset.ParseAsOf("2024-01-30")
	if !dataset.OnCalendar(calendar, asOf) {
		fmt.Println("did you mean", dataset.FormatAsOf(dataset.ClosestAsOf(calendar, asOf)))
	}
	// Output: did you mean 2024-01-31
}
