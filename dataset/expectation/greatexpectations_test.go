package expectation_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/datatest"
	"github.com/streamflow/streamflow/dataset/expectation"
	"github.com/streamflow/streamflow/dataset/nearest"
	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

const known = "known are expect_table_columns_to_match_set, expect_table_row_count_to_be_between, expect_column_values_to_not_be_null, " +
	"expect_column_values_to_be_between, expect_column_values_to_be_in_set, expect_column_values_to_be_unique, expect_column_values_to_be_in_other_table"

func saidOf(t *testing.T, e *datasetv1.Expectation) string {
	t.Helper()
	mistakes := expectation.Check(new(nearest.Guesses), shop.GetTables()[0], shop, e)
	require.Len(t, mistakes, 1)
	return mistakes[0].Message
}

func TestAKindThatIsNoneIsNeverTakenForAnotherRule(t *testing.T) {
	t.Parallel()
	const notYet = "Great Expectations has it, StreamFlow has not yet: " + known
	for name, want := range map[string]string{
		"expect_column_values_to_not_be_in_set":            notYet,
		"expect_compound_columns_to_be_unique":             notYet,
		"expect_column_values_to_be_null":                  notYet,
		"expect_column_to_exist":                           notYet,
		"expect_multicolumn_sum_to_equal":                  notYet,
		"unexpected_rows_expectation":                      notYet,
		"expect_column_pair_values_A_to_be_greater_than_B": notYet,
		"ExpectColumnValuesToNotBeInSet":                   notYet,
		"expect_query_results_to_match_comparison":         notYet,
		"expect_column_values_to_be_private_ip_v4":         notYet, // of the gallery
		"ExpectColumnValuesToBeBetween":                    `did you mean "expect_column_values_to_be_between"?`,
		"EXPECT_COLUMN_VALUES_TO_BE_UNIQUE":                `did you mean "expect_column_values_to_be_unique"?`,
		"expect_column_values_to_be_betwee":                `did you mean "expect_column_values_to_be_between"?`,
		"expect_column_values_to_noot_be_null":             `did you mean "expect_column_values_to_not_be_null"?`,
		"expect_column_values_not_null":                    `did you mean "expect_column_values_to_not_be_null"?`,
		"expect_column_values_to_not_be_in_sett":           `did you mean "expect_column_values_to_not_be_in_set"? ` + notYet,
		"expect_column_values_to_match_regx":               `did you mean "expect_column_values_to_match_regex"? ` + notYet,
		"expect_compound_column_to_be_unique":              `did you mean "expect_compound_columns_to_be_unique"? ` + notYet,
		"expect_column_values_to_be_unik":                  `did you mean "expect_column_values_to_be_unique"?`,
		"expect_column_values_to_be_uniq":                  `did you mean "expect_column_values_to_be_unique"?`,
		"expect_column_values_in_set":                      `did you mean "expect_column_values_to_be_in_set"?`,
		"expect_column_values_not_in_set":                  `did you mean "expect_column_values_to_not_be_in_set"? ` + notYet,
		"expect_column_distinct_values_in_set":             `did you mean "expect_column_distinct_values_to_be_in_set"? ` + notYet,
		"expect_column_values_to_be":                       known,
		"expect_column_values_to_be_green":                 known,
		"not_null":                                         known,
		"unique":                                           known,
		"":                                                 known,
	} {
		want = `unknown expectation "` + name + `": ` + want
		require.Equal(t, want, saidOf(t, &datasetv1.Expectation{Type: name}))
	}
}

func TestEveryKindWithWhichGreatExpectationsTestsItselfIsKnownByName(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(datatest.Folder(t, datatest.Expectations), "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		name, _, _ = strings.Cut(name, "__")
		name = strings.TrimSuffix(name, "_tz_naive")
		if _, ours := expectation.Lookup(name); !ours {
			require.Contains(t, saidOf(t, &datasetv1.Expectation{Type: name}), "Great Expectations has it, StreamFlow has not yet", name)
		}
	}
}

func TestTheNamesAreThoseOfRules(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("greatexpectations.txt")
	require.NoError(t, err)
	list := strings.Fields(string(content))
	require.Len(t, list, strings.Count(string(content), "\n"), "one on each line")
	require.True(t, slices.IsSorted(list))
	require.Equal(t, list, slices.Compact(slices.Clone(list)))
	for _, name := range list {
		require.Regexp(t, `^(expect|unexpected)_[a-z0-9_]+$`, name)
	}
	for _, kind := range expectation.All() {
		require.Equal(t, !kind.Own, slices.Contains(list, kind.Name), kind.Name)
	}
}

// Suites that are exported write every argument, null where it was not given.
func TestArgumentsThatOnlyGreatExpectationsHasAndThatAreNotGiven(t *testing.T) {
	t.Parallel()
	e := declare(t, unique, kwargs{"column": "id", "row_condition": nil, "condition_parser": nil, "result_format": nil})
	require.Empty(t, expectation.Check(new(nearest.Guesses), shop.GetTables()[0], shop, e))
	e = declare(t, unique, kwargs{"column": "id", "mosty": nil})
	require.Contains(t, saidOf(t, e), "unknown argument")
}

func TestArgumentsThatOnlyGreatExpectationsHas(t *testing.T) {
	t.Parallel()
	const notYet = "Great Expectations has it, StreamFlow has not yet"
	for name, want := range map[string]string{
		"result_format":    notYet + "; leave it out: a result has the counts and the first rows always",
		"catch_exceptions": notYet + "; leave it out: what cannot be evaluated is a result always",
		"meta":             notYet + "; write description beside kwargs",
		"row_condition":    notYet,
		"severity":         "write it beside kwargs",
		"mosty":            `did you mean "mostly"?`,
		"parsed":           "it takes column, mostly",
	} {
		e := declare(t, unique, kwargs{"column": "id", name: "x"})
		require.Equal(t, `unknown argument "`+name+`" of expect_column_values_to_be_unique: `+want, saidOf(t, e))
	}
}
