package command

import (
	"github.com/spf13/cobra"

	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) planCommand() *cobra.Command {
	var s start
	cmd := &cobra.Command{
		Use:   "plan --as-of DATE --source DIR",
		Short: "Say what a run would change, and change nothing",
		Long: `Stage and validate the files, and say what publishing them would change, per table
and column. Nothing is published or stamped. With --restamp it is the first date that is
planned, and those after it that are stale are named.`,
		Example: `  sfctl plan --as-of 2024-02-29 --source ./data/month_001
  sfctl plan --as-of 2024-02-29 --source ./data/month_001 -o json`,
		Args: noArgs,
	}
	s.flags(a, cmd)
	cmd.RunE = a.remote(func(cmd *cobra.Command, _ []string, c *clients) error {
		run, err := a.startRun(cmd.Context(), c, s, orchestratorv1.RunMode_RUN_MODE_PLAN)
		if err != nil {
			return err
		}
		return a.await(cmd.Context(), c, run.GetRun().GetId(), s.wait)
	})
	return cmd
}
