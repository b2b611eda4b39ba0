package console

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAllWhoAskAtOnceShareOne(t *testing.T) {
	t.Parallel()
	s := shared[int32]{fresh: time.Minute}
	var made atomic.Int32
	slow := func() int32 {
		time.Sleep(50 * time.Millisecond)
		return made.Add(1)
	}
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			if got := s.get(slow); got != 1 {
				t.Errorf("made again: %d", got)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, made.Load())

	s.until = time.Now() // a minute later
	require.EqualValues(t, 2, s.get(slow))
}
