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

func TestNameTakesTheNearestAndThenTheFirst(t *testing.T) {
	t.Parallel()
	require.Equal(t, "paid", nearest.Name("paid_", []string{"raid", "paid"}))
	require.Equal(t, "raid", nearest.Name("xaid", []string{"raid", "paid"}))
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
