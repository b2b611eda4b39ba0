package command

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/streamflow/streamflow/clients/sfctl/internal/exit"
	"github.com/streamflow/streamflow/platform/ident"
	"github.com/streamflow/streamflow/platform/problem"
	"github.com/streamflow/streamflow/platform/prose"
	snapshotv1 "github.com/streamflow/streamflow/proto/gen/go/streamflow/snapshot/v1"
)

func (a *app) trainingSetVerify() *cobra.Command {
	var rows string
	cmd := &cobra.Command{
		Use:   "verify FILE|TRAINING_SET",
		Short: "Say whether the same bytes can still be made, and otherwise what changed",
		Long: `Say whether a training set can still be made, byte for byte, as its manifest has it: FILE, a
manifest that export wrote, or an id for what was recorded. Exit code 6 where it cannot, 5 where
retention dropped what it stands on; each snapshot that changed is named. Of a Parquet or Arrow file that another version of the writer
wrote, the rows are compared by their content hash, and that is said.`,
		Example: `  sfctl training-set verify churn.csv.manifest.json
  sfctl training-set verify trn_01hq7d`,
		Args: oneArg("FILE or TRAINING_SET"),
	}
	cmd.ValidArgsFunction = manifestFiles
	entityFlag(cmd, &rows, "the entity rows that the set was built from, where they are not kept here")
	cmd.RunE = a.remote(func(cmd *cobra.Command, args []string, c *clients) error {
		req, err := verification(args[0])
		if err == nil {
			req.EntityRows, err = a.entityRows(rows)
		}
		if err != nil {
			return exit.BadUsage(err)
		}
		resp, err := c.snapshot.VerifyTrainingSet(cmd.Context(), req) // it takes as long as there are rows
		if err != nil {
			return err
		}
		if err := a.emit(resp, nil, func(w io.Writer) error { return verified(w, args[0], resp) }); err != nil {
			return err
		}
		if !resp.GetSame() && !resp.GetSameRows() {
			return problem.New(changedBy(resp), "%s cannot be made again as it was", args[0])
		}
		return nil
	})
	return cmd
}

// changedBy is the reason for which a set cannot be made any more. A service of an earlier
// version does not say it.
func changedBy(resp *snapshotv1.VerifyTrainingSetResponse) problem.Reason {
	for _, d := range resp.GetDifferences() {
		if strings.HasPrefix(d, string(problem.RetainedNoLonger)+": ") {
			return problem.RetainedNoLonger
		}
	}
	if resp.GetReason() == string(problem.ErasedSince) {
		return problem.ErasedSince
	}
	return problem.TrainingSetChanged
}

// manifestFiles completes the first argument by files, and no other.
func manifestFiles(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []cobra.Completion{"json"}, cobra.ShellCompDirectiveFilterFileExt
}

// verification asks for a file where there is one of the name, otherwise for an id.
func verification(arg string) (*snapshotv1.VerifyTrainingSetRequest, error) {
	manifest, err := os.ReadFile(arg)
	switch {
	case err == nil:
		return &snapshotv1.VerifyTrainingSetRequest{Manifest: string(manifest)}, nil
	case os.IsNotExist(err) && !strings.ContainsAny(arg, `/\.`) && len(arg) >= ident.ShortestPart:
		return &snapshotv1.VerifyTrainingSetRequest{TrainingSet: arg}, nil
	default:
		return nil, err
	}
}

func verified(w io.Writer, what string, resp *snapshotv1.VerifyTrainingSetResponse) error {
	switch {
	case resp.GetSameRows():
		_, err := fmt.Fprintf(w, "%s: the same rows in other bytes (%s of %s; %s wrote them then, %s now)\n", what, prose.Count(resp.GetRows(), "row"),
			prose.Count(int64(resp.GetSnapshots()), "snapshot"), resp.GetManifestWriter(), resp.GetWriter())
		return err
	case resp.GetReason() == string(problem.ErasedSince):
		_, err := fmt.Fprintf(w, "%s: %s, %s\n  %s\n", what, problem.ErasedSince, prose.Count(resp.GetErasedRows(), "row"), strings.Join(resp.GetDifferences(), "\n  "))
		return err
	case !resp.GetSame():
		_, err := fmt.Fprintf(w, "%s: changed\n  %s\n", what, strings.Join(resp.GetDifferences(), "\n  "))
		return err
	}
	of := "the rows of " + prose.Count(int64(resp.GetSnapshots()), "snapshot") + " have the hashes of the manifest"
	if resp.GetSha256() != "" {
		of = prose.Count(resp.GetRows(), "row") + " of " + prose.Count(int64(resp.GetSnapshots()), "snapshot") + ", SHA-256 " + resp.GetSha256()
	}
	_, err := fmt.Fprintf(w, "%s: the same (%s)\n", what, of)
	return err
}
