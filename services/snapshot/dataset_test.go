package snapshot_test

import (
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

// shop is a dataset with every type, a key of two columns, and two snapshots.
func shop(name string) *datasetv1.Dataset {
	return &datasetv1.Dataset{
		Name:     name,
		Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{
			{
				Name: "users", Key: []string{"user_id"},
				Columns: columns("user_id", "text", "signup", "date", "active", "boolean", "fee", "numeric",
					"score", "double precision", "visits", "bigint", "note", "text"),
			},
			{
				Name: "orders", Key: []string{"user_id", "number"},
				Columns: columns("number", "integer", "amount", "numeric(12,2)", "user_id", "text", "secret", "text"),
			},
		},
		Snapshots: []*datasetv1.Snapshot{
			{Name: "users_snapshots", From: "users"},
			{Name: "orders_snapshots", From: "orders", Columns: []string{"amount"}},
		},
	}
}

func columns(namesAndTypes ...string) []*datasetv1.Column {
	var out []*datasetv1.Column
	for i := 0; i < len(namesAndTypes); i += 2 {
		out = append(out, &datasetv1.Column{Name: namesAndTypes[i], Type: namesAndTypes[i+1]})
	}
	return out
}

// shopRows is one state of the shop; the rows are out of order, as files are.
func shopRows() map[string]string {
	return map[string]string{
		"users": `values ('u2', date '2023-05-06', false, 0.10000000000000001, 2.5, 7, 'a, "b"'),
			('u1', date '2023-01-02', true, 1.50, 'NaN', 9007199254740993, ''),
			('u3', null, null, null, null, null, null)`,
		"orders": `values (2, 12.50, 'u1', 'x'), (1, 7, 'u1', 'y'), (1, null, 'u2', null)`,
	}
}

// shopRowsEqual is the same state in another order and other spellings.
func shopRowsEqual() map[string]string {
	return map[string]string{
		"users": `values ('u3', null::date, null::boolean, null::numeric, null::float8, null::bigint, null::text),
			('u1', date '2023-01-02', true, 1.5000, 'NaN', 9007199254740993, ''),
			('u2', date '2023-05-06', false, 0.100000000000000010, 2.5, 7, 'a, "b"')`,
		"orders": `values (1, null, 'u2', 'not kept'), (1, 7.00, 'u1', null), (2, 12.5, 'u1', null)`,
	}
}

// shopRowsOther differs in one value of each table.
func shopRowsOther() map[string]string {
	rows := shopRows()
	rows["users"] = `values ('u1', date '2023-01-02', true, 1.51, 'NaN', 9007199254740993, '')`
	rows["orders"] = `values (2, 12.50, 'u1', 'x'), (1, 7, 'u1', 'y'), (1, 0, 'u2', null)`
	return rows
}

// shopGrown is the shop with a column more in either table and both snapshots.
func shopGrown(name string) *datasetv1.Dataset {
	d := shop(name)
	for _, t := range d.GetTables() {
		c := columns("channel", "text")[0]
		c.Optional = true
		t.Columns = append(t.Columns, c)
	}
	d.Snapshots[1].Columns = append(d.Snapshots[1].Columns, "channel")
	return d
}

// shopRowsGrown is the state of shopRows under shopGrown: the files lack the new column.
func shopRowsGrown() map[string]string {
	return map[string]string{
		"users": `values ('u2', date '2023-05-06', false, 0.10000000000000001, 2.5, 7, 'a, "b"', null),
			('u1', date '2023-01-02', true, 1.50, 'NaN', 9007199254740993, '', null),
			('u3', null, null, null, null, null, null, null)`,
		"orders": `values (2, 12.50, 'u1', 'x', null), (1, 7, 'u1', 'y', null), (1, null, 'u2', null, null)`,
	}
}
