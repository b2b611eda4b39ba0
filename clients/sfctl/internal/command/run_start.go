package command

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/pause"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	"github.com/streamflow/streamflow/platform/sourceuri"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

// start is what a run is started with.
type start struct {
	dataset, asOf, source, requestID string
	restage, supersede, full         bool
	reason                           string
	// restamp makes what is stale from the date from on again, without files.
	restamp    bool
	from       string
	accept     []string
	acceptFrom string
	wait       wait
}

func (s *start) flags(a *app, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&s.asOf, "as-of", "", "the date that the files describe, YYYY-MM-DD, one of the dataset's calendar: the last day of their month, for example")
	f.StringVar(&s.source, "source", "", "the folder that holds the files, a path or a URI")
	a.datasetFlag(cmd, &s.dataset, "the dataset that they belong to")
	a.completeFlag(cmd, "as-of", asOfDates(&s.dataset))
	f.StringVar(&s.requestID, "request-id", "", "key under which the same request may be sent again; made up where it is not given")
	f.BoolVar(&s.restage, "restage", false, "stage and compare although the files are known: for tables that somebody wrote to by hand")
	f.BoolVar(&s.supersede, "supersede", false, "correct what is stamped as of this date: a new revision of each snapshot whose content differs; needs --reason")
	f.BoolVar(&s.full, "full-extract", false, "the files hold whole tables, also of those that declare extract: incremental: the first delivery of such a table, or one that begins anew")
	f.BoolVar(&s.restamp, "restamp", false, "make what is stale again from what was delivered before, without its files: from --from on, one date after the other")
	f.StringVar(&s.from, "from", "", "with --restamp, the first date to look at, YYYY-MM-DD")
	f.StringVar(&s.reason, "reason", "", "why it is corrected; kept with every revision that is made")
	f.StringArrayVar(&s.accept, "accept", nil, "what a guard may find and the run goes on, REASON or REASON:TABLE, for this run alone; may be repeated ("+strings.Join(problem.AcceptableReasons(), ", ")+")")
	f.StringVar(&s.acceptFrom, "accept-from", "", "a run of the same dataset and date: what guards found there is accepted, for its tables, up to its counts")
	_ = cmd.RegisterFlagCompletionFunc("accept", a.completeAccept(&s.dataset))
	a.completeFlag(cmd, "accept-from", acceptedFrom(&s.dataset, &s.asOf))
	s.wait.flags(cmd)
	a.rowsFlag(cmd)
	a.completeFlag(cmd, "from", asOfDates(&s.dataset))
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error { return s.given(cmd.Flags().Changed) }
	_ = cmd.MarkFlagDirname("source") // for completion only
}

// check refuses what no service needs to be asked about.
func (s *start) check() error {
	if s.restamp {
		return s.checkRestamp()
	}
	if err := checkForm("--as-of", s.asOf); err != nil {
		return err
	}
	if s.source == "" {
		return exit.BadUsage(errors.New("--source is empty: give the folder that holds the files"))
	}
	if err := s.checkSupersede(); err != nil {
		return err
	}
	for _, a := range s.accept {
		if err := checkAccept(a, problem.AcceptableReasons()); err != nil {
			return err
		}
	}
	return s.wait.check()
}

// uri is a source that is no path of this machine (RFC 3986, scheme and authority).
var uri = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)

// elsewhere is how scp and rsync write a place on another machine, user@host:path.
var elsewhere = regexp.MustCompile(`^[^/]+@[^/]+:`)

// absolute makes a bare path absolute, because the services run in other folders than
// the user; a URI is left as it is. What names another machine would be a folder of
// this one then, with a password in its name.
func absolute(source string) (string, error) {
	switch {
	case uri.MatchString(source):
		return source, nil
	case elsewhere.MatchString(source):
		return "", exit.BadUsage(fmt.Errorf("source %s names another machine: give a folder that ingest sees in its file system", sourceuri.Shown(source)))
	}
	path, err := filepath.Abs(source)
	if err != nil {
		return "", exit.BadUsage(fmt.Errorf("source %s: %w", source, err))
	}
	return path, nil
}

