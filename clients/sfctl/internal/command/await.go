package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/follow"
	"github.com/streamflow/streamflow/clients/sfctl/internal/report"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	qualityv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/quality/v1"
)

// wait is how a command waits for a run.
type wait struct {
	failOn  string
	timeout time.Duration
}

// onWarning is the value of --fail-on that makes a warning fail.
const onWarning = "warning"

func (w *wait) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.failOn, "fail-on", "", "warning: exit with 4 where the run succeeded with warnings")
	cmd.Flags().DurationVar(&w.timeout, "timeout", 0, "stop waiting after this long, as in 10m; the run goes on")
	_ = cmd.RegisterFlagCompletionFunc("fail-on", cobra.FixedCompletions([]string{onWarning}, cobra.ShellCompDirectiveNoFileComp))
}

func (w *wait) check() error {
	if w.failOn != "" && w.failOn != onWarning {
		return exit.BadUsage(fmt.Errorf("--fail-on %q: want %s", w.failOn, onWarning))
	}
	if w.timeout < 0 {
		return exit.BadUsage(fmt.Errorf("--timeout %s: want a duration of more than 0, such as 10m", w.timeout))
	}
	return nil
}

// awaitUnless follows a run that was started to its end, unless nobody is to wait for it:
// then it writes its id.
func (a *app) awaitUnless(ctx context.Context, detach bool, c *clients, run *orchestratorv1.StartRunResponse, w wait) error {
	id := run.GetRun().GetId()
	if !detach {
		return a.awaitAll(ctx, c, id, w)
	}
	return a.emit(run, []string{id}, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, id)
		return err
	})
}

// within is how long is waited, however many runs go on after each other.
func (w *wait) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.timeout > 0 {
		return context.WithTimeout(ctx, w.timeout)
	}
	return context.WithCancel(ctx)
}

// await follows a run to its end, writes the report, and ends as the run did.
func (a *app) await(ctx context.Context, c *clients, run string, w wait) error {
	ctx, cancel := w.within(ctx)
	defer cancel()
	_, err := a.awaitOne(ctx, c, run, w)
	return err
}

// awaitOne is await without an end to the waiting, and says which run goes on after it; none
// does where it failed.
func (a *app) awaitOne(ctx context.Context, c *clients, run string, w wait) (next string, err error) {
	ended, err := a.follow(ctx, c, run)
	if err != nil {
		return "", a.leave(err, run)
	}
	err = a.emit(&orchestratorv1.GetRunResponse{Run: ended}, []string{run}, func(w io.Writer) error {
		return a.report(ctx, w, c, report.Report{Run: ended, Unexplained: true})
	})
	if err != nil {
		return "", err
	}
	shown := 0
	if a.format.ForPeople() {
		shown = len(report.Verdicts(ended.GetFindings()))
		if err := a.findings(a.proc.Err, ended.GetFindings(), a.errStyle()); err != nil {
			return "", err
		}
	}
	if err := outcome(ended, shown); err != nil {
		return "", err
	}
	return ended.GetNext(), warned(ended, w)
}

// follow shows the run's progress and returns it as it ended.
func (a *app) follow(ctx context.Context, c *clients, run string) (*orchestratorv1.Run, error) {
	d := a.display()
	defer d.Close()
	f := follow.Follower{
		Client: c.orchestrator, Seen: d.Event, Patience: a.proc.Patience,
		Lost: func(error) { d.Note("lost the connection to %s; the run goes on, trying again", a.server) },
	}
	if err := f.Run(ctx, run); err != nil {
		return nil, err
	}
	return f.Get(ctx, run)
}

// leave is the failure of a wait that ended before the run: how to come back to it.
func (a *app) leave(err error, run string) error {
	this := run + a.serverFlag(a.server)
	goesOn := "The run goes on. Follow it again: sfctl run watch " + this + " — stop it: sfctl run cancel " + this
	switch {
	case errors.Is(err, context.Canceled):
		return &exit.Failure{Code: problem.ExitInterrupted, Reason: exit.Interrupted, Message: "detached from " + run, Action: goesOn}
	case errors.Is(err, context.DeadlineExceeded):
		return &exit.Failure{Code: problem.ExitUnavailable, Reason: string(problem.ServiceUnavailable),
			Message: "run " + run + " has not ended within --timeout", Action: goesOn}
	case exit.Unreachable(err):
		f := exit.Of(err, a.server)
		f.Action += "\n" + goesOn
		return f
	default:
		return err
	}
}

// report writes a run for a person, with its validation where it can be had.
func (a *app) report(ctx context.Context, w io.Writer, c *clients, r report.Report) error {
	r.Style, r.Quiet = a.style(), a.quiet
	if id := r.Run.GetValidation(); id != "" {
		ctx, cancel := context.WithTimeout(ctx, callLimit)
		defer cancel()
		resp, err := c.quality.GetValidation(ctx, &qualityv1.GetValidationRequest{Validation: id})
		if err != nil && !problem.Is(err, problem.ValidationNotFound) {
			a.note("The quality result is missing here: %s", exit.Of(err, a.server).Message)
		}
		r.Validation = resp.GetValidation()
	}
	return r.Write(w)
}

// warned is the failure of a run that succeeded with warnings, where they are to fail.
func warned(run *orchestratorv1.Run, w wait) error {
	warnings := report.Warnings(run.GetFindings())
	if w.failOn != onWarning || len(warnings) == 0 {
		return nil
	}
	return &exit.Failure{
		Code: problem.ExitWarnings, Reason: warnings[0].GetReason(),
		Message: fmt.Sprintf("run %s succeeded with %s, and --fail-on warning was given", run.GetId(), prose.Count(int64(len(warnings)), "warning")),
	}
}
