package page_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/page"
	"github.com/streamflow/streamflow/platform/problem"
)

// list answers as a service does: the entries after a key, one more than a page holds.
func list(all []string, size int, token string) (entries []string, next string, err error) {
	after, err := page.Key(token)
	if err != nil {
		return nil, "", err
	}
	var found []string
	for _, name := range all {
		if name > after && len(found) <= size {
			found = append(found, name)
		}
	}
	entries, next = page.Cut(found, size, func(name string) string { return name })
	return entries, next, nil
}

// Whoever follows the tokens to the end has read everything once, in order, in pages
// that are full but for the last, and is never given an empty one.
func TestPagesTogetherAreTheList(t *testing.T) {
	t.Parallel()
	for total := range 12 {
		var all []string
		for i := range total {
			all = append(all, fmt.Sprintf("run é/%02d", i))
		}
		for size := 1; size <= 13; size++ {
			var read []string
			token := ""
			for calls := 0; ; calls++ {
				require.LessOrEqual(t, calls, total, "%d entries in pages of %d come to an end", total, size)
				entries, next, err := list(all, size, token)
				require.NoError(t, err)
				read = append(read, entries...)
				if next == "" {
					break
				}
				require.Len(t, entries, size, "a page with another behind it is full")
				token = next
			}
			require.Equal(t, all, read, "%d entries in pages of %d", total, size)
		}
	}
}

func FuzzTokens(f *testing.F) {
	for _, key := range []string{"", "run_01", "2024-01-31/é", "\x00", "\xff", "a\nb"} {
		f.Add(key, page.Token(key))
	}
	f.Fuzz(func(t *testing.T, key, token string) {
		if got, err := page.Key(page.Token(key)); err == nil {
			require.Equal(t, key, got)
		} else {
			require.True(t, problem.Is(err, problem.InvalidRequest))
		}
		if _, err := page.Key(token); err != nil {
			require.True(t, problem.Is(err, problem.InvalidRequest), "whatever a client sends is its own mistake")
			require.Len(t, problem.FromError(err).Violations, 1)
			require.Equal(t, "page_token", problem.FromError(err).Violations[0].Subject)
		}
	})
}
