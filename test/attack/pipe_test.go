package attack

import (
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// Somebody who may write where deliveries lie puts a pipe in the place of a file between
// the look at it and its opening. Every run ends, and the suite stops in time after them,
// which its own end looks at.
func TestAPipeSwappedInForAFileHangsNobody(t *testing.T) {
	s := setup(t, nil)
	folder := filepath.Join(ground.Data, "month_000")
	file, aside := filepath.Join(folder, "users.csv"), filepath.Join(folder, "users.pipe")
	require.NoError(t, syscall.Mkfifo(aside, 0o666))
	stop := make(chan struct{})
	var swapping sync.WaitGroup
	swapping.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = os.Rename(file, file+".away")
				_ = os.Rename(aside, file)
				_ = os.Rename(file, aside)
				_ = os.Rename(file+".away", file)
			}
		}
	})
	defer func() {
		close(stop)
		swapping.Wait()
		require.NoError(t, os.Remove(aside))
	}()

	for range 8 {
		run := s.run(t, &orchestratorv1.StartRunRequest{Dataset: "streamflow", AsOf: "2024-01-31", Source: folder, RequestedBy: "attack"})
		require.NotNil(t, run.GetEndedAt())
	}
}
