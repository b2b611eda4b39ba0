package worker

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/streamflow/streamflow/services/orchestrator/internal/fault"
	"github.com/streamflow/streamflow/services/orchestrator/internal/run"
)

// tries counts how often a step is tried again that always works for so long, and then
// meets a fault that may pass; each wait is a second.
func tries(t *testing.T, worked time.Duration) int {
	t.Helper()
	x := &execution{
		Worker: &Worker{cfg: Config{RetryFor: 10 * time.Minute}},
		run:    &run.Run{Steps: run.NewSteps(run.Full)},
	}
	for n := range 10_000 {
		x.faults.spend(worked, x.cfg.RetryFor)
		if !x.mayPass(fault.Transient) {
			return n
		}
		x.faults.outage += time.Second
	}
	t.Fatal("it is tried for ever")
	return 0
}

func TestHowOftenAFaultThatMayPassIsBorne(t *testing.T) {
	t.Parallel()
	require.Equal(t, 600, tries(t, 0), "ten minutes of waits")
	require.Equal(t, 100, tries(t, 5*time.Second), "ten minutes of waits and of attempts that fail soon")
	require.Equal(t, maxCutOff, tries(t, 5*time.Minute), "a few times, where each attempt works for long")
}
