package snapshot_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// sequences is how many random sequences of batches are tried; SF_PROPERTY_SEQUENCES asks
// for others, `make properties` for many.
func sequences(t *testing.T, ordinary int) int {
	t.Helper()
	text := os.Getenv("SF_PROPERTY_SEQUENCES")
	if text == "" {
		return ordinary
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

const (
	// manySequences are as many as CI tries.
	manySequences = 1000
	// together are those that share a database: in one for all, PostgreSQL's own catalog
	// would grow to tens of thousands of tables, and each sequence take longer than the last.
	together = 50
)

// Whatever is delivered in whatever order, as a whole or as what changed, late, again or as
// a correction, given up or taken over in between, rolled back, made again, dropped by
// retention and erased from: history, its revisions, what is stale, and training sets of what
// was known at some moment are those of a model in memory, digest for digest.
func TestHistoryIsThatOfASimpleModel(t *testing.T) {
	t.Parallel()
	known := &digests{of: map[string]string{}, named: map[string]string{}}
	n := sequences(t, manySequences)
	var groups []*happened
	t.Run("sequences", func(t *testing.T) {
		for first := 1; first <= n; first += together {
			group := &happened{}
			groups = append(groups, group)
			t.Run(fmt.Sprint(first), func(t *testing.T) {
				t.Parallel()
				s := newSuite(t)
				for seed := first; seed < first+together && seed <= n; seed++ {
					s.sequence(t, seed, known, group)
				}
				s.requireNoOrphans(t)
			})
		}
	})
	if n >= manySequences && !t.Failed() {
		requireEverythingHappened(t, groups)
	}
}

// happened counts what sequences came to.
type happened map[string]int

func (h *happened) did(what string) {
	if *h == nil {
		*h = happened{}
	}
	(*h)[what]++
}

// requireEverythingHappened checks that the sequences came to all that they are for.
func requireEverythingHappened(t *testing.T, groups []*happened) {
	t.Helper()
	total := happened{}
	for _, group := range groups {
		for what, n := range *group {
			total[what] += n
		}
	}
	t.Logf("%v", total)
	for _, what := range []string{
		"first", "late", "same", "superseded", "refused", "given up", "taken over", "incremental", "without a base", "departed", "came back",
		"dropped", "kept by what is pinned", "kept by what is trained on", "kept by what is laid under", "delivered of what was dropped", "over what was dropped",
		"trained on what was dropped", "a set says RETAINED_NO_LONGER", "erased", "erased nobody", "erased from what was delivered", "a set says ERASED_SINCE",
		"made again", "made again the same", "nothing to make again", "not to be made again",
		"rolled back", "rolled back to a revision", "rolled back to what is", "nothing to roll back to", "stale", "trained", "nobody to train on", "trained on the past",
	} {
		require.Positive(t, total[what], what)
	}
}

// digests holds content hashes to contents: the same content has the same one wherever and
// however it came about, and another content another one.
type digests struct {
	sync.Mutex
	of, named map[string]string
}

func (d *digests) require(t *testing.T, rows content, hash string) {
	t.Helper()
	d.Lock()
	defer d.Unlock()
	text := strings.Join(rows.shown(""), ";")
	if was, ok := d.of[text]; ok {
		require.Equal(t, was, hash, "of %q", text)
	}
	if was, ok := d.named[hash]; ok {
		require.Equal(t, was, text, "of %s", hash)
	}
	d.of[text], d.named[hash] = hash, text
}

// random changes a content a little, a lot, or not at all.
func (c content) random(r *rand.Rand) content {
	changed := content{}
	for id, v := range c {
		changed[id] = v
	}
	for range r.IntN(4) {
		if id := r.IntN(6); r.IntN(3) == 0 {
			delete(changed, id)
		} else {
			changed[id] = randomRow(r)
		}
	}
	return changed
}

func randomRow(r *rand.Rand) string {
	return []string{"1", "2", "null"}[r.IntN(3)] + "|" + []string{"'p'", "'q'", "null"}[r.IntN(3)]
}
