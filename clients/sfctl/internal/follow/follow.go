// Package follow watches a run to its end. The stream may break as often as it
// likes (the gateway is restarted, the machine sleeps): it is taken up again after
// the last event that was seen, so that none is missed and none comes twice.
package follow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/problem"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// DefaultPatience is how long nothing may answer before following gives up. A
// service that is rolled out anew is back within seconds, a machine within a minute
// or two; whoever waits longer wants to know.
const DefaultPatience = 2 * time.Minute

// The wait between two tries grows from firstWait to lastWait.
const (
	firstWait = 100 * time.Millisecond
	lastWait  = 2 * time.Second
)

// Follower follows runs.
type Follower struct {
	Client orchestratorv1.OrchestratorServiceClient
	// Seen is told of every event, in order, once.
	Seen func(*orchestratorv1.Event)
	// Lost, where given, is told once each time that the connection is lost.
	Lost func(error)
	// Patience is how long nothing may answer. Default: DefaultPatience.
	Patience time.Duration
}

// errCut is a stream that ended before the run did.
var errCut = errors.New("the stream of events ended before the run did")

// Run follows a run until it has ended, and returns nil then, whatever its end was.
// It returns the error of the last try where nothing answers for too long, and at
// once one that trying again does not mend.
func (f Follower) Run(ctx context.Context, run string) error {
	t := &tries{patience: f.Patience, lost: f.Lost}
	if t.patience == 0 {
		t.patience = DefaultPatience
	}
	last := int64(0)
	for {
		ended, err := f.stream(ctx, run, &last, t)
		if ended {
			return nil
		}
		if err := t.again(ctx, err); err != nil {
			return fmt.Errorf("follow run %s: %w", run, err)
		}
	}
}

// Get returns a run, and tries as often as Run does.
func (f Follower) Get(ctx context.Context, run string) (*orchestratorv1.Run, error) {
	t := &tries{patience: f.Patience, lost: f.Lost}
	if t.patience == 0 {
		t.patience = DefaultPatience
	}
	for {
		resp, err := f.Client.GetRun(ctx, &orchestratorv1.GetRunRequest{Run: run})
		if err == nil {
			return resp.GetRun(), nil
		}
		if err := t.again(ctx, err); err != nil {
			return nil, fmt.Errorf("get run %s: %w", run, err)
		}
	}
}

// stream reads one stream of events, and says whether it came to the last.
func (f Follower) stream(ctx context.Context, run string, last *int64, t *tries) (ended bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s, err := f.Client.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: run, From: *last + 1})
	if err != nil {
		return false, err
	}
	for {
		resp, err := s.Recv()
		if errors.Is(err, io.EOF) {
			return false, errCut
		}
		if err != nil {
			return false, err
		}
		t.answered()
		e := resp.GetEvent()
		if e.GetNumber() <= *last {
			continue
		}
		*last = e.GetNumber()
		f.Seen(e)
		if e.GetKind() == orchestratorv1.EventKind_EVENT_KIND_RUN_ENDED {
			return true, nil
		}
	}
}

// tries decides whether and when to try again.
type tries struct {
	patience time.Duration
	lost     func(error)
	since    time.Time // of the first failure in a row
	wait     time.Duration
}

func (t *tries) answered() { t.since, t.wait = time.Time{}, 0 }

// again waits for the next try; it returns the error where there is to be none.
func (t *tries) again(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case !mayPass(err):
		return err
	case t.since.IsZero():
		t.since, t.wait = time.Now(), firstWait
		if t.lost != nil {
			t.lost(err)
		}
	case time.Since(t.since) > t.patience:
		return err
	}
	if err := pause.Sleep(ctx, t.wait); err != nil {
		return err
	}
	t.wait = min(2*t.wait, lastWait)
	return nil
}

// mayPass says whether another try may succeed: the connection failed, or a service
// is away for a while. Canceled and Unknown are how a server that is being stopped
// ends a stream.
func mayPass(err error) bool {
	if errors.Is(err, errCut) || exit.Unreachable(err) || problem.Transient(err) {
		return true
	}
	switch status.Code(err) {
	case codes.Canceled, codes.Aborted:
		return true
	default:
		return false
	}
}
