package command

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/clients/sfctl/internal/feast"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
)

func (a *app) feastCommand() *cobra.Command {
	return noun("feast", "Read the history with the feature store Feast", "  sfctl feast export ./features", a.feastExport())
}

func (a *app) feastExport() *cobra.Command {
	var of string
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write a feature repository of a dataset: entities, feature views, feature services",
		Long: `Write a feature repository of a dataset into DIR: what its snapshots are keyed by as entities,
each snapshot as a feature view (event_timestamp is its as_of, created_timestamp is when it
became known), each training set as a feature service. Files that are there are replaced.
"feast apply" in DIR registers it; where the database is, stands in PGHOST, PGPORT,
PGDATABASE, PGUSER and PGPASSWORD.`,
		Example: "  sfctl feast export ./features",
		Args:    oneArg("DIR"),
	}
	a.datasetFlag(cmd, &of, "the dataset")
	cmd.ValidArgsFunction = folders
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		resp, err := c.orchestrator.GetDataset(ctx, &orchestratorv1.GetDatasetRequest{Dataset: of})
		if err != nil {
			return err
		}
		files, err := feast.Files(resp.GetVersion().GetDataset(), resp.GetVersion().GetVersion())
		if err != nil {
			return err
		}
		if err := writeFiles(args[0], files); err != nil {
			return exit.BadUsage(err)
		}
		a.note("%s: %d feature views of dataset %s, version %s. Register them there with: feast apply",
			args[0], len(resp.GetVersion().GetDataset().GetSnapshots()), of, resp.GetVersion().GetVersion())
		return nil
	})
	return cmd
}

// folders completes the first argument by folders, and no other.
func folders(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// writeFiles writes some files into a folder, which is made where it is not there.
func writeFiles(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var failed error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o644); err != nil { //nolint:gosec // a repository is no secret
			failed = errors.Join(failed, fmt.Errorf("write %s: %w", name, err))
		}
	}
	return failed
}
