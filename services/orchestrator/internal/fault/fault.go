// Package fault tells apart why a step did not succeed, and how long to wait before
// another try. Faults of the world pass and are retried; verdicts on data and on
// requests do not, and are not.
package fault

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/platform/problem"
)

// Kind is why a step did not succeed.
type Kind int

// The kinds of faults.
const (
	// None: there is no fault.
	None Kind = iota
	// Verdict: the same call would fail in the same way.
	Verdict
	// Transient: the fault may pass.
	Transient
	// Full: as Transient, but every try makes it worse until somebody makes room.
	Full
	// Unknown: a defect, or a fault without a reason; worth few tries.
	Unknown
	// StagingLost: the candidates are gone, and must be staged again.
	StagingLost
	// NotPrepared: the snapshots must be filled again.
	NotPrepared
	// FenceLost: another worker holds the dataset.
	FenceLost
)

// Of returns the kind of a step's error, as it came from a service. A call that was
// cancelled although nobody here cancelled it was cut off by a service that stops:
// whether our own context has ended is asked before.
func Of(err error) Kind {
	if err == nil {
		return None
	}
	p := problem.FromError(err)
	switch p.Reason {
	case problem.StagingLost:
		return StagingLost
	case problem.NotPrepared:
		return NotPrepared
	case problem.FenceLost:
		return FenceLost
	case problem.DatabaseUnavailable, problem.ServiceUnavailable, problem.RunCancelled, problem.PeerUnknown:
		// A peer secret that is being changed, or was forgotten, is mended by somebody soon.
		return Transient
	case problem.DatabaseFull:
		return Full
	case problem.Internal:
		return withoutReason(err)
	default:
		return Verdict
	}
}

// Passes says whether a fault of the kind may be over when it is tried again.
func (k Kind) Passes() bool { return k == Transient || k == Full }

// withoutReason looks at the code of an error that carries no reason of the registry.
func withoutReason(err error) Kind {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || status.Code(err) == codes.Aborted {
		return Transient
	}
	return Unknown
}

// Bounds of the wait before another try. Shorter, and a service that restarts is
// flooded; longer, and a run idles after the fault has passed.
const (
	FirstWait = 200 * time.Millisecond
	MaxWait   = 5 * time.Second
)

// Bounds of the wait where the disk is full. Shorter, and a step that is tried again
// fills it to the brim each time, which takes the server down; longer, and a run idles
// after somebody has made room.
const (
	FirstWaitFull = time.Minute
	MaxWaitFull   = 5 * time.Minute
)

// WaitFull returns how long to wait before try n where the disk is full: it doubles from
// FirstWaitFull to MaxWaitFull, and up to a tenth more, so that runs that failed
// together do not come back together. random is in [0, 1).
func WaitFull(n int, random float64) time.Duration {
	wait := MaxWaitFull
	if shift := n - 1; shift < 3 {
		wait = min(FirstWaitFull<<max(shift, 0), MaxWaitFull)
	}
	return wait + time.Duration(random*float64(wait)/10)
}

// Wait returns how long to wait before try n, n from 1: it doubles from FirstWait to
// MaxWait, less up to half of it, so that runs that failed together do not come back
// together. random is in [0, 1).
func Wait(n int, random float64) time.Duration {
	wait := MaxWait
	if shift := n - 1; shift < 5 {
		wait = min(FirstWait<<max(shift, 0), MaxWait)
	}
	return wait - time.Duration(random*float64(wait)/2)
}
