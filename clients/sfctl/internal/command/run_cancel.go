package command

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) runCancel() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cancel RUN",
		Short: "Ask a run to stop",
		Long: `Ask a run to stop. Before it has published, everything stays as it was; after that,
it goes forward and ends as if nobody had asked.`,
		Example: `  sfctl run cancel run_01hq7d
  sfctl run cancel --last`,
	}
	which := a.whichOf(cmd, aRun)
	cmd.ValidArgsFunction = a.completeArg(cancellable(&which.dataset))
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		// Asked first: the answer to a second cancel is that to the first.
		before, err := getRun(ctx, c, which, args)
		if err != nil {
			return err
		}
		resp, err := c.orchestrator.CancelRun(ctx, &orchestratorv1.CancelRunRequest{Run: before.GetRun().GetId(), RequestedBy: a.requestedBy()})
		if err != nil {
			return err
		}
		return a.emit(resp, []string{resp.GetRun().GetId()}, func(w io.Writer) error {
			run := resp.GetRun()
			_, err := fmt.Fprintf(w, "%s: %s\n", run.GetId(), cancelled(before.GetRun(), run))
			return err
		})
	})
	return cmd
}

// cancelled says what came of asking a run to stop, by its state before and after.
func cancelled(before, after *orchestratorv1.Run) string {
	const ended = orchestratorv1.RunState_RUN_STATE_CANCELLED
	switch {
	case before.GetState() == ended:
		return "was cancelled already"
	case after.GetState() == ended:
		return "cancelled"
	case slices.ContainsFunc(before.GetSteps(), published):
		return "is not cancelled: it has published, and only goes forward from there; once it is stamped, `sfctl snapshot rollback` takes it back"
	default:
		return "cancel requested (" + printer.Enum(after.GetState()) + ")"
	}
}

// published is true of the step that changed live, once it has.
func published(s *orchestratorv1.Step) bool {
	return s.GetKind() == orchestratorv1.StepKind_STEP_KIND_PUBLISH && s.GetState() == orchestratorv1.StepState_STEP_STATE_SUCCEEDED
}
