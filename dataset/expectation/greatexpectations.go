package expectation

import (
	_ "embed" // the names
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/streamflow/streamflow/dataset/nearest"
)

// greatExpectations are the names of every expectation that Great Expectations has: its
// own of versions 0.18 and 1, and those that others added to its gallery. Who writes one
// of them has made no mistake in its spelling, and is not sent to another rule.
//
//go:embed greatexpectations.txt
var greatExpectations string

// notYet is said of what they have.
const notYet = "Great Expectations has it, StreamFlow has not yet"

func elsewhere() []string { return strings.Fields(greatExpectations) }

// unknownKind says of a name that is no kind what it may be.
func unknownKind(g *nearest.Guesses, name string) string {
	return fmt.Sprintf("unknown expectation %q%s", name, kindHint(g, name))
}

func kindHint(g *nearest.Guesses, name string) string {
	if !g.More() {
		return ""
	}
	known := ": known are " + strings.Join(names(), ", ")
	word := snake(name)
	if slices.Contains(names(), word) { // it is another spelling of the name: ExpectColumnToExist
		return fmt.Sprintf(": did you mean %q?", word)
	}
	if slices.Contains(elsewhere(), word) {
		return ": " + notYet + known
	}
	near := nearest.Name(word, slices.Concat(names(), elsewhere()))
	if near == "" && strings.HasPrefix(word, "expect_") { // of several names that it shortens, ours goes before theirs
		near = nearest.Name(word, names())
	}
	switch {
	case near == "":
		return known
	case slices.Contains(names(), near):
		return fmt.Sprintf(": did you mean %q?", near)
	default:
		return fmt.Sprintf(": did you mean %q? %s%s", near, notYet, known)
	}
}

// snake writes a name of a class, as Great Expectations 1 has them in Python, the way
// in which suites have it; any other only in lower case.
func snake(name string) string {
	if !strings.HasPrefix(name, "Expect") {
		return strings.ToLower(name)
	}
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// foreign are arguments that Great Expectations takes with any expectation, each with
// what to do instead, where there is something.
var foreign = map[string]string{
	"result_format":                "leave it out: a result has the counts and the first rows always",
	"catch_exceptions":             "leave it out: what cannot be evaluated is a result always",
	"include_config":               "leave it out: a result has the expectation always",
	"meta":                         "write description beside kwargs",
	"notes":                        "write description beside kwargs",
	"row_condition":                "",
	"condition_parser":             "",
	"ignore_row_if":                "",
	"batch_id":                     "leave it out: the rows are those of the delivery",
	"parse_strings_as_datetimes":   "leave it out: the column's type says how its values are read",
	"allow_cross_type_comparisons": "leave it out: values have the column's type",
	"output_strftime_format":       "",
	"evaluation_parameters":        "",
	"suite_parameters":             "",
	"profiler_config":              "",
	"auto":                         "",
	"windows":                      "",
	"ties_okay":                    "",
	"parse_strings_as_numbers":     "leave it out: the column's type says how its values are read",
}

// FieldHint ends a message about a field that an expectation does not have beside its
// kwargs: what Great Expectations calls the field, or an argument that stands in the
// wrong place. It is empty where nothing is known of it.
func FieldHint(name string) string {
	if name == "expectation_type" {
		return ": write type"
	}
	for _, kind := range catalogue {
		if _, ok := kind.Argument(name); ok {
			return ": write it in kwargs"
		}
	}
	instead, ok := foreign[name]
	switch {
	case !ok:
		return ""
	case name == "meta", name == "notes":
		return ": " + notYet + "; write description"
	case instead == "":
		return ": " + notYet
	}
	return ": " + notYet + "; " + instead
}

// unknownArgument says of a name that is no argument of a kind what it may be.
func unknownArgument(g *nearest.Guesses, kind Kind, name string) string {
	return fmt.Sprintf("unknown argument %q of %s%s", name, kind.Name, argumentHint(g, kind, name))
}

func argumentHint(g *nearest.Guesses, kind Kind, name string) string {
	instead, isForeign := foreign[name]
	switch {
	case name == "severity":
		return ": write it beside kwargs"
	case isForeign && instead != "":
		return ": " + notYet + "; " + instead
	case isForeign:
		return ": " + notYet
	}
	if !g.More() {
		return ""
	}
	if hint := nearest.Hint(name, kind.argumentNames()); hint != "" {
		return hint
	}
	return ": it takes " + strings.Join(kind.argumentNames(), ", ")
}
