package command

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) snapshotRollback() *cobra.Command {
	req := &orchestratorv1.StartRunRequest{Mode: orchestratorv1.RunMode_RUN_MODE_ROLLBACK}
	var w wait
	var accept []string
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Make an earlier revision of a date current again",
		Long: `Make an earlier revision of a date current again, as a new revision of the same content:
what was known before the last change, or, with --to-revision, when that revision was
stamped. Nothing is read but history; what was current until now stays readable.

It is a run: its rows are restored and validated, which is reported and stops nothing, then
published and stamped. Live follows where it holds the date and the snapshots carry every
column of its tables; otherwise it stays as it is, and the run says why. Once it has
published it only goes forward.

A snapshot that was first stamped after that moment would keep what it has, and the date hold
rows of two deliveries: the run is refused then, unless that is accepted.

A second rollback goes on to what was known before that. To go to a later revision again,
name it.`,
		Example: `  sfctl snapshot rollback --as-of 2024-01-31 --reason "the correction was of December"
  sfctl snapshot rollback --as-of 2024-01-31 --to-revision 1 --reason "the first delivery was right"`,
		Args: noArgs,
	}
	a.rollbackFlags(cmd, req)
	a.rollbackAcceptFlags(cmd, req, &accept)
	w.flags(cmd)
	a.rowsFlag(cmd)
	detach := false
	cmd.Flags().BoolVar(&detach, "detach", false, "print the run's id and do not wait")
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		if err := checkRollback(req, cmd.Flags().Changed("to-revision"), accept); err != nil {
			return err
		}
		if err := w.check(); err != nil {
			return err
		}
		req.Accept = acceptances(accept)
		run, err := a.ask(cmd.Context(), c, req)
		if err != nil {
			return err
		}
		return a.awaitUnless(cmd.Context(), detach, c, run, w)
	})
	return cmd
}

// rollbackFlags declares what to go back to, and why.
func (a *app) rollbackFlags(cmd *cobra.Command, req *orchestratorv1.StartRunRequest) {
	a.datasetFlag(cmd, &req.Dataset, "the dataset")
	a.requiredAsOfFlag(cmd, &req.AsOf, &req.Dataset)
	f := cmd.Flags()
	f.Int32Var(&req.ToRevision, "to-revision", 0, "revision to go back to; default: what was known before the last change")
	f.StringVar(&req.RevisionOf, "snapshot", "", "the snapshot whose revision --to-revision is, where snapshots have it from different deliveries")
	f.StringVar(&req.Reason, "reason", "", "why; kept with every revision that is made")
	f.StringVar(&req.RequestId, "request-id", "", "key under which the same request may be sent again; made up where it is not given")
	_ = cmd.MarkFlagRequired("reason")
	a.completeFlag(cmd, "to-revision", revisionNumbers(&req.Dataset, &req.AsOf))
	a.completeFlag(cmd, "snapshot", snapshotsOf(&req.Dataset))
}

// rollbackAcceptFlags declares what the guard of a rollback may find.
func (a *app) rollbackAcceptFlags(cmd *cobra.Command, req *orchestratorv1.StartRunRequest, accept *[]string) {
	can := problem.AcceptableInRollback()
	cmd.Flags().StringArrayVar(accept, "accept", nil, "what a guard may find and the run goes on, for this run alone ("+strings.Join(can, ", ")+")")
	cmd.Flags().StringVar(&req.AcceptFrom, "accept-from", "", "a rollback of the same dataset and date: what a guard found there is accepted, up to its counts")
	_ = cmd.RegisterFlagCompletionFunc("accept", cobra.FixedCompletions(can, cobra.ShellCompDirectiveNoFileComp))
	a.completeFlag(cmd, "accept-from", acceptedFrom(&req.Dataset, &req.AsOf))
}

// checkRollback refuses what no service needs to be asked about.
func checkRollback(req *orchestratorv1.StartRunRequest, numbered bool, accept []string) error {
	for _, text := range accept {
		if err := checkAccept(text, problem.AcceptableInRollback()); err != nil {
			return err
		}
	}
	switch {
	case prose.Blank(req.GetReason()):
		return exit.BadUsage(errors.New(`--reason is empty: why the date is rolled back is kept with every revision`))
	case numbered && req.GetToRevision() < 1:
		return exit.BadUsage(fmt.Errorf("--to-revision %d: want the number of a revision, 1 or more", req.GetToRevision()))
	case !numbered && req.GetRevisionOf() != "":
		return exit.BadUsage(errors.New("--snapshot is only for --to-revision: it says whose revision that is"))
	}
	return checkAsOf("--as-of", req.GetAsOf())
}
