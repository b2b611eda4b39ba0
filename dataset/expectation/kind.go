package expectation

import "slices"

// Scope says what an expectation is about.
type Scope string

// The scopes.
const (
	// ScopeTable expectations judge a table as a whole, or its header.
	ScopeTable Scope = "table"
	// ScopeColumn expectations judge the values of one column, row by row.
	ScopeColumn Scope = "column"
)

// ArgumentType says what an argument takes.
type ArgumentType string

// The types of arguments.
const (
	// ColumnArgument is the name of a column of the table.
	ColumnArgument ArgumentType = "column"
	// ColumnsArgument is a list of names of columns of the table.
	ColumnsArgument ArgumentType = "list of columns"
	// ValueArgument is a value of the column's type; a decimal that must keep
	// every digit is written as a text.
	ValueArgument ArgumentType = "value"
	// ValuesArgument is a list of values of the column's type.
	ValuesArgument ArgumentType = "list of values"
	// CountArgument is a whole number from 0.
	CountArgument ArgumentType = "count"
	// ShareArgument is a number from 0 to 1.
	ShareArgument ArgumentType = "share"
	// FlagArgument is true or false.
	FlagArgument ArgumentType = "flag"
	// OtherTableArgument is the name of another table of the dataset.
	OtherTableArgument ArgumentType = "other table"
	// OtherColumnArgument is the name of a column of that other table.
	OtherColumnArgument ArgumentType = "column of the other table"
)

// Result says which fields the result of an expectation has, as Great Expectations
// gives them.
type Result string

// The results.
const (
	// ObservedResult has an observed value, and counts no rows.
	ObservedResult Result = "observed value"
	// RowsResult counts rows of which each is judged, also one without a value.
	RowsResult Result = "rows"
	// ValuesResult counts rows of which those without a value are missing.
	ValuesResult Result = "values"
)

// Argument is one argument of a kind.
type Argument struct {
	// Name as in kwargs.
	Name string
	// Type says what it takes.
	Type ArgumentType
	// Required is true where the kind means nothing without it.
	Required bool
	// Default is what an absent argument means, in words; empty where absence
	// means that the argument plays no part.
	Default string
	// Doc says what it does.
	Doc string
}

// Kind is one rule of the catalogue.
type Kind struct {
	// Name under which a dataset declares it.
	Name string
	// Scope says what it is about.
	Scope Scope
	// Result says which fields its result has.
	Result Result
	// Doc says what holds where it succeeds, for people.
	Doc string
	// Own is true of the kinds that Great Expectations does not have.
	Own bool
	// Arguments in the order in which the documentation lists them.
	Arguments []Argument

	// check judges arguments that are each of the right type against the table.
	check func(*judgement)
}

// Argument returns the argument of that name, and whether the kind has it.
func (k Kind) Argument(name string) (Argument, bool) {
	i := slices.IndexFunc(k.Arguments, func(a Argument) bool { return a.Name == name })
	if i < 0 {
		return Argument{}, false
	}
	return k.Arguments[i], true
}

// argumentNames lists the names of the kind's arguments.
func (k Kind) argumentNames() []string {
	names := make([]string, 0, len(k.Arguments))
	for _, argument := range k.Arguments {
		names = append(names, argument.Name)
	}
	return names
}

// All lists the catalogue.
func All() []Kind {
	kinds := make([]Kind, 0, len(catalogue))
	for _, kind := range catalogue {
		kind.Arguments = slices.Clone(kind.Arguments)
		kinds = append(kinds, kind)
	}
	return kinds
}

// Lookup returns the kind of that name, and whether there is one.
func Lookup(name string) (Kind, bool) {
	for _, kind := range catalogue {
		if kind.Name == name {
			kind.Arguments = slices.Clone(kind.Arguments)
			return kind, true
		}
	}
	return Kind{}, false
}

// names lists the names of all kinds.
func names() []string {
	var names []string
	for _, kind := range catalogue {
		names = append(names, kind.Name)
	}
	return names
}
