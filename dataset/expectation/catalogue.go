package expectation

// The names of the kinds.
const (
	TableColumnsToMatchSet       = "expect_table_columns_to_match_set"
	TableRowCountToBeBetween     = "expect_table_row_count_to_be_between"
	ColumnValuesToNotBeNull      = "expect_column_values_to_not_be_null"
	ColumnValuesToBeBetween      = "expect_column_values_to_be_between"
	ColumnValuesToBeInSet        = "expect_column_values_to_be_in_set"
	ColumnValuesToBeUnique       = "expect_column_values_to_be_unique"
	ColumnValuesToBeInOtherTable = "expect_column_values_to_be_in_other_table"
)

// Arguments that several kinds take.
var (
	column = Argument{
		Name: "column", Type: ColumnArgument, Required: true,
		Doc: "The column whose values are judged.",
	}
	mostly = Argument{
		Name: "mostly", Type: ShareArgument, Default: "1",
		Doc: "The share of the judged rows that must meet the rule. It succeeds where the share that does is at least this.",
	}
)

// catalogue is every kind that there is. To add one: its entry here, its check,
// and its evaluation in the quality service, whose tests go through this list.
var catalogue = []Kind{
	{
		Name: TableColumnsToMatchSet, Scope: ScopeTable, Result: ObservedResult,
		Doc: "The delivered columns are those of the set, in any order. It is judged on the header that the file was " +
			"delivered with, before a row is read. A column that the dataset declares optional and that the file lacks " +
			"counts as delivered: its values are NULL.",
		Arguments: []Argument{
			{Name: "column_set", Type: ColumnsArgument, Required: true, Doc: "The names of the columns."},
			{Name: "exact_match", Type: FlagArgument, Default: "true",
				Doc: "True: no column besides those of the set. False: the set's columns must be there, and others may be."},
		},
		check: checkColumnSet,
	},
	{
		Name: TableRowCountToBeBetween, Scope: ScopeTable, Result: ObservedResult,
		Doc: "The table has as many rows as the bounds allow, both included.",
		Arguments: []Argument{
			{Name: "min_value", Type: CountArgument, Doc: "The fewest rows. At least one of the bounds is given."},
			{Name: "max_value", Type: CountArgument, Doc: "The most rows."},
		},
		check: checkRowCount,
	},
	{
		Name: ColumnValuesToNotBeNull, Scope: ScopeColumn, Result: RowsResult,
		Doc:       "Every row has a value in the column.",
		Arguments: []Argument{column, mostly},
		check:     func(*judgement) {},
	},
	{
		Name: ColumnValuesToBeBetween, Scope: ScopeColumn, Result: ValuesResult,
		Doc: "Every value lies between the bounds. Rows without a value are not judged. Text is compared by code points.",
		Arguments: []Argument{
			column,
			{Name: "min_value", Type: ValueArgument, Doc: "The lower bound. At least one of the bounds is given."},
			{Name: "max_value", Type: ValueArgument, Doc: "The upper bound."},
			{Name: "strict_min", Type: FlagArgument, Default: "false", Doc: "True: a value equal to min_value breaks the rule."},
			{Name: "strict_max", Type: FlagArgument, Default: "false", Doc: "True: a value equal to max_value breaks the rule."},
			mostly,
		},
		check: checkBetween,
	},
	{
		Name: ColumnValuesToBeInSet, Scope: ScopeColumn, Result: ValuesResult,
		Doc: "Every value is one of the set. Rows without a value are not judged.",
		Arguments: []Argument{
			column,
			{Name: "value_set", Type: ValuesArgument, Required: true, Doc: "The values that may occur."},
			mostly,
		},
		check: checkInSet,
	},
	{
		Name: ColumnValuesToBeUnique, Scope: ScopeColumn, Result: ValuesResult,
		Doc:       "No value occurs twice; every row of a value that does breaks the rule. Rows without a value are not judged.",
		Arguments: []Argument{column, mostly},
		check:     func(*judgement) {},
	},
	{
		Name: ColumnValuesToBeInOtherTable, Scope: ScopeColumn, Result: ValuesResult, Own: true,
		Doc: "Every value occurs in a column of another table of the same batch. Rows without a value are not judged.",
		Arguments: []Argument{
			column,
			{Name: "other_table", Type: OtherTableArgument, Required: true, Doc: "The table that must hold the values."},
			{Name: "other_column", Type: OtherColumnArgument, Required: true, Doc: "Its column, of a type that compares with the column's."},
			mostly,
		},
		check: checkOtherTable,
	},
}
