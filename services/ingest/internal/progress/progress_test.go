package progress_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
	"github.com/streamflow/streamflow/services/ingest/internal/progress"
)

func TestThrottlesEachTableByItself(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var said []string
		report := progress.Throttle(func(p *stepv1.Progress) { said = append(said, p.GetTable()+" "+p.GetPhase()) })

		for range 10 { // two seconds of news every 20 ms
			for range 10 {
				report(&stepv1.Progress{Table: "users", Phase: "copy"})
				report(&stepv1.Progress{Table: "labels", Phase: "copy"})
				time.Sleep(20 * time.Millisecond)
			}
		}
		report(&stepv1.Progress{Table: "users", Phase: "check keys"})

		require.Len(t, said, 10+10+1, "one each 200 ms and table, and the new phase")
		require.Equal(t, "users check keys", said[len(said)-1])
	})
}

func TestSendsOneAtATime(t *testing.T) {
	t.Parallel()
	sending, overlaps := 0, 0
	report := progress.Throttle(func(*stepv1.Progress) {
		if sending++; sending > 1 {
			overlaps++
		}
		sending--
	})

	var wg sync.WaitGroup
	for _, table := range []string{"a", "b", "c", "d"} {
		for _, phase := range []string{"copy", "check keys", "insert"} {
			wg.Go(func() { report(&stepv1.Progress{Table: table, Phase: phase}) })
		}
	}
	wg.Wait()

	require.Zero(t, overlaps)
}
