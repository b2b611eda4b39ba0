package dataset_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/dataset"
)

// One fault, one finding: what cannot be read is not missed as well, and hides nothing
// that is wrong by itself.
func TestReadSaysAFaultOnce(t *testing.T) {
	t.Parallel()
	const quotes = ": put it in quotes, and it keeps every digit"
	for name, test := range map[string]struct {
		from, to string
		want     []string // path: the beginning of the message
	}{
		"the only bound, past 2^53": {"kwargs: {column: ordered_on, min_value: 2020-01-01}", "kwargs: {column: order_id, max_value: 9007199254740993}",
			[]string{"tables[0].expectations[1].kwargs.max_value: expected a number that fits a double exactly, found 9007199254740993" + quotes}},
		"one bound of two, past 2^53": {"min_value: 0, max_value: \"9999999999.99\"", "min_value: 0, max_value: 9007199254740993",
			[]string{"tables[0].expectations[0].kwargs.max_value: expected a number that fits a double exactly"}},
		"a count of rows that is no decimal": {"min_value: 1, max_value: 1000000", "max_value: 1_000_000",
			[]string{"tables[1].expectations[1].kwargs.max_value: expected a plain decimal number such as 12 or 0.5, found 1_000_000"}},
		"a value of a set": {"value_set: [home, office]", "value_set: [home, 0x1F]",
			[]string{"tables[1].expectations[2].kwargs.value_set[1]: expected a plain decimal number such as 12 or 0.5, found 0x1F"}},
		"a share, and no bound at all": {"kwargs: {column: amount, min_value: 0, max_value: \"9999999999.99\", mostly: 0.99}", "kwargs: {column: amount, mostly: 0x1}",
			[]string{"tables[0].expectations[0].kwargs: expected min_value, max_value or both, found neither",
				"tables[0].expectations[0].kwargs.mostly: expected a plain decimal number"}},
		"a share, and no column": {"kwargs: {column: paid, value_set: [true, false]}", "kwargs: {value_set: [true, false], mostly: 0x1}",
			[]string{"tables[0].expectations[2].kwargs: expected the argument column, found none",
				"tables[0].expectations[2].kwargs.mostly: expected a plain decimal number"}},
		"a type that a comma cuts": {"      - name: amount\n        type: numeric(12,2)", "      - {name: amount, type: numeric(12,2)}",
			[]string{`tables[0].columns[2].type: expected a value in quotes where it holds a comma, found "numeric(12", since a comma between braces ends a value: write type: "numeric(12,2)"`}},
		"a bound that commas cut": {"max_value: 1000000", "max_value: 1,000,000",
			[]string{`tables[1].expectations[1].kwargs.max_value: expected a value in quotes where it holds a comma, found "1", since a comma between braces ends a value: write max_value: 1000000`}},
		"a field that is read wrongly, and one beside it that is missing": {"name: shop\n", "description: [x]\n",
			[]string{"description: field \"description\" stands twice, first in line 1",
				"name: expected a name of lower case letters", "description: expected a text, found a list"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			base := shop(t)
			require.Equal(t, 1, strings.Count(base, test.from))

			_, mistakes := dataset.Read("shop.yaml", []byte(strings.Replace(base, test.from, test.to, 1)))

			require.Len(t, mistakes, len(test.want), mistakes.String())
			for _, want := range test.want {
				require.True(t, anyBegins(mistakes, want), "%s\nin\n%s", want, mistakes)
			}
		})
	}
}

func anyBegins(mistakes dataset.Mistakes, want string) bool {
	for _, m := range mistakes {
		if strings.HasPrefix(m.Path+": "+m.Message, want) {
			return true
		}
	}
	return false
}
