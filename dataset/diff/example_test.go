package diff_test

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset"
	"github.com/streamflow/streamflow/dataset/diff"
)

func ExampleCompare() {
	declare := func(column string) string {
		return "name: shop\ncalendar: {period: month_end}\ntables:\n  - name: users\n    key: [id]\n" +
			"    columns: [{name: id, type: text}, " + column + "]\nsnapshots: [{name: users_snapshots, from: users}]\n"
	}
	before, _ := dataset.Parse("v1.yaml", []byte(declare("{name: visits, type: integer}")))
	after, _ := dataset.Parse("v2.yaml", []byte(declare("{name: visits, type: bigint}, {name: city, type: text, optional: true}")))

	for _, change := range diff.Compare(before, after) {
		fmt.Println(change, change.Snapshots)
	}
	// Output:
	// table users, column visits: type integer → bigint (rewriting) [users_snapshots]
	// table users, column city: added: text (expanding) [users_snapshots]
}
