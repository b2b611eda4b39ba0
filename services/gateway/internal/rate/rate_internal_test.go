package rate

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/platform/problem"
)

// at makes buckets whose clock the test moves.
func at(perSecond, burst int) (b *Buckets, pass func(time.Duration)) {
	b = New(perSecond, burst)
	now := time.Date(2024, 1, 31, 0, 0, 0, 0, time.UTC)
	b.now = func() time.Time { return now }
	return b, func(d time.Duration) { now = now.Add(d) }
}

func passes(b *Buckets, subject string, tries int) (passed int) {
	for range tries {
		if b.Take(subject) == nil {
			passed++
		}
	}
	return passed
}

func TestABucketHoldsABurstAndFillsAgain(t *testing.T) {
	t.Parallel()
	b, pass := at(10, 5)
	require.Equal(t, 5, passes(b, "ana", 20), "as much as a burst")
	require.Equal(t, 5, passes(b, "ben", 20), "and another has their own")
	pass(100 * time.Millisecond)
	require.Equal(t, 1, passes(b, "ana", 20))
	pass(300 * time.Millisecond)
	require.Equal(t, 3, passes(b, "ana", 20))
	pass(time.Hour)
	require.Equal(t, 5, passes(b, "ana", 20), "and never more than a burst")
	pass(-time.Hour)
	require.Equal(t, 0, passes(b, "ana", 20), "a clock that is set back gives nothing, and takes nothing")
	pass(200 * time.Millisecond)
	require.Equal(t, 2, passes(b, "ana", 20))
}

func TestWhoIsRefusedIsToldHowLong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		perSecond int
		wait      string
	}{"less than a second": {10, "1"}, "one": {1, "1"}} {
		b, _ := at(c.perSecond, 1)
		require.NoError(t, b.Take("ana"), name)
		err := b.Take("ana")
		require.True(t, problem.Is(err, problem.RateLimited), "%s: %v", name, err)
		require.Equal(t, c.wait, problem.FromError(err).Metadata[problem.RetryAfter], name)
	}
}

func TestNobodyIsBoundedWhereNothingIsSaid(t *testing.T) {
	t.Parallel()
	b, _ := at(0, 0)
	require.Equal(t, 10_000, passes(b, "ana", 10_000))
	require.NoError(t, (*Buckets)(nil).Take("ana"))
	least, _ := at(1, 0)
	require.Equal(t, 1, passes(least, "ana", 5), "a bucket holds one request or more")
}

func TestSubjectsWithoutEndTakeNoMemoryWithoutEnd(t *testing.T) {
	t.Parallel()
	b, pass := at(1, 2)
	for i := range remembered {
		require.NoError(t, b.Take(fmt.Sprint(i)))
	}
	pass(time.Minute)
	require.Equal(t, 2, passes(b, "ana", 5))
	require.Len(t, b.of, 1, "those that are full again are forgotten")
	for i := range 3 * remembered {
		_ = b.Take(fmt.Sprint(i))
		require.LessOrEqual(t, len(b.of), remembered)
	}
}

func TestManyAtOnceTakeNoMoreThanThereIs(t *testing.T) {
	t.Parallel()
	b, _ := at(1, 100)
	var passed atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { passed.Add(int64(passes(b, "ana", 20))) })
	}
	all.Wait()
	require.EqualValues(t, 100, passed.Load())
}