// startRun starts a run, or finds the one that does the same already.
func (a *app) startRun(ctx context.Context, c *clients, s start, mode orchestratorv1.RunMode) (*orchestratorv1.StartRunResponse, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.restamp {
		return a.ask(ctx, c, &orchestratorv1.StartRunRequest{
			Dataset: s.dataset, AsOf: s.from, Mode: mode, RequestId: s.requestID, Restamp: true, Reason: s.reason,
		})
	}
	source, err := absolute(s.source)
	if err != nil {
		return nil, err
	}
	return a.ask(ctx, c, &orchestratorv1.StartRunRequest{
		Dataset: s.dataset, AsOf: s.asOf, Source: source, Mode: mode, RequestId: s.requestID,
		Restage: s.restage, Accept: acceptances(s.accept), AcceptFrom: s.acceptFrom,
		Supersede: s.supersede, Reason: s.reason, FullExtract: s.full,
	})
}

// ask asks for a run, under a key of its own where it has none, and says which it is.
func (a *app) ask(ctx context.Context, c *clients, req *orchestratorv1.StartRunRequest) (*orchestratorv1.StartRunResponse, error) {
	req.RequestedBy = a.requestedBy()
	if req.GetRequestId() == "" {
		req.RequestId = ident.New(ident.Request)
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	resp, err := again(ctx, func() (*orchestratorv1.StartRunResponse, error) { return c.orchestrator.StartRun(ctx, req) })
	if exit.TimedOut(err) {
		f := exit.Of(err, a.server)
		f.Action = "Whether the run was started is not known; asking again with --request-id " + req.GetRequestId() + " cannot start a second one."
		return nil, f
	}
	if err != nil {
		return nil, err
	}
	if resp.GetAlreadyRunning() {
		a.note("The same is under way already: this is that run, %s.", resp.GetRun().GetId())
	} else {
		a.note("Run %s", resp.GetRun().GetId())
	}
	if ahead := resp.GetRun().GetWaitsFor(); ahead != "" {
		a.note("It waits for %s of the same dataset.", ahead)
	}
	return resp, nil
}

// again calls what is safe to send twice, under its key, once more where the connection
// broke: during a rollout it is another replica that answers. It gives up after a
// second, because where nothing listens nothing will.
func again[T any](ctx context.Context, call func() (T, error)) (T, error) {
	for wait := 150 * time.Millisecond; ; wait *= 2 {
		got, err := call()
		if err == nil || !exit.Unreachable(err) || exit.TimedOut(err) || wait > time.Second {
			return got, err
		}
		if err := pause.Sleep(ctx, wait); err != nil {
			return got, err
		}
	}
}

// outcome is the error that a run ended with: nil for a success. Where its findings
// have been shown, they say why it failed.
func outcome(run *orchestratorv1.Run, shown int) error {
	switch run.GetState() {
	case orchestratorv1.RunState_RUN_STATE_SUCCEEDED:
		return nil
	case orchestratorv1.RunState_RUN_STATE_CANCELLED:
		return problem.New(problem.RunCancelled, "run %s was cancelled before it published", run.GetId())
	case orchestratorv1.RunState_RUN_STATE_FAILED:
		reason := problem.Reason(run.GetReason())
		if shown > 0 {
			return problem.New(reason, "run %s failed with %s: %s above", run.GetId(), reason, prose.Count(int64(shown), "finding")).Advise("%s", differing(run))
		}
		return problem.New(reason, "run %s failed with %s: %s", run.GetId(), reason, run.GetMessage()).Advise("%s", differing(run))
	default:
		return problem.New(problem.Internal, "run %s has no end: it is %s", run.GetId(), run.GetState())
	}
}

// differing is what to do about a date that differs from what is delivered, as the run's
// findings have it: where erased keys came back it is another thing than what the registry
// says. It is empty of other runs.
func differing(run *orchestratorv1.Run) string {
	for _, f := range run.GetFindings() {
		if f.GetReason() == string(problem.SnapshotDiffers) && f.GetReason() == run.GetReason() {
			return f.GetAction()
		}
	}
	return ""
}
