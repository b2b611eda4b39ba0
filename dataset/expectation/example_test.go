package expectation_test

import (
	"fmt"

	"github.com/streamflow/streamflow/dataset/expectation"
)

func ExampleLookup() {
	kind, _ := expectation.Lookup("expect_column_values_to_not_be_null")
	fmt.Println(kind.Doc)
	for _, argument := range kind.Arguments {
		fmt.Printf("%s (%s), default %q\n", argument.Name, argument.Type, argument.Default)
	}
	// Output:
	// Every row has a value in the column.
	// column (column), default ""
	// mostly (share), default "1"
}
