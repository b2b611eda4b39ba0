package command

import "github.com/spf13/cobra"

// defaultDataset is the dataset that StreamFlow comes with.
const defaultDataset = "streamflow"

// datasetFlag declares --dataset by the one rule that all commands follow: the flag,
// otherwise SFCTL_DATASET, otherwise the dataset that StreamFlow comes with.
func (a *app) datasetFlag(cmd *cobra.Command, p *string, usage string) {
	cmd.Flags().StringVar(p, "dataset", a.fromEnv("SFCTL_DATASET", defaultDataset), usage+" [SFCTL_DATASET]")
	a.completeFlag(cmd, "dataset", datasetNames)
}
