package nearest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset/nearest"
)

func TestName(t *testing.T) {
	t.Parallel()
	known := []string{"name", "description", "type", "user_id", "watch_hours_30d"}
	tests := map[string]string{
		"nam":             "name",            // a letter missing
		"names":           "name",            // one too many
		"tpye":            "type",            // two swapped
		"tyPE":            "type",            // another case
		"userid":          "user_id",         // a mark missing
		"desc":            "description",     // a beginning
		"watch_hour_30":   "watch_hours_30d", // two differences in a long word
		"na":              "",                // too short to be a beginning, too far from name
		"colour":          "",                // nothing like it
		"":                "",                // nothing at all
		"watch_minutes_7": "",                // more than a third differs
	}
	for word, want := range tests {
		require.Equal(t, want, nearest.Name(word, known), word)
	}
}

func TestANameIsNeverNearItsOpposite(t *testing.T) {
	t.Parallel()
	affirmed := []string{"expect_column_values_to_be_in_set", "is_paid", "values"}
	negated := []string{"expect_column_values_to_not_be_in_set", "is_not_paid", "non_values"}
	for word, want := range map[string]struct{ affirmed, negated string }{
		"expect_column_values_to_not_be_in_set":  {"", "expect_column_values_to_not_be_in_set"},
		"expect_column_values_to_not_be_in_sett": {"", "expect_column_values_to_not_be_in_set"},
		"expect_column_values_to_be_in_sett":     {"expect_column_values_to_be_in_set", ""},
		"expect_column_values_to_noot_be_in_set": {"", "expect_column_values_to_not_be_in_set"}, // misspelt
		"expect_column_values_in_set":            {"expect_column_values_to_be_in_set", ""},
		"expect_column_values_not_in_set":        {"", "expect_column_values_to_not_be_in_set"},
		"expect_column_values_to_be_not_in_set":  {"", "expect_column_values_to_not_be_in_set"}, // swapped
		"is_payd":                                {"is_paid", ""},
		"is_not_payd":                            {"", "is_not_paid"},
		"no_values":                              {"", "non_values"},
	} {
		require.Equal(t, want.affirmed, nearest.Name(word, affirmed), word)
		require.Equal(t, want.negated, nearest.Name(word, negated), word)
	}
}

func TestWhatBothBeginOrEndWithIsNoLikeness(t *testing.T) {
	t.Parallel()
	known := []string{"expect_column_values_to_be_unique", "expect_column_values_to_be_between", "monthly_fee"}
	for word, want := range map[string]string{
		"expect_compound_columns_to_be_unique":  "",
		"expect_column_values_to_be_dated":      "",
		"expect_column_values_to_be_increasing": "",
		"expect_column_values_to_be_betwee":     "expect_column_values_to_be_between",
		"expect_column_value_to_be_uniqe":       "expect_column_values_to_be_unique",
		"expect_columns_values_to_be_unique":    "expect_column_values_to_be_unique",
		"monthly_tax":                           "",
		"monthly_fees":                          "monthly_fee",
	} {
		require.Equal(t, want, nearest.Name(word, known), word)
	}
}

func TestABeginningOfSeveralNamesIsNoHint(t *testing.T) {
	t.Parallel()
	known := []string{"expect_column_values_to_be_unique", "expect_column_values_to_be_between", "description"}
	for word, want := range map[string]string{
		"expect": "", "expect_column_values_to_be": "", "column_unique": "expect_column_values_to_be_unique",
		"descr": "description", "de": "", "values_between_column": "",
	} {
		require.Equal(t, want, nearest.Name(word, known), word)
	}
}

func TestNameTakesTheNearestAndThenTheFirst(t *testing.T) {
	t.Parallel()
	require.Equal(t, "paid", nearest.Name("paid_", []string{"raid", "paid"}))
	require.Equal(t, "raid", nearest.Name("xaid", []string{"raid", "paid"}))
}

// A long part that differs is allowed more than a short one: what is nearer goes first.
func TestNameNeverTakesWhatIsFartherThanAnother(t *testing.T) {
	t.Parallel()
	unique, multi := "expect_column_values_to_be_unique", "expect_multicolumn_values_to_be_unique"
	const word = "expect_column_values_to_be_unik"
	require.Equal(t, unique, nearest.Name(word, []string{unique, multi}))
	require.Equal(t, unique, nearest.Name(word, []string{multi, unique}))
	require.Empty(t, nearest.Name(word, []string{unique}), "near by nothing but what both begin with")
}

func TestNameIsBoundedForLongWords(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 1000)
	require.Empty(t, nearest.Name(long, []string{long}))
	require.Empty(t, nearest.Name("abc", []string{long}))
}

func TestHint(t *testing.T) {
	t.Parallel()
	require.Equal(t, `: did you mean "name"?`, nearest.Hint("nam", []string{"name"}))
	require.Empty(t, nearest.Hint("colour", []string{"name"}))
}

func TestHintsOffersAllNamesThatAWordBegins(t *testing.T) {
	t.Parallel()
	known := []string{"month_end", "day", "month_start", "quarter_end", "a_1", "a_2", "many_1", "many_2", "many_3", "many_4"}
	for word, want := range map[string]string{
		"month":       `: did you mean "month_end" or "month_start"?`,
		"MONTH":       `: did you mean "month_end" or "month_start"?`,
		"quarter":     `: did you mean "quarter_end"?`,
		"month_ends":  `: did you mean "month_end"?`,
		"mon":         "", // no word of its own
		"a":           "", // too short
		"many":        "", // too many
		"fortnightly": "",
		"":            "",
	} {
		require.Equal(t, want, nearest.Hints(word, known), word)
	}
}
