package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/printer"
	orchestratorv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/orchestrator/v1"
	stepv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/step/v1"
)

func (a *app) datasetDiff() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "diff NAME [V1] [V2]",
		Short: "Show what differs between two versions of a dataset, and how heavy each change is",
		Long: `Show what differs between two versions of a dataset, each named by a unique beginning
of it. Without V2 it is the current version; without V1 the one that was current before.
Each change is one of four classes: metadata changes nothing in PostgreSQL; an expanding
one is carried out by the next run; a rewriting one keeps every value and rewrites the
table, never in a run; a refused one narrows, drops or re-keys, and is refused where there
are rows or history. Where V2 is the current version they are weighed by the tables that
are there, and what the next run alters in them is listed: a version between may never
have had a run.`,
		Example: `  sfctl dataset diff streamflow
  sfctl dataset diff streamflow 3f2a 9c01`,
		Args: diffArgs,
	}
	cmd.ValidArgsFunction = a.completeDiff
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		ctx, cancel := context.WithTimeout(cmd.Context(), callLimit)
		defer cancel()
		args = append(args, "", "")
		resp, err := c.orchestrator.DiffDataset(ctx, &orchestratorv1.DiffDatasetRequest{Dataset: args[0], From: args[1], To: args[2]})
		if err != nil {
			return err
		}
		for _, warning := range resp.GetWarnings() {
			defer a.note("warning: %s", warning)
		}
		return a.emit(resp, names(resp.GetChanges(), (*orchestratorv1.DatasetChange).GetText), func(w io.Writer) error {
			if err := a.changes(w, resp.GetFrom(), resp.GetTo(), resp.GetChanges()); err != nil {
				return err
			}
			return nextRun(w, resp.GetNextRun())
		})
	})
	return cmd
}

// diffArgs wants a dataset, and at most two versions of it.
func diffArgs(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return fmt.Errorf("NAME is missing")
	case len(args) > 3:
		return fmt.Errorf("unexpected argument %q after V2", args[3])
	}
	return nil
}

// completeDiff completes the dataset first, and then its versions.
func (a *app) completeDiff(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	switch len(args) {
	case 0:
		return a.complete(datasetNames)(cmd, args, begun)
	case 1, 2:
		return a.complete(versionsOf(args[0]))(cmd, args, begun)
	default:
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeVersion completes a flag that names a version of the dataset of the arguments.
func (a *app) completeVersion(cmd *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return a.complete(versionsOf(args[0]))(cmd, args, begun)
}

// versionsOf are the versions of a dataset, the one applied last first.
func versionsOf(dataset string) lookup {
	return func(ctx context.Context, c *clients) ([]string, error) {
		resp, err := c.orchestrator.ListDatasetVersions(ctx, &orchestratorv1.ListDatasetVersionsRequest{Dataset: dataset, PageSize: completed})
		return names(resp.GetVersions(), func(v *orchestratorv1.DatasetVersion) string { return printer.Short(v.GetVersion()) }), err
	}
}

// changes writes what differs between two versions, each change with what comes of it.
func (a *app) changes(w io.Writer, from, to string, changes []*orchestratorv1.DatasetChange) error {
	var out strings.Builder
	switch {
	case from == "":
		fmt.Fprintf(&out, "the first version, %s:\n", printer.Short(to))
	case len(changes) == 0:
		fmt.Fprintf(&out, "no difference between %s and %s\n", printer.Short(from), printer.Short(to))
	default:
		fmt.Fprintf(&out, "%s → %s:\n", printer.Short(from), printer.Short(to))
	}
	for _, c := range changes {
		fmt.Fprintf(&out, "  %-9s  %s\n", printer.Enum(c.GetClass()), printer.OneLine(c.GetText()))
		if len(c.GetSnapshots()) > 0 && c.GetTable() != "" {
			fmt.Fprintf(&out, "             in %s too\n", strings.Join(c.GetSnapshots(), ", "))
		}
		if c.GetNote() != "" {
			fmt.Fprintf(&out, "             %s\n", printer.OneLine(c.GetNote()))
		}
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// nextRun writes what the next run alters before it writes, as SQL.
func nextRun(w io.Writer, altered []*stepv1.AlteredRelation) error {
	if len(altered) == 0 {
		return nil
	}
	var out strings.Builder
	out.WriteString("the next run alters, before it writes:\n")
	for _, a := range altered {
		fmt.Fprintf(&out, "  %s\n", printer.OneLine(a.GetMend()))
	}
	_, err := io.WriteString(w, out.String())
	return err
}
