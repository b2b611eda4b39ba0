package dataset

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	datasetv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/dataset/v1"
)

func clean(description string) *datasetv1.Dataset {
	return &datasetv1.Dataset{
		Name: "d", Description: description, Calendar: &datasetv1.Calendar{Period: datasetv1.Period_PERIOD_MONTH_END},
		Tables: []*datasetv1.Table{{Name: "t", Key: []string{"id"}, Columns: []*datasetv1.Column{{Name: "id", Type: "text"}}}},
	}
}

func TestAContentIsLintedOnce(t *testing.T) {
	t.Parallel()
	var l Linted

	for range 5 {
		require.Empty(t, l.Lint(clean("")))
	}
	require.Equal(t, 1, l.times)
	require.Empty(t, l.Lint(clean("another")))
	require.Equal(t, 2, l.times)
	require.Empty(t, l.Lint(proto.CloneOf(clean("another"))), "the content counts, not who holds it")
	require.Equal(t, 2, l.times)
}

// A dataset with mistakes has them every time, and one that was clean is looked at
// again once it has been changed.
func TestNothingIsTrustedThatWasNotLinted(t *testing.T) {
	t.Parallel()
	var l Linted
	d := clean("")
	require.Empty(t, l.Lint(d))
	d.Tables[0].Key = []string{"nothing"}

	for range 3 {
		require.Equal(t, Lint(d), l.Lint(d))
	}
	require.Equal(t, 4, l.times)
	d.Tables[0].Name = "\xff" // no message can hold it
	require.NotEmpty(t, l.Lint(d))
	require.Equal(t, Lint(nil), l.Lint(nil))
}

func TestWhatWasKnownLongestIsForgotten(t *testing.T) {
	t.Parallel()
	var l Linted
	for i := range maxLinted + 1 {
		require.Empty(t, l.Lint(clean(fmt.Sprint(i))))
	}
	require.Len(t, l.clean, maxLinted)
	require.Len(t, l.order, maxLinted)

	require.Empty(t, l.Lint(clean(fmt.Sprint(maxLinted))))
	require.Equal(t, maxLinted+1, l.times)
	require.Empty(t, l.Lint(clean("0")))
	require.Equal(t, maxLinted+2, l.times)
}

func TestLintedFromManySides(t *testing.T) {
	t.Parallel()
	var l Linted
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() { l.Lint(clean(fmt.Sprint(i % 4))) })
	}
	all.Wait()
	require.Len(t, l.clean, 4)
	require.Len(t, l.order, 4)
}
