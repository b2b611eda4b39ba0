package console

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

const (
	// maxEvents is how many of a run's newest events its page shows.
	maxEvents = 200
	// eventsTimeout is how long it waits for them; they are stored, so it is a read.
	eventsTimeout = 3 * time.Second
	// refreshSeconds is how often the page of an active run loads itself again.
	refreshSeconds = 5
)

type runView struct {
	page
	Run      *orchestratorv1.Run
	Over     bool
	Events   []*orchestratorv1.Event
	Earlier  bool
	NoEvents bool
}

// RollsBack says whether the run makes earlier revisions current again.
func (v runView) RollsBack() bool {
	return v.Run.GetMode() == orchestratorv1.RunMode_RUN_MODE_ROLLBACK
}

// Retains says whether the run only drops what the history is not to keep.
func (v runView) Retains() bool {
	return v.Run.GetMode() == orchestratorv1.RunMode_RUN_MODE_RETENTION
}

// Erases says whether the run erases keys, or plans to.
func (v runView) Erases() bool { return erases(v.Run) }

func erases(run *orchestratorv1.Run) bool {
	return run.GetMode() == orchestratorv1.RunMode_RUN_MODE_ERASE || run.GetMode() == orchestratorv1.RunMode_RUN_MODE_ERASE_PLAN
}

// Went says whether the rows that it lists are gone.
func (v runView) Went() bool {
	return v.Run.GetMode() == orchestratorv1.RunMode_RUN_MODE_ERASE && v.Run.GetState() == orchestratorv1.RunState_RUN_STATE_SUCCEEDED
}

func (c *Console) run(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), pageTimeout)
	defer cancel()
	got, err := c.services.Orchestrator.GetRun(ctx, &orchestratorv1.GetRunRequest{Run: r.PathValue("run")})
	if err != nil {
		c.problem(w, r, err)
		return
	}
	run := got.GetRun()
	view := runView{page: page{Title: run.GetId()}, Run: run, Over: over(run.GetState())}
	if !view.Over && r.URL.Query().Get("refresh") != "off" {
		view.Refresh = refreshSeconds
	}
	from := max(1, run.GetLastEvent()-maxEvents+1)
	view.Earlier = from > 1
	view.Events, err = c.events(ctx, run, from)
	view.NoEvents = err != nil
	c.render(w, r, http.StatusOK, runPage, view)
}

// events reads the events of a run from a number to the newest that the run had when
// it was read: it does not wait for new ones.
func (c *Console) events(ctx context.Context, run *orchestratorv1.Run, from int64) ([]*orchestratorv1.Event, error) {
	if run.GetLastEvent() == 0 {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, eventsTimeout)
	defer cancel()
	stream, err := c.services.Orchestrator.WatchRun(ctx, &orchestratorv1.WatchRunRequest{Run: run.GetId(), From: from})
	if err != nil {
		return nil, err
	}
	var events []*orchestratorv1.Event
	for {
		resp, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		e := resp.GetEvent()
		if e.GetKind() != orchestratorv1.EventKind_EVENT_KIND_STEP_PROGRESS {
			events = append(events, e)
		}
		if e.GetNumber() >= run.GetLastEvent() {
			return events, nil
		}
	}
}
